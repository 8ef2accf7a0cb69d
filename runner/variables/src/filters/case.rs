use super::call::{Call, Made};

/// The input in small letters.
pub(super) fn to_lower(call: &Call<'_>) -> Made {
    // İ has no small letter in the invariant culture, and every other letter one of its own.
    call.map_characters(call.only_input()?, |made, _, c| {
        made.push(if c == 'İ' { c } else { one(c, c.to_lowercase()) })
    })
}

/// The input in capital letters.
pub(super) fn to_upper(call: &Call<'_>) -> Made {
    let invariant = |c| if matches!(c, 'ı' | 'ſ') { c } else { one(c, c.to_uppercase()) };
    call.map_characters(call.only_input()?, |made, _, c| made.push(invariant(c)))
}

/// .NET replaces letter by letter: ß, whose capital is two letters, stays.
fn one(c: char, mut mapped: impl ExactSizeIterator<Item = char>) -> char {
    if mapped.len() == 1 { mapped.next().unwrap_or(c) } else { c }
}
