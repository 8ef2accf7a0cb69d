use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::OctopusVersion;

/// One part of a pre-release. Numbers come before words.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Label {
    Number(i32),
    /// In upper case, as `OrdinalIgnoreCase` of .NET compares.
    Word(String),
}

impl OctopusVersion {
    /// What counts when versions are compared: a release has no labels and comes last.
    fn labels(&self) -> (bool, Vec<Label>) {
        let release = self.prerelease.is_empty();
        let labels = self.prerelease.split(|c: char| !c.is_alphanumeric());
        let label = |text: &str| match text.parse() {
            Ok(number) => Label::Number(number),
            Err(_) => Label::Word(text.to_ascii_uppercase()),
        };
        (release, labels.map(label).collect())
    }
}

impl Ord for OctopusVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| self.labels().cmp(&other.labels()))
    }
}

impl PartialOrd for OctopusVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for OctopusVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for OctopusVersion {}

impl Hash for OctopusVersion {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.numbers.hash(state);
        self.labels().hash(state);
    }
}
