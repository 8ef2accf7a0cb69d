/// How a text file's bytes stand for characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark. ASCII is UTF-8.
    Utf8 {
        /// Whether there is a byte order mark.
        mark: bool,
    },
    /// UTF-16, little-endian, with a byte order mark.
    Utf16Le,
    /// UTF-16, big-endian, with a byte order mark.
    Utf16Be,
    /// Windows-1252, the Western superset of ISO 8859-1: what is neither of the others.
    Windows1252,
}

/// A text file: its text, and how to write it again. Line ends are part of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// The text, without a byte order mark.
    pub text: String,
    /// How it was written.
    pub encoding: Encoding,
}

/// What Windows-1252 has for 0x80 to 0x9F; where it has nothing, the control character of that number.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

impl TextFile {
    /// Reads the bytes of a file; none if it is no text (it holds a NUL, or half a UTF-16 character).
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (text, encoding) = match bytes {
            [0xEF, 0xBB, 0xBF, rest @ ..] => (String::from_utf8(rest.to_vec()).ok()?, Encoding::Utf8 { mark: true }),
            [0xFF, 0xFE, rest @ ..] => (utf16(rest, u16::from_le_bytes)?, Encoding::Utf16Le),
            [0xFE, 0xFF, rest @ ..] => (utf16(rest, u16::from_be_bytes)?, Encoding::Utf16Be),
            bytes => match std::str::from_utf8(bytes) {
                Ok(text) => (text.to_owned(), Encoding::Utf8 { mark: false }),
                Err(_) => (bytes.iter().map(|byte| from_1252(*byte)).collect(), Encoding::Windows1252),
            },
        };
        (!text.contains('\0')).then_some(Self { text, encoding })
    }

    /// The bytes of the file. What Windows-1252 cannot hold makes it UTF-8.
    pub fn encode(&self) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 { mark: false } => self.text.clone().into_bytes(),
            Encoding::Utf8 { mark: true } => [&[0xEF, 0xBB, 0xBF], self.text.as_bytes()].concat(),
            Encoding::Utf16Le => {
                [0xFF, 0xFE].into_iter().chain(self.text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
            }
            Encoding::Utf16Be => {
                [0xFE, 0xFF].into_iter().chain(self.text.encode_utf16().flat_map(u16::to_be_bytes)).collect()
            }
            Encoding::Windows1252 => {
                let bytes: Option<Vec<u8>> = self.text.chars().map(to_1252).collect();
                bytes.unwrap_or_else(|| self.text.clone().into_bytes())
            }
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    rest.is_empty().then(|| String::from_utf16(&units).ok())?
}

fn from_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

fn to_1252(character: char) -> Option<u8> {
    if let Some(place) = HIGH.iter().position(|high| *high == character) {
        return u8::try_from(place + 0x80).ok();
    }
    u8::try_from(character).ok().filter(|byte| !(0x80..=0x9F).contains(byte))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn encodings_are_recognised() {
        let encoding = |bytes: &[u8]| TextFile::decode(bytes).map(|file| file.encoding);
        assert_eq!(encoding(b""), Some(Encoding::Utf8 { mark: false }));
        assert_eq!(encoding("a\u{20ac}\r\n".as_bytes()), Some(Encoding::Utf8 { mark: false }));
        assert_eq!(encoding(b"\xEF\xBB\xBFa"), Some(Encoding::Utf8 { mark: true }));
        assert_eq!(encoding(b"\xFF\xFEa\0"), Some(Encoding::Utf16Le));
        assert_eq!(encoding(b"\xFE\xFF\0a"), Some(Encoding::Utf16Be));
        assert_eq!(encoding(b"caf\xE9 \x80"), Some(Encoding::Windows1252));
        for binary in [&b"\x7FELF\0\0"[..], b"\xFF\xFEa", b"\xFF\xFE\0\0a\0\0\0", b"\xFF\xFE\0\xD8", b"\x89PNG\xFF\0"] {
            assert_eq!(encoding(binary), None, "{binary:?}");
        }
    }

    #[test]
    fn a_text_that_outgrows_its_code_page_becomes_utf_8() {
        let mut file = TextFile::decode(b"caf\xE9 \x80").expect("it is text");
        assert_eq!(file.text, "café €");
        file.text.push('ω');
        assert_eq!(file.encode(), "café €ω".as_bytes());
    }

    /// The public cases of Octopus' own tests lie beside the repository and are no part of it. The language of templates
    /// is the host's; here are the bytes around the tokens.
    #[test]
    fn conformance() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/conformance/substitute_in_files.jsonl");
        let Ok(cases) = std::fs::read_to_string(&file) else {
            println!("skipped: {} is not there", file.display());
            return;
        };
        let mut checked = 0;
        for case in cases.lines() {
            let case: serde_json::Value = serde_json::from_str(case).expect("a case is JSON");
            let bytes = |key: &str| case[key].as_str().and_then(|text| STANDARD.decode(text).ok());
            let (Some(input), Some(expected)) = (bytes("input_base64"), bytes("expected_base64")) else { continue };
            let mut file = TextFile::decode(&input).expect("a case is text");
            for (name, value) in case["variables"].as_object().into_iter().flatten() {
                file.text = file.text.replace(&format!("#{{{name}}}"), value.as_str().unwrap_or_default());
            }
            assert_eq!(file.encode(), expected, "{}", case["name"]);
            checked += 1;
        }
        assert!(checked >= 3, "the cases have another form now");
    }

    proptest! {
        #[test]
        fn every_text_file_is_written_as_it_was_read(bytes: Vec<u8>) {
            if let Some(file) = TextFile::decode(&bytes) {
                prop_assert_eq!(file.encode(), bytes);
            }
        }

        #[test]
        fn every_text_survives_in_utf_16(text in "[^\0]*", little: bool) {
            let file = TextFile { text, encoding: if little { Encoding::Utf16Le } else { Encoding::Utf16Be } };
            prop_assert_eq!(TextFile::decode(&file.encode()), Some(file));
        }
    }
}
