//! The order of the labels of a prerelease, as Octopus.Versioning compares them.

use std::cmp::Ordering;

/// Compares two lists of labels label by label; of two that begin alike the longer one is later.
pub(super) fn compare_all<'a>(left: impl Iterator<Item = &'a str>, right: impl Iterator<Item = &'a str>) -> Ordering {
    left.map(Label).cmp(right.map(Label))
}

/// Compares texts without regard to the case of ASCII letters.
pub(super) fn compare_ignoring_case(left: &str, right: &str) -> Ordering {
    // Upper case, as .NET does: `_` stands behind the letters.
    left.chars().map(|c| c.to_ascii_uppercase()).cmp(right.chars().map(|c| c.to_ascii_uppercase()))
}

/// A text of which only letters and digits count, cut into labels at everything else.
pub(super) fn of_letters_and_digits(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
}

/// One label: numbers, as far as 32 bits hold them, come before everything else and in their own order.
struct Label<'a>(&'a str);

impl Label<'_> {
    fn number(&self) -> Option<i32> {
        self.0.parse().ok()
    }
}

impl Ord for Label<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.number(), other.number()) {
            (Some(left), Some(right)) => left.cmp(&right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => compare_ignoring_case(self.0, other.0),
        }
    }
}

impl PartialEq for Label<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Label<'_> {}

impl PartialOrd for Label<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
