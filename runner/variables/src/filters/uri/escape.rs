use std::fmt::Write as _;

use crate::filters::call::{Call, Made};

/// As `Uri.EscapeUriString`: what can stand in a URI stays, with what divides its parts.
pub(in crate::filters) fn text(call: &Call<'_>) -> Made {
    call.map_characters(call.only_input()?, |made, _, c| escape(made, c, |c| is_unreserved(c) || is_reserved(c)))
}

/// As `Uri.EscapeDataString`: only letters, digits and `-._~` stay.
pub(in crate::filters) fn data(call: &Call<'_>) -> Made {
    call.map_characters(call.only_input()?, |made, _, c| escape(made, c, is_unreserved))
}

/// A part of a URI with what cannot stand in it escaped, but not what already is.
pub(super) fn component(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let hexadecimal = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
        let escaped = c == '%' && hexadecimal(at + 1) && hexadecimal(at + 2);
        escape(&mut made, c, |c| escaped || is_unreserved(c) || is_reserved(c));
    }
    made
}

/// The text with every `%XX` as the byte that it means, where the bytes are text.
pub(super) fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut made = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair =
            bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        let pair = pair.filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                made.push(byte);
                at += 3;
            }
            None => {
                made.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(made).unwrap_or_else(|_| text.to_owned())
}

fn escape(made: &mut String, c: char, stays: impl Fn(char) -> bool) {
    if stays(c) {
        made.push(c);
        return;
    }
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        // Writing to a string cannot fail.
        let _ = write!(made, "%{byte:02X}");
    }
}

fn is_unreserved(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~".contains(c)
}

fn is_reserved(c: char) -> bool {
    ";/?:@&=+$,#[]!'()*".contains(c)
}
