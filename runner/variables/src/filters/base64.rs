use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::FilterError;
use super::call::{Call, Made, wrong};
use super::encoding::{Encoding, decode_base64};

/// The input's bytes in base64.
pub(super) fn to_base64(call: &Call<'_>) -> Made {
    let encoding = encoding(call)?;
    let bytes = encoding.bytes(call.input()?);
    call.bound(bytes.len().div_ceil(3).saturating_mul(4))?;
    Ok(BASE64_STANDARD.encode(bytes))
}

/// The text whose bytes the input has in base64.
pub(super) fn from_base64(call: &Call<'_>) -> Made {
    let encoding = encoding(call)?;
    let bytes =
        decode_base64(call.input()?).ok_or_else(|| FilterError::NoValue("the text is not base64".to_owned()))?;
    Ok(encoding.text(&bytes))
}

fn encoding(call: &Call<'_>) -> Result<Encoding, FilterError> {
    let encoding = match call.arguments {
        [] => Some(Encoding::Utf8),
        [name] => Encoding::of_name(name),
        _ => None,
    };
    encoding.ok_or_else(|| wrong("takes at most one argument, `utf8` or `unicode`"))
}
