use std::collections::{BTreeMap, BTreeSet};

/// How every reference of a secret begins.
pub(crate) const PREFIX: &str = "secret:";

/// The references that stand for secret variables.
#[derive(Debug, Clone, Default)]
pub(crate) struct References {
    /// By the key of the variable.
    pub by_key: BTreeMap<String, String>,
    all: BTreeSet<String>,
}

impl References {
    pub fn add(&mut self, key: String, reference: String) {
        self.all.insert(reference.clone());
        self.by_key.insert(key, reference);
    }

    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Where references stand in a text, these or those that `is_known` knows.
    pub fn places(&self, text: &str, is_known: impl Fn(&str) -> bool) -> Vec<std::ops::Range<usize>> {
        let mut places = Vec::new();
        for (at, _) in text.match_indices(PREFIX) {
            let here = &text[at..];
            let end = here.len() - here[PREFIX.len()..].trim_start_matches(|c: char| c.is_ascii_hexdigit()).len();
            // What stands behind a reference may look like more of it.
            let lengths = (PREFIX.len() + 1..=end.min(PREFIX.len() + 64)).rev();
            if let Some(length) = lengths.into_iter().find(|&length| {
                let reference = &here[..length];
                self.all.contains(reference) || is_known(reference)
            }) {
                places.push(at..at + length);
            } else if let Some(reference) = self.all.iter().find(|reference| here.starts_with(reference.as_str())) {
                places.push(at..at + reference.len());
            }
        }
        places
    }
}
