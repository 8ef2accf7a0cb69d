use std::fmt;

use super::label::Label;
use super::{VersionFormat, VersionFormatError};

/// A version that is a label without an order, such as a commit. Two are equal or they are not; only letters and digits
/// count, and metadata does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsortableVersion(Label);

impl UnsortableVersion {
    /// Parses a version: letters, digits, `.`, `-`, `_` and `\`, then perhaps `+metadata`.
    pub fn parse(text: &str) -> Result<Self, VersionFormatError> {
        Label::parse(text, VersionFormat::Unsortable).map(Self)
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

impl fmt::Display for UnsortableVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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
