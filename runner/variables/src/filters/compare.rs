use super::call::{Call, Made};

/// Whether the input begins with the argument, character by character.
pub(super) fn starts_with(call: &Call<'_>) -> Made {
    compare(call, |input, text| input.starts_with(text))
}

/// Whether the input ends with the argument.
pub(super) fn ends_with(call: &Call<'_>) -> Made {
    compare(call, |input, text| input.ends_with(text))
}

/// Whether the argument stands somewhere in the input.
pub(super) fn contains(call: &Call<'_>) -> Made {
    compare(call, |input, text| input.contains(text))
}

fn compare(call: &Call<'_>, holds: impl Fn(&str, &str) -> bool) -> Made {
    let (input, text) = call.input_and_argument("takes one argument, the text to look for")?;
    Ok(holds(input, text).to_string())
}
