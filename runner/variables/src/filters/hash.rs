use std::fmt::Write as _;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::FilterError;
use super::call::{Call, Made, whole_number, wrong};
use super::encoding::{Encoding, decode_base64};

pub(super) fn md5(call: &Call<'_>) -> Made {
    hash::<Md5>(call)
}

pub(super) fn sha1(call: &Call<'_>) -> Made {
    hash::<Sha1>(call)
}

pub(super) fn sha256(call: &Call<'_>) -> Made {
    hash::<Sha256>(call)
}

pub(super) fn sha384(call: &Call<'_>) -> Made {
    hash::<Sha384>(call)
}

pub(super) fn sha512(call: &Call<'_>) -> Made {
    hash::<Sha512>(call)
}

/// The hash of the input's bytes, or its first bytes, in small hexadecimal digits.
fn hash<D: Digest>(call: &Call<'_>) -> Made {
    let (source, size) = options(call.arguments).ok_or_else(|| {
        wrong("takes `utf8`, `unicode` or `base64` and how many bytes of the hash to give, both optional")
    })?;
    let input = call.input()?;
    let bytes = match source {
        Source::Text(encoding) => encoding.bytes(input),
        Source::Base64 => {
            decode_base64(input).ok_or_else(|| FilterError::NoValue("the text is not base64".to_owned()))?
        }
    };
    let mut made = String::new();
    for byte in D::digest(bytes).iter().take(size) {
        // Writing to a string cannot fail.
        let _ = write!(made, "{byte:02x}");
    }
    Ok(made)
}

/// Where the bytes come from that are hashed.
#[derive(Clone, Copy)]
enum Source {
    Text(Encoding),
    Base64,
}

/// The source and the size, in either order.
fn options(arguments: &[&str]) -> Option<(Source, usize)> {
    const WHOLE: usize = usize::MAX;
    const TEXT: Source = Source::Text(Encoding::Utf8);
    match arguments {
        [] => Some((TEXT, WHOLE)),
        [one] => size(one).map(|size| (TEXT, size)).or_else(|| Some((source(one)?, WHOLE))),
        [first, second] => match size(first) {
            Some(size) => Some((source(second)?, size)),
            None => Some((source(first)?, size(second)?)),
        },
        _ => None,
    }
}

fn size(text: &str) -> Option<usize> {
    usize::try_from(whole_number(text)?).ok().filter(|size| *size > 0)
}

fn source(name: &str) -> Option<Source> {
    if name.eq_ignore_ascii_case("base64") { Some(Source::Base64) } else { Encoding::of_name(name).map(Source::Text) }
}
