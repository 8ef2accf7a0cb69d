use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};

/// What stands in the place of a secret.
pub const MASK: &str = "********";

/// Replaces secrets in text, in one pass. Covers each value, each of its lines, and its JSON-, XML- and URL-escaped and
/// base64 forms.
#[derive(Debug, Default)]
pub struct Masker {
    needles: Vec<String>,
    automaton: Option<AhoCorasick>,
}

impl Masker {
    /// The shortest text that is masked: shorter ones would hide innocent text.
    pub const SHORTEST: usize = 4;

    /// A masker of these values.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut masker = Self::default();
        for value in values {
            masker.collect(value);
        }
        masker.build();
        masker
    }

    /// Masks one more value from now on.
    pub fn add(&mut self, value: &str) {
        let before = self.needles.len();
        self.collect(value);
        if self.needles.len() != before {
            self.build();
        }
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.automaton.is_none()
    }

    /// The text with every secret replaced by [`MASK`].
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(automaton) = &self.automaton else { return Cow::Borrowed(text) };
        let mut masked = String::new();
        let mut copied = 0;
        for found in automaton.find_iter(text) {
            masked.push_str(&text[copied..found.start()]);
            masked.push_str(MASK);
            copied = found.end();
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        masked.push_str(&text[copied..]);
        Cow::Owned(masked)
    }

    /// The same value with every text in it masked, keys included.
    pub fn mask_json(&self, value: &serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            _ if self.automaton.is_none() => value.clone(),
            Value::String(text) => Value::String(self.mask(text).into_owned()),
            Value::Array(items) => items.iter().map(|item| self.mask_json(item)).collect(),
            Value::Object(entries) => entries
                .iter()
                .map(|(key, value)| (self.mask(key).into_owned(), self.mask_json(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Value::Number(number) => match self.mask(&number.to_string()) {
                Cow::Borrowed(_) => value.clone(),
                Cow::Owned(masked) => Value::String(masked),
            },
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    fn collect(&mut self, value: &str) {
        let mut forms = vec![value.to_owned(), value.trim().to_owned()];
        forms.extend(value.lines().map(|line| line.trim().to_owned()));
        forms.push(json_escaped(value));
        forms.push(xml_escaped(value));
        forms.push(percent_encoded(value));
        forms.extend(base64_forms(value.as_bytes()));
        for form in forms {
            if form.chars().count() >= Self::SHORTEST && !self.needles.contains(&form) {
                self.needles.push(form);
            }
        }
    }

    fn build(&mut self) {
        // The automaton refuses only patterns beyond its address space; masking must then fail loudly, not pass.
        self.automaton = (!self.needles.is_empty()).then(|| {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(&self.needles)
                .expect("the secrets of a run fit into one automaton")
        });
    }
}

fn json_escaped(value: &str) -> String {
    let quoted = serde_json::Value::String(value.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn xml_escaped(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}

fn percent_encoded(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// The base64 texts that hold `bytes` at each of the three alignments, without the characters that depend on what
/// stands around it.
fn base64_forms(bytes: &[u8]) -> Vec<String> {
    const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut forms = Vec::new();
    for before in 0..3_usize {
        let bit = |index: usize| -> Option<u8> {
            let index = index.checked_sub(before * 8)?;
            Some((bytes.get(index / 8)? >> (7 - index % 8)) & 1)
        };
        let groups = ((before + bytes.len()) * 8) / 6;
        let text: String = (0..groups)
            .filter_map(|group| {
                let mut value = 0;
                for offset in 0..6 {
                    value = value << 1 | bit(group * 6 + offset)?;
                }
                Some(char::from(STANDARD[usize::from(value)]))
            })
            .collect();
        // Short fragments would match innocent text.
        if text.len() >= 6 {
            forms.push(text.replace('+', "-").replace('/', "_"));
            forms.push(text);
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_and_its_escaped_forms_are_masked() {
        let masker = Masker::new(["p@ss \"w0rd\"<1>"]);
        for text in [
            "login with p@ss \"w0rd\"<1>!",
            r#"{"password":"p@ss \"w0rd\"<1>"}"#,
            "<p>p@ss &quot;w0rd&quot;&lt;1&gt;</p>",
            "?password=p%40ss%20%22w0rd%22%3C1%3E",
        ] {
            let masked = masker.mask(text);
            assert!(masked.contains(MASK) && !masked.contains("w0rd"), "{text}: {masked}");
        }
    }

    #[test]
    fn base64_is_masked_at_every_alignment() {
        let masker = Masker::new(["hunter2-secret"]);
        // `x:hunter2-secret`, `xy:…` and `xyz:…` in base64.
        for text in ["eDpodW50ZXIyLXNlY3JldA==", "eHk6aHVudGVyMi1zZWNyZXQ=", "eHl6Omh1bnRlcjItc2VjcmV0"] {
            assert!(masker.mask(text).contains(MASK), "{text}");
        }
    }

    #[test]
    fn lines_of_a_value_are_masked_and_short_ones_are_not() {
        let masker = Masker::new(["first line\nab\nthird line"]);
        assert_eq!(masker.mask("ab third line"), format!("ab {MASK}"));
        assert_eq!(Masker::new(["abc"]).mask("abc"), "abc");
    }

    #[test]
    fn json_values_are_masked_in_texts_keys_and_numbers() {
        let masker = Masker::new(["12345"]);
        let masked = masker.mask_json(&serde_json::json!({ "a12345": [12345, "x12345", true] }));
        assert_eq!(masked, serde_json::json!({ format!("a{MASK}"): [MASK, format!("x{MASK}"), true] }));
    }
}
