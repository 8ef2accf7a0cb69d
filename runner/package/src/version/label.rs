use std::cmp::Ordering;

use super::{VersionFormat, VersionFormatError, labels};

/// The text of versions that are nothing but a label, with its parts. Labels are compared part by part, numbers as
/// numbers; only letters and digits count, and metadata does not.
#[derive(Debug, Clone)]
pub(super) struct Label {
    text: String,
    release: String,
    metadata: String,
}

impl Label {
    /// Parses letters, digits, `.`, `-`, `_` and `\`, then perhaps `+metadata`. Blanks may stand behind.
    pub(super) fn parse(text: &str, format: VersionFormat) -> Result<Self, VersionFormatError> {
        format.check_length(text)?;
        if text.trim().is_empty() {
            return Err(VersionFormatError::Empty);
        }
        let is_label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '\\');
        let (release, metadata) = text.trim_end().split_once('+').unwrap_or((text.trim_end(), ""));
        if !release.chars().all(is_label) || !metadata.chars().all(|c| is_label(c) || c == '+') {
            return Err(VersionFormatError::Form { text: text.to_owned(), format });
        }
        let shown = text.chars().filter(|c| *c != ' ').collect();
        Ok(Self { text: shown, release: release.to_owned(), metadata: metadata.to_owned() })
    }

    /// The text, without blanks.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before `+`.
    pub(super) fn release(&self) -> &str {
        &self.release
    }

    /// What follows `+`.
    pub(super) fn metadata(&self) -> &str {
        &self.metadata
    }
}

impl Ord for Label {
    fn cmp(&self, other: &Self) -> Ordering {
        let [left, right] = [self, other].map(|label| labels::of_letters_and_digits(&label.release));
        labels::compare_all(left, right)
    }
}

impl PartialOrd for Label {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Label {}
