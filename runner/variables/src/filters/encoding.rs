/// How text becomes bytes, by the names that filters take.
#[derive(Clone, Copy)]
pub(super) enum Encoding {
    Utf8,
    /// UTF-16, little endian, without a mark: what .NET calls Unicode.
    Unicode,
}

impl Encoding {
    pub fn of_name(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "utf8" | "utf-8" => Some(Self::Utf8),
            "unicode" => Some(Self::Unicode),
            _ => None,
        }
    }

    pub fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Unicode => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        }
    }

    /// The text of the bytes, with U+FFFD for those that are none.
    pub fn text(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Self::Unicode => {
                let (units, odd) = bytes.as_chunks::<2>();
                let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
                let mut text = String::from_utf16_lossy(&units);
                if !odd.is_empty() {
                    text.push(char::REPLACEMENT_CHARACTER);
                }
                text
            }
        }
    }
}

/// The bytes of base64 as `Convert.FromBase64String` of .NET reads it: padded, with blanks anywhere.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
    use base64::{Engine as _, alphabet};

    const LENIENT: GeneralPurpose =
        GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    let dense: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).collect();
    LENIENT.decode(dense).ok()
}
