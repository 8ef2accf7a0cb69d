use wharf_model::{Diagnostic, SpannedKey, SpannedValue, ValueKind, did_you_mean};

use crate::process::keys::Keys;
use crate::process::problems::Problems;

/// A map whose keys were checked.
pub(crate) struct Fields<'a> {
    entries: &'a [(SpannedKey, SpannedValue)],
}

impl<'a> Fields<'a> {
    /// The entries of a map with these keys; unknown ones are reported. None if it is no map.
    pub fn of(value: &'a SpannedValue, keys: &Keys, problems: &mut Problems) -> Option<Self> {
        let entries = entries(value, keys.of, problems)?;
        for ((key, span), _) in entries {
            if keys.known.contains(&key.as_str()) {
                continue;
            }
            if let Some((_, purpose)) = keys.later.iter().find(|(later, _)| later == key) {
                problems.not_yet(format!("`{key}` ({purpose}) is"), span);
                continue;
            }
            let mut diagnostic = Diagnostic::error("unknown-key", format!("{} has no key `{key}`", keys.of)).at(span);
            diagnostic.help.extend(did_you_mean(key, keys.known.iter().copied()));
            problems.add(diagnostic);
        }
        Some(Self { entries })
    }

    /// The value under a key, also if nothing stands there.
    pub fn get(&self, key: &str) -> Option<&'a SpannedValue> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The value under a key for a list or a map, of which an empty one may be left out.
    pub fn get_filled(&self, key: &str) -> Option<&'a SpannedValue> {
        self.get(key).filter(|value| value.kind != ValueKind::Null)
    }

    /// A key with its value.
    pub fn entry(&self, key: &str) -> Option<(&'a SpannedKey, &'a SpannedValue)> {
        self.entries.iter().find(|((name, _), _)| name == key).map(|(key, value)| (key, value))
    }
}

/// The entries of a map whose keys are the user's own names.
pub(crate) fn entries<'a>(
    value: &'a SpannedValue,
    what: &str,
    problems: &mut Problems,
) -> Option<&'a [(SpannedKey, SpannedValue)]> {
    match &value.kind {
        ValueKind::Map(entries) => Some(entries),
        _ => {
            problems.wrong_kind(what, "a map", value);
            None
        }
    }
}

/// The items of a list.
pub(crate) fn items<'a>(value: &'a SpannedValue, what: &str, problems: &mut Problems) -> Option<&'a [SpannedValue]> {
    match &value.kind {
        ValueKind::List(items) => Some(items),
        _ => {
            problems.wrong_kind(what, "a list", value);
            None
        }
    }
}
