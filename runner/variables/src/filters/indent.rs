use super::call::{Call, Made, wrong};

/// The input with something before its first line and something before every other.
pub(super) fn indent(call: &Call<'_>) -> Made {
    const DEFAULT: &str = "    ";
    let input = call.input()?;
    // Nothing is indented by nothing, whatever is asked for.
    if input.is_empty() {
        return Ok(String::new());
    }
    let (first, other) = match call.arguments {
        [] => (DEFAULT.to_owned(), DEFAULT.to_owned()),
        [one] => sizes(one).map(blanks).unwrap_or_else(|| ((*one).to_owned(), (*one).to_owned())),
        [first, other] => ((*first).to_owned(), (*other).to_owned()),
        _ => {
            let takes = "takes a number of blanks up to 255, `/4`, `2/4`, a text, or one for the first line and one for the others";
            return Err(wrong(takes));
        }
    };
    let lines = input.bytes().filter(|byte| *byte == b'\n').count();
    call.bound(lines.saturating_mul(other.len()).saturating_add(first.len()).saturating_add(input.len()))?;
    Ok(first + &input.replace('\n', &format!("\n{other}")))
}

/// `4`, `/4` and `2/4`: how many blanks before the first line and the others. Any other text is itself the indent.
fn sizes(text: &str) -> Option<(u8, u8)> {
    match text.split_once('/') {
        None => size(text).map(|both| (both, both)),
        Some(("", other)) => Some((0, size(other)?)),
        Some((first, other)) => Some((size(first)?, size(other)?)),
    }
}

fn size(text: &str) -> Option<u8> {
    let digits = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

fn blanks((first, other): (u8, u8)) -> (String, String) {
    (" ".repeat(first.into()), " ".repeat(other.into()))
}
