use std::fmt;

use super::label::Label;
use super::{VersionFormat, VersionFormatError};

/// A version that is any label, `release-2026.1+build`: letters, digits, `.`, `-`, `_` and `\`, then perhaps `+metadata`.
/// Labels are compared part by part, numbers as numbers; only letters and digits count, and metadata does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LexicographicVersion(Label);

impl LexicographicVersion {
    /// Parses a version.
    pub fn parse(text: &str) -> Result<Self, VersionFormatError> {
        Label::parse(text, VersionFormat::Lexicographic).map(Self)
    }

    /// The text, without blanks.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The label before `+`.
    pub fn release(&self) -> &str {
        self.0.release()
    }

    /// What follows `+`.
    pub fn metadata(&self) -> &str {
        self.0.metadata()
    }
}

impl fmt::Display for LexicographicVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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
