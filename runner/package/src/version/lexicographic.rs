use std::cmp::Ordering;
use std::fmt;

use super::{VersionFormat, VersionFormatError, labels};

/// A version that is any label, `release-2026.1+build`: letters, digits, `.`, `-`, `_` and `\`, then perhaps `+metadata`.
/// Labels are compared part by part, numbers as numbers; only letters and digits count, and metadata does not.
#[derive(Debug, Clone)]
pub struct LexicographicVersion {
    text: String,
    release: String,
    metadata: String,
}

impl LexicographicVersion {
    /// Parses a version.
    pub fn parse(text: &str) -> Result<Self, VersionFormatError> {
        let (release, metadata) = label_and_metadata(text, VersionFormat::Lexicographic)?;
        let text = text.chars().filter(|c| *c != ' ').collect();
        Ok(Self { text, release: release.to_owned(), metadata: metadata.to_owned() })
    }

    /// The text, without blanks.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The label before `+`.
    pub fn release(&self) -> &str {
        &self.release
    }

    /// What follows `+`.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }
}

/// The label and what follows `+`, of texts that are nothing but that. Blanks may stand behind.
pub(super) fn label_and_metadata(text: &str, format: VersionFormat) -> Result<(&str, &str), VersionFormatError> {
    format.check_length(text)?;
    if text.trim().is_empty() {
        return Err(VersionFormatError::Empty);
    }
    let is_label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '\\');
    let (release, metadata) = text.trim_end().split_once('+').unwrap_or((text.trim_end(), ""));
    if !release.chars().all(is_label) || !metadata.chars().all(|c| is_label(c) || c == '+') {
        return Err(VersionFormatError::Form { text: text.to_owned(), format });
    }
    Ok((release, metadata))
}

impl Ord for LexicographicVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        let [left, right] = [self, other].map(|version| labels::of_letters_and_digits(&version.release));
        labels::compare_all(left, right)
    }
}

impl PartialOrd for LexicographicVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for LexicographicVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for LexicographicVersion {}

impl fmt::Display for LexicographicVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> LexicographicVersion {
        LexicographicVersion::parse(text).expect("a test's version parses")
    }

    #[test]
    fn labels_in_their_order() {
        let ordered = ["1", "2", "10", "a", "release", "release-1", "release-2", "release-10", "release-x", "z"];
        for pair in ordered.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{} < {}", pair[0], pair[1]);
        }
        assert_eq!(version("Release.1"), version("release_1+x"));
        let shown = version("a-b+c+d ");
        assert_eq!((shown.as_str(), shown.release(), shown.metadata()), ("a-b+c+d", "a-b", "c+d"));
    }

    #[test]
    fn what_is_no_label() {
        let shown: Vec<String> = ["", " ", "a b", " a", "a!", "a+b!", "ä"]
            .into_iter()
            .map(|text| LexicographicVersion::parse(text).expect_err("it is none").to_string())
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        the version is empty
        the version is empty
        `a b` is no version of the format lexicographic: it may have letters, digits, `.`, `-`, `_`, `\` and `+`
        ` a` is no version of the format lexicographic: it may have letters, digits, `.`, `-`, `_`, `\` and `+`
        `a!` is no version of the format lexicographic: it may have letters, digits, `.`, `-`, `_`, `\` and `+`
        `a+b!` is no version of the format lexicographic: it may have letters, digits, `.`, `-`, `_`, `\` and `+`
        `ä` is no version of the format lexicographic: it may have letters, digits, `.`, `-`, `_`, `\` and `+`
        ");
    }

    proptest! {
        #[test]
        fn the_order_is_total(texts in prop::collection::vec("[a-b0-2._-]{1,5}", 3)) {
            let mut versions: Vec<_> = texts.iter().map(|text| version(text)).collect();
            versions.sort();
            prop_assert!(versions[0] <= versions[1] && versions[1] <= versions[2] && versions[0] <= versions[2]);
        }
    }
}
