use std::fmt;

use super::lexicographic::label_and_metadata;
use super::{VersionFormat, VersionFormatError, labels};

/// A version that is a label without an order, such as a commit. Two are equal or they are not; only letters and digits
/// count, and metadata does not.
#[derive(Debug, Clone)]
pub struct UnsortableVersion {
    text: String,
    release: String,
    metadata: String,
}

impl UnsortableVersion {
    /// Parses a version: letters, digits, `.`, `-`, `_` and `\`, then perhaps `+metadata`.
    pub fn parse(text: &str) -> Result<Self, VersionFormatError> {
        let (release, metadata) = label_and_metadata(text, VersionFormat::Unsortable)?;
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

impl PartialEq for UnsortableVersion {
    fn eq(&self, other: &Self) -> bool {
        let [left, right] = [self, other].map(|version| labels::of_letters_and_digits(&version.release));
        labels::compare_all(left, right).is_eq()
    }
}

impl Eq for UnsortableVersion {}

impl fmt::Display for UnsortableVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_or_not() {
        let version = |text: &str| UnsortableVersion::parse(text).expect("a test's version parses");
        assert_eq!(version("feature-1+a"), version("feature.1+b"));
        assert_ne!(version("feature-1"), version("feature-2"));
        assert_eq!((version("9f8e+x").release(), version("9f8e+x").metadata()), ("9f8e", "x"));
        assert_eq!(UnsortableVersion::parse(" "), Err(VersionFormatError::Empty));
    }
}
