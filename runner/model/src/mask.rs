use std::borrow::Cow;
use std::collections::HashSet;

use aho_corasick::AhoCorasick;

/// What stands in the place of a secret.
pub const MASK: &str = "********";

/// Replaces secrets in text. Covers each value, each of its lines, and its JSON-, XML- and URL-escaped and base64 forms;
/// where they overlap, all of them.
#[derive(Debug, Default)]
pub struct Masker {
    known: HashSet<String>,
    /// Each has at least twice as many texts as the next: adding a value seldom builds anew what is there, so that a
    /// step which adds thousands holds nobody up.
    levels: Vec<Level>,
}

/// Texts with the automaton that finds them.
#[derive(Debug)]
struct Level {
    needles: Vec<String>,
    automaton: AhoCorasick,
}

impl Masker {
    /// The shortest text that is masked: shorter ones would hide innocent text.
    pub const SHORTEST: usize = 4;

    /// A masker of these values.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut masker = Self::default();
        let mut needles = Vec::new();
        for value in values {
            masker.collect(value, &mut needles);
        }
        masker.push(needles);
        masker
    }

    /// Masks one more value from now on.
    pub fn add(&mut self, value: &str) {
        let mut needles = Vec::new();
        self.collect(value, &mut needles);
        self.push(needles);
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    /// The text with every secret replaced by [`MASK`].
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut secret: Vec<(usize, usize)> = self
            .levels
            .iter()
            .flat_map(|level| level.automaton.find_overlapping_iter(text))
            .map(|found| (found.start(), found.end()))
            .collect();
        if secret.is_empty() {
            return Cow::Borrowed(text);
        }
        secret.sort_unstable();
        let mut masked = String::new();
        let mut copied = 0;
        let mut ranges = secret.into_iter().peekable();
        while let Some((start, mut end)) = ranges.next() {
            while let Some((_, further)) = ranges.next_if(|(next, _)| *next < end) {
                end = end.max(further);
            }
            masked.push_str(&text[copied..start]);
            masked.push_str(MASK);
            copied = end;
        }
        masked.push_str(&text[copied..]);
        Cow::Owned(masked)
    }

    /// The same value with every text in it masked, keys included.
    pub fn mask_json(&self, value: &serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            _ if self.is_empty() => value.clone(),
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

    /// Adds the forms of a value that are new to `needles`.
    fn collect(&mut self, value: &str, needles: &mut Vec<String>) {
        let mut forms = vec![value.to_owned(), value.trim().to_owned()];
        forms.extend(value.lines().map(|line| line.trim().to_owned()));
        forms.push(json_escaped(value));
        forms.push(xml_escaped(value));
        forms.push(percent_encoded(value));
        forms.extend(base64_forms(value.as_bytes()));
        for form in forms {
            if form.chars().count() >= Self::SHORTEST && self.known.insert(form.clone()) {
                needles.push(form);
            }
        }
    }

    fn push(&mut self, mut needles: Vec<String>) {
        if needles.is_empty() {
            return;
        }
        while let Some(last) = self.levels.pop_if(|last| last.needles.len() < 2 * needles.len()) {
            needles.extend(last.needles);
        }
        // The automaton refuses only patterns beyond its address space; masking must then fail loudly, not pass.
        let automaton = AhoCorasick::new(&needles).expect("the secrets of a run fit into one automaton");
        self.levels.push(Level { needles, automaton });
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

    #[test]
    fn secrets_that_overlap_are_masked_whole() {
        let masker = Masker::new(["abcdefgh", "efghijkl", "cdef"]);
        assert_eq!(masker.mask("x abcdefghijkl y"), format!("x {MASK} y"));
        let mut one_by_one = Masker::default();
        for value in ["cdef", "efghijkl", "abcdefgh"] {
            one_by_one.add(value);
        }
        assert_eq!(one_by_one.mask("x abcdefghijkl y"), format!("x {MASK} y"));
    }

    #[test]
    fn thousands_of_values_are_in_few_levels() {
        let mut masker = Masker::default();
        assert!(masker.is_empty());
        for number in 0..1_000 {
            masker.add(&format!("secret number {number}"));
        }
        assert!(masker.levels.len() <= 16, "{}", masker.levels.len());
        for number in [0, 1, 17, 999] {
            assert_eq!(masker.mask(&format!("secret number {number}")), MASK, "{number}");
        }
        assert_eq!(masker.mask("secret service"), "secret service");
    }
}
