//! A secret in base64.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Whether a byte is a digit of base64, of either alphabet.
pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

/// The same digit in the standard alphabet.
pub(super) fn standard(digit: u8) -> u8 {
    match digit {
        b'-' => b'+',
        b'_' => b'/',
        digit => digit,
    }
}

/// The same in the alphabet that is safe in addresses.
pub(super) fn url_safe(standard: &str) -> String {
    standard.replace('+', "-").replace('/', "_")
}

/// A value in base64.
pub(super) struct Encoded {
    /// The texts that hold the value at each of the three alignments, without the characters that depend on what stands
    /// around it, and the value for itself; in the standard alphabet.
    pub(super) parts: Vec<String>,
    /// The last lines of the value for itself if it is wrapped.
    pub(super) last_lines: Vec<String>,
}

impl Encoded {
    pub(super) fn new(value: &str) -> Self {
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
pub(super) fn base64(bytes: &[u8]) -> String {
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
