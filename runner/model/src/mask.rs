use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::mask_forms::{Encoded, is_base64, text_forms};
use crate::sanitize_lines;

/// What stands in the place of a secret.
pub const MASK: &str = "********";

/// Up to so many bytes of texts the automaton is made compact, which is faster to search and slower to make.
const COMPACT_BYTES: usize = 64 * 1024;
/// The shortest line of wrapped base64 that is looked for in the base64 forms of secrets.
const SHORTEST_PART: usize = 8;

/// Replaces secrets in text. Covers each value, each of its lines, its forms escaped for JSON, XML, addresses, forms and
/// shells, and its hexadecimal and base64 forms, base64 that is wrapped into lines too; where they overlap, all of them.
#[derive(Debug, Default)]
pub struct Masker {
    known: HashSet<String>,
    /// Each has at least twice as many texts as the next: adding a value seldom builds anew what is there, so that a
    /// step which adds thousands holds nobody up.
    levels: Vec<Level>,
    /// The base64 forms of all values, one per line: a line of wrapped base64 is a part of one of them.
    encoded: String,
    /// The same by their first and by their last characters: a line may begin or end with something else.
    by_head: HashMap<[u8; SHORTEST_PART], Vec<String>>,
    by_tail: HashMap<[u8; SHORTEST_PART], Vec<String>>,
    /// The last lines of values in base64 that is wrapped, which may be too short to be looked for anywhere else.
    last_lines: HashSet<String>,
}

/// Texts with the automaton that finds them.
#[derive(Debug)]
struct Level {
    needles: Vec<Needle>,
    automaton: AhoCorasick,
}

/// A text that is masked.
#[derive(Debug)]
struct Needle {
    text: String,
    /// Whether it is base64: the characters beside it may hold a few bits of the secret.
    is_base64: bool,
}

impl AsRef<[u8]> for Needle {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
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

    /// The text as it will be seen, without control characters and escape sequences, with every secret replaced by
    /// [`MASK`]: a secret that such characters divide is whole once they are gone.
    pub fn mask_seen<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let masked = self.mask(text);
        let seen = match sanitize_lines(&masked) {
            Cow::Borrowed(_) => return masked,
            Cow::Owned(seen) => seen,
        };
        match self.mask(&seen) {
            Cow::Borrowed(_) => Cow::Owned(seen),
            Cow::Owned(again) => Cow::Owned(again),
        }
    }

    /// The text with every secret replaced by [`MASK`].
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut secret: Vec<(usize, usize)> = Vec::new();
        for level in &self.levels {
            for found in level.automaton.find_overlapping_iter(text) {
                let range = (found.start(), found.end());
                let is_base64 = level.needles[found.pattern().as_usize()].is_base64;
                secret.push(if is_base64 { with_neighbours(text, range) } else { range });
            }
        }
        self.wrapped_lines(text, &mut secret);
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

    /// The lines that are a part of a secret in base64.
    fn wrapped_lines(&self, text: &str, secret: &mut Vec<(usize, usize)>) {
        let mut start = 0;
        for whole in text.split_inclusive('\n') {
            let line = whole.trim();
            let begin = start + (whole.len() - whole.trim_start().len());
            start += whole.len();
            let digits = line.trim_end_matches('=');
            let may_be_part = digits.len() >= SHORTEST_PART && digits.bytes().all(is_base64);
            if may_be_part && self.encoded.contains(digits) || self.last_lines.contains(line) {
                secret.push((begin, begin + line.len()));
            } else if may_be_part {
                self.ends_of_line(digits, begin, secret);
            }
        }
    }

    /// The end of a line with which a secret in base64 begins, and the beginning with which it ends.
    fn ends_of_line(&self, digits: &str, begin: usize, secret: &mut Vec<(usize, usize)>) {
        for (start, window) in digits.as_bytes().windows(SHORTEST_PART).enumerate() {
            let end = start + SHORTEST_PART;
            let is_in = |parts: &HashMap<_, Vec<String>>, fits: &dyn Fn(&str) -> bool| {
                parts.get(window).is_some_and(|parts| parts.iter().any(|part| fits(part)))
            };
            if is_in(&self.by_head, &|part| part.starts_with(&digits[start..])) {
                secret.push((begin + start.saturating_sub(1), begin + digits.len()));
            }
            if is_in(&self.by_tail, &|part| part.ends_with(&digits[..end])) {
                secret.push((begin, begin + digits.len().min(end + 1)));
            }
        }
    }

    /// The same value with every text in it masked, keys included. A text in which a secret is seen only without its
    /// control characters loses them, any other keeps them: it may be data.
    pub fn mask_json(&self, value: &serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            _ if self.is_empty() => value.clone(),
            Value::String(text) => {
                let seen = sanitize_lines(text);
                let is_seen = matches!((&seen, self.mask(&seen)), (Cow::Owned(_), Cow::Owned(_)));
                Value::String(if is_seen { self.mask_seen(text) } else { self.mask(text) }.into_owned())
            }
            Value::Array(items) => items.iter().map(|item| self.mask_json(item)).collect(),
            Value::Object(entries) => entries
                .iter()
                .map(|(key, value)| (self.mask_seen(key).into_owned(), self.mask_json(value)))
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
    fn collect(&mut self, value: &str, needles: &mut Vec<Needle>) {
        let encoded = Encoded::new(value);
        let texts = text_forms(value).into_iter().map(|text| Needle { text, is_base64: false });
        let parts = encoded.parts.iter().map(|text| Needle { text: text.clone(), is_base64: true });
        let mut is_new = false;
        for needle in texts.chain(parts) {
            if needle.text.chars().count() >= Self::SHORTEST && self.known.insert(needle.text.clone()) {
                is_new = true;
                needles.push(needle);
            }
        }
        if is_new {
            for part in encoded.parts {
                self.encoded.push_str(&part);
                self.encoded.push('\n');
                if let (Some(head), Some(tail)) = (part.as_bytes().first_chunk(), part.as_bytes().last_chunk()) {
                    self.by_head.entry(*head).or_default().push(part.clone());
                    self.by_tail.entry(*tail).or_default().push(part.clone());
                }
            }
            self.last_lines.extend(encoded.last_lines);
        }
    }

    fn push(&mut self, mut needles: Vec<Needle>) {
        if needles.is_empty() {
            return;
        }
        while let Some(last) = self.levels.pop_if(|last| last.needles.len() < 2 * needles.len()) {
            needles.extend(last.needles);
        }
        // The automaton refuses only patterns beyond its address space; masking must then fail loudly, not pass.
        let bytes: usize = needles.iter().map(|needle| needle.text.len()).sum();
        // Never the fastest kind: making it takes seconds and gigabytes for a long secret.
        let kind =
            if bytes <= COMPACT_BYTES { AhoCorasickKind::ContiguousNFA } else { AhoCorasickKind::NoncontiguousNFA };
        let built = AhoCorasick::builder().kind(Some(kind)).build(&needles);
        let automaton = built.expect("the secrets of a run fit into one automaton");
        self.levels.push(Level { needles, automaton });
    }
}

/// The range with a base64 character on either side, and with the padding.
fn with_neighbours(text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let bytes = text.as_bytes();
    let start = start - usize::from(start > 0 && is_base64(bytes[start - 1]));
    let mut end = end + usize::from(bytes.get(end).copied().is_some_and(is_base64));
    while bytes.get(end) == Some(&b'=') {
        end += 1;
    }
    (start, end)
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
    fn nothing_of_a_secret_in_base64_is_left() {
        // `abcd`, `abcd` with a line end, and `hunter2-secret` behind `x:` and before `;y`.
        let masker = Masker::new(["abcd", "hunter2-secret"]);
        assert_eq!(masker.mask("YWJjZA== YWJjZAo= YWJjZA"), format!("{MASK} {MASK} {MASK}"));
        assert_eq!(masker.mask("<eDpodW50ZXIyLXNlY3JldDt5>"), format!("<eD{MASK}t5>"));
    }

    #[test]
    fn base64_in_lines_is_masked_line_by_line() {
        let value: String = (0..100_u32).map(|n| char::from(b'!' + (n * 37 % 90) as u8)).collect();
        let masker = Masker::new([value.as_str()]);
        for (line_end, suffix) in [(76, ""), (64, ""), (76, "\n"), (64, "\n")] {
            let text = crate::mask_forms::base64(format!("{value}{suffix}").as_bytes());
            let lines: Vec<&str> =
                text.as_bytes().chunks(line_end).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
            assert!(lines.len() > 1);
            for line in &lines {
                assert_eq!(masker.mask(line), MASK, "{line}");
            }
            let together = vec![MASK; lines.len()].join("\n");
            assert_eq!(masker.mask(&lines.join("\n")), together);
        }
    }

    #[test]
    fn a_secret_inside_of_what_was_encoded_is_masked_on_its_first_and_last_line() {
        let secret = "0123456789abcdefghij-ABCDEFGHIJKLMNOPQRSTUVWXYZ.klmnopqrstuvwxyz";
        let masker = Masker::new([secret]);
        for before in ["user=admin&password=", "user=admin2&password=", "user=admin22&password="] {
            let text = crate::mask_forms::base64(format!("{before}{secret}&more=things that are no secret").as_bytes());
            for columns in [64, 76] {
                let lines: Vec<&str> =
                    text.as_bytes().chunks(columns).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
                let shown: String = lines.iter().map(|line| masker.mask(line)).collect();
                let kept = shown.replace('*', "");
                // What stands around it is shown, but for a character on either side.
                let around = (before.len() * 8).div_ceil(6) + (32 * 8_usize).div_ceil(6);
                assert!(shown.starts_with("dXNlcj1hZG1pb") && kept.len() <= around, "{shown}");
            }
        }
    }

    #[test]
    fn other_forms_are_masked() {
        let masker = Masker::new(["p@ss w\u{f6}rd's <&>"]);
        for text in [
            r"p@ss w\u00f6rd's <&>",
            r"p@ss w\u00F6rd's <&>",
            r"p@ss w\u00f6rd's \u003c\u0026\u003e",
            r"p@ss wörd's \u003c\u0026\u003e",
            "p%40ss+w%C3%B6rd%27s+%3C%26%3E",
            "p%40ss%20w%c3%b6rd%27s%20%3c%26%3e",
            "704073732077c3b672642773203c263e",
            "704073732077C3B672642773203C263E",
            r"'p@ss wörd'\''s <&>'",
            "p@ss w\u{f6}rd&#39;s &lt;&amp;&gt;",
        ] {
            assert!(masker.mask(text).contains(MASK), "{text}");
        }
    }

    #[test]
    fn a_secret_that_control_characters_divide_is_masked() {
        let masker = Masker::new(["hunter2-secret", "with\u{7}bell"]);
        for text in [
            "\u{1b}[31mhun\u{1b}[0mter2-secret",
            "hun\0ter2-secret",
            "hunter2\u{7}-\u{8}secret",
            "hunter2-\u{1b}[01;31m\u{1b}[Ksecret\u{1b}[m\u{1b}[K",
            "wi\0th\u{7}bell",
        ] {
            assert_eq!(masker.mask_seen(text), MASK, "{text:?}");
            assert_eq!(masker.mask_json(&text.into()), serde_json::json!(MASK), "{text:?}");
        }
        assert_eq!(masker.mask_seen("a\tb\n\u{1b}[1mc"), "a\tb\nc");
        assert_eq!(masker.mask_json(&"\u{1b}[1mc".into()), serde_json::json!("\u{1b}[1mc"));
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
