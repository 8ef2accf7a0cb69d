use super::FilterError;
use super::call::{Call, Made, whole_number, wrong};

/// So many characters of the input, from its beginning or from a place in it. A character is a UTF-16 unit, as in .NET; one
/// of two units of which only one would be in the part is left out.
pub(super) fn substring(call: &Call<'_>) -> Made {
    const TAKES: &str = "takes a length, or a start and a length, as whole numbers from 0";
    let numbers: Option<Vec<usize>> = call.arguments.iter().map(|argument| count(argument)).collect();
    let (start, length) = match numbers.as_deref() {
        Some([length]) => (0, *length),
        Some([start, length]) => (*start, *length),
        _ => return Err(wrong(TAKES)),
    };
    let input = call.input()?;
    let Some(from) = place(input, start, Half::After) else {
        return Err(FilterError::NoValue(format!("the text has fewer than {start} characters")));
    };
    let to = place(input, start.saturating_add(length), Half::Before).unwrap_or(input.len());
    Ok(input.get(from..to).unwrap_or_default().to_owned())
}

/// The first characters of the input and then `...` or another suffix, or the whole input if it is not longer.
pub(super) fn truncate(call: &Call<'_>) -> Made {
    const TAKES: &str =
        "takes a length, a whole number from 0, and the text that stands for the rest, `...` if not given";
    let (length, suffix) = match call.arguments {
        [length] => (length, "..."),
        [length, suffix] => (length, *suffix),
        _ => return Err(wrong(TAKES)),
    };
    let length = count(length).ok_or_else(|| wrong(TAKES))?;
    let input = call.input()?;
    match place(input, length, Half::Before) {
        Some(end) if place(input, length.saturating_add(1), Half::Before).is_some() => {
            call.concatenate([&input[..end], suffix].into_iter())
        }
        _ => Ok(input.to_owned()),
    }
}

/// The input without the blanks at both ends or at one.
pub(super) fn trim(call: &Call<'_>) -> Made {
    const TAKES: &str = "takes nothing, `start` or `end`";
    let trim = match call.arguments.first().map(|side| side.to_lowercase()).as_deref() {
        None => str::trim,
        Some("start") => str::trim_start,
        Some("end") => str::trim_end,
        Some(_) => return Err(wrong(TAKES)),
    };
    Ok(trim(call.input()?).to_owned())
}

fn count(text: &str) -> Option<usize> {
    usize::try_from(whole_number(text)?).ok()
}

/// On which side of a character of two units a place between them is moved.
#[derive(Clone, Copy, PartialEq)]
enum Half {
    Before,
    After,
}

/// The byte at which the UTF-16 unit of this number begins, or where the text ends; none if it ends before.
fn place(text: &str, unit: usize, half: Half) -> Option<usize> {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units == unit {
            return Some(at);
        }
        units += c.len_utf16();
        if units > unit {
            return Some(if half == Half::Before { at } else { at + c.len_utf8() });
        }
    }
    (units == unit).then_some(text.len())
}
