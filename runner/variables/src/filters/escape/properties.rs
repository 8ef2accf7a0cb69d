use super::write_units;
use crate::filters::call::{Call, Made};

/// For a key of a Java properties file.
pub(in crate::filters) fn key(call: &Call<'_>) -> Made {
    call.map_characters(call.only_input()?, |made, _, c| {
        if matches!(c, ' ' | ':' | '=') {
            made.push('\\');
        }
        write(made, c);
    })
}

/// For a value of a Java properties file: only a blank at its beginning would be lost.
pub(in crate::filters) fn value(call: &Call<'_>) -> Made {
    call.map_characters(call.only_input()?, |made, at, c| {
        if at == 0 && c == ' ' {
            made.push('\\');
        }
        write(made, c);
    })
}

fn write(made: &mut String, c: char) {
    match c {
        '\\' => made.push_str("\\\\"),
        '\r' => made.push_str("\\r"),
        '\n' => made.push_str("\\n"),
        '\t' => made.push_str("\\t"),
        // Octostache counts U+00FF among those that ISO 8859-1 does not have.
        '\0'..'\u{ff}' => made.push(c),
        _ => write_units(made, c),
    }
}
