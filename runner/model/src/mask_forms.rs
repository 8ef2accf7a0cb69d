//! The forms in which a secret may appear in text.

use crate::sanitize_lines;

/// The value, its lines, and what escaping and hexadecimal digits make of it.
pub(crate) fn text_forms(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned(), value.trim().to_owned(), sanitize_lines(value).into_owned()];
    forms.extend(value.lines().map(|line| line.trim().to_owned()));
    let json = json_escaped(value);
    for upper in [false, true] {
        // Encoders that care for HTML escape its signs too.
        for signs in ["", "<>&", "<>&'"] {
            forms.push(unicode_escaped(&json, |c| !c.is_ascii() || signs.contains(c), upper));
            forms.push(unicode_escaped(&json, |c| signs.contains(c), upper));
        }
        forms.push(percent_encoded(value, "-_.~", "%20", upper));
        forms.push(percent_encoded(value, "-_.~", "+", upper));
        forms.push(percent_encoded(value, "-_.*", "+", upper));
        forms.push(hexadecimal(value, upper));
    }
    forms.push(json.replace('/', "\\/"));
    forms.push(json);
    for (quote, apostrophe) in
        [("&quot;", "&apos;"), ("&#34;", "&#39;"), ("&quot;", "&#39;"), ("&quot;", "&#x27;"), ("\"", "'")]
    {
        forms.push(xml_escaped(value, quote, apostrophe));
    }
    forms.push(value.replace('\'', r"'\''"));
    forms.push(value.replace('\'', r#"'"'"'"#));
    forms
}

fn json_escaped(value: &str) -> String {
    let quoted = serde_json::Value::String(value.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// JSON text with `\uXXXX` in the place of some characters.
fn unicode_escaped(json: &str, is_escaped: impl Fn(char) -> bool, upper: bool) -> String {
    let mut escaped = String::new();
    for character in json.chars() {
        if !is_escaped(character) {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
        }
    }
    escaped
}

fn xml_escaped(value: &str, quote: &str, apostrophe: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    value.replace('"', quote).replace('\'', apostrophe)
}

fn percent_encoded(value: &str, plain: &str, space: &str, upper: bool) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        match byte {
            b' ' => encoded.push_str(space),
            _ if byte.is_ascii_alphanumeric() || plain.as_bytes().contains(&byte) => encoded.push(char::from(byte)),
            _ if upper => encoded.push_str(&format!("%{byte:02X}")),
            _ => encoded.push_str(&format!("%{byte:02x}")),
        }
    }
    encoded
}

fn hexadecimal(value: &str, upper: bool) -> String {
    value.bytes().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect()
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Whether a byte is a digit of base64, of either alphabet.
pub(crate) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

/// A value in base64.
pub(crate) struct Encoded {
    /// The texts that hold the value at each of the three alignments, without the characters that depend on what stands
    /// around it, and the value for itself; in both alphabets.
    pub(crate) parts: Vec<String>,
    /// The last lines of the value for itself if it is wrapped.
    pub(crate) last_lines: Vec<String>,
}

impl Encoded {
    pub(crate) fn new(value: &str) -> Self {
        let mut parts: Vec<String> = (0..3).map(|before| part(value.as_bytes(), before)).collect();
        let mut last_lines = Vec::new();
        for alone in [value.to_owned(), format!("{value}\n")] {
            let whole = base64(alone.as_bytes());
            parts.push(whole.trim_end_matches('=').to_owned());
            for columns in [76, 64] {
                let rest = whole.len() % columns;
                if whole.len() > columns && rest > 0 {
                    last_lines.push(whole[whole.len() - rest..].to_owned());
                }
            }
        }
        // Shorter ones would match innocent text.
        parts.retain(|part| part.len() >= 6);
        let other: Vec<String> = parts.iter().map(|part| part.replace('+', "-").replace('/', "_")).collect();
        parts.extend(other);
        parts.sort_unstable();
        parts.dedup();
        Self { parts, last_lines }
    }
}

/// The characters that are decided by `bytes` alone, of base64 in which so many bytes modulo 3 stand before them.
fn part(bytes: &[u8], before: usize) -> String {
    let bit = |index: usize| -> Option<u8> {
        let index = index.checked_sub(before * 8)?;
        Some((bytes.get(index / 8)? >> (7 - index % 8)) & 1)
    };
    let groups = ((before + bytes.len()) * 8) / 6;
    let digit = |group: usize| {
        let value = (0..6).try_fold(0, |value, offset| Some(value << 1 | bit(group * 6 + offset)?))?;
        Some(char::from(STANDARD[usize::from(value)]))
    };
    (0..groups).filter_map(digit).collect()
}

/// The bytes in base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut filled = [0; 3];
        filled[..chunk.len()].copy_from_slice(chunk);
        let digits = part(&filled, 0);
        text.push_str(&digits[..=chunk.len()]);
        text.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    text
}
