use wharf_model::{SpannedValue, VariableDefinition};

use crate::path::Path;
use crate::variables::Variables;

/// What is kept under a name.
pub(crate) enum Found<'a> {
    /// A value that is taken as it is.
    Literal(&'a SpannedValue),
    /// A value whose texts are templates.
    Template(&'a SpannedValue),
    /// A definition with values for scopes.
    Definition(&'a VariableDefinition),
}

impl Variables {
    /// What is kept under a key: `Wharf.*` first, then what was given from outside, definitions, other system
    /// variables and outputs.
    pub(crate) fn find(&self, key: &str) -> Option<Found<'_>> {
        let literal = || self.literals.get(key).map(|literal| Found::Literal(&literal.value));
        if is_reserved(key) {
            return literal();
        }
        let written = &self.written;
        if let Some(&at) = written.override_by_key.get(key) {
            return Some(Found::Template(&written.overrides[at].value));
        }
        if let Some(&at) = written.definition_by_key.get(key) {
            return Some(Found::Definition(&written.definitions[at]));
        }
        literal()
    }

    /// The name under which a variable is shown.
    pub(crate) fn shown_name(&self, key: &str, written: &str) -> String {
        match self.written.definition_by_key.get(key) {
            Some(&at) => self.written.definitions[at].name.clone(),
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
            self.written.definitions.iter().map(|definition| definition.name.clone()).collect();
        names.extend(self.written.overrides.iter().map(|given| given.name.clone()));
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
