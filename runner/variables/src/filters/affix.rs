use super::call::{Call, Made, wrong};

/// The input and then all arguments; without an input, the arguments.
pub(super) fn append(call: &Call<'_>) -> Made {
    at_least_one(call)?;
    call.concatenate(call.input.into_iter().chain(call.arguments.iter().copied()))
}

/// All arguments and then the input; without an input, the arguments.
pub(super) fn prepend(call: &Call<'_>) -> Made {
    at_least_one(call)?;
    call.concatenate(call.arguments.iter().copied().chain(call.input))
}

/// The input unless it is missing or empty, then the argument. Not a filter of Octostache.
pub(super) fn default(call: &Call<'_>) -> Made {
    let [text] = call.arguments else { return Err(wrong("takes one argument, the text that stands in for nothing")) };
    Ok(call.input.filter(|input| !input.is_empty()).unwrap_or(text).to_owned())
}

fn at_least_one(call: &Call<'_>) -> Result<(), super::FilterError> {
    if call.arguments.is_empty() { Err(wrong("takes at least one argument, the text to add")) } else { Ok(()) }
}
