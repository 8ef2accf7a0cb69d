use super::write_units;
use crate::filters::call::{Call, Made};

/// For text between `'` in YAML: quotes are doubled, and each run of line ends gets one more, as folding takes one away.
pub(in crate::filters) fn single_quote(call: &Call<'_>) -> Made {
    let input = call.only_input()?;
    let mut in_run = false;
    call.map_characters(input, |made, at, c| {
        let ends_line = c == '\n' || (c == '\r' && input[at..].starts_with("\r\n"));
        if ends_line && !in_run {
            made.push_str(if c == '\r' { "\r\n" } else { "\n" });
        }
        in_run = ends_line;
        made.push_str(if c == '\'' { "'" } else { "" });
        made.push(c);
    })
}

/// For text between `"` in YAML: only printable ASCII stays as it is.
pub(in crate::filters) fn double_quote(call: &Call<'_>) -> Made {
    call.map_characters(call.only_input()?, |made, _, c| match c {
        '\r' => made.push_str("\\r"),
        '\n' => made.push_str("\\n"),
        '\t' => made.push_str("\\t"),
        '\\' => made.push_str("\\\\"),
        '"' => made.push_str("\\\""),
        ' '..='~' => made.push(c),
        _ => write_units(made, c),
    })
}
