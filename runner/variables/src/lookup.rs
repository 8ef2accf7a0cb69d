use wharf_model::SpannedValue;

use crate::path::Path;
use crate::variables::Variables;
use crate::written::Group;

/// What is kept under a name.
pub(crate) enum Found<'a> {
    /// A value that is taken as it is.
    Literal(&'a SpannedValue),
    /// A variable with values for scopes.
    Group(&'a Group),
}

impl Variables {
    /// What is kept under a key: `Wharf.*` first, then what users wrote, other system
    /// variables and outputs.
    pub(crate) fn find(&self, key: &str) -> Option<Found<'_>> {
        let literal = || self.literals.get(key).map(|literal| Found::Literal(&literal.value));
        if is_reserved(key) {
            return literal();
        }
        if let Some(group) = self.written.find(key) {
            return Some(Found::Group(&self.written.groups()[group]));
        }
        literal()
    }

    /// The name under which a variable is shown.
    pub(crate) fn shown_name(&self, key: &str, written: &str) -> String {
        match self.written.find(key) {
            Some(group) => self.written.name(&self.written.groups()[group]).to_owned(),
            None => written.to_owned(),
        }
    }

    /// Whether a name is that of an output which the run may bring.
    pub(crate) fn is_declared(&self, path: &Path) -> bool {
        (1..path.steps.len()).any(|length| {
            self.declared.get(&path.key(length)).is_some_and(|declared| match &declared.names {
                None => true,
                Some(names) => {
                    let after = path.key(length + 1);
                    names.iter().any(|name| after == crate::path::key_of(&format!("{}.{name}", declared.prefix)))
                }
            })
        })
    }

    /// All names that a template could mean here, for suggestions.
    pub(crate) fn candidates(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.written.groups().iter().map(|group| self.written.name(group).to_owned()).collect();
        names.extend(self.literals.values().map(|literal| literal.name.clone()));
        for declared in self.declared.values() {
            names.extend(declared.names.iter().flatten().map(|name| format!("{}.{name}", declared.prefix)));
        }
        names
    }
}

/// Whether a key belongs to Wharf itself.
pub(crate) fn is_reserved(key: &str) -> bool {
    key == "wharf" || key.starts_with("wharf.")
}
