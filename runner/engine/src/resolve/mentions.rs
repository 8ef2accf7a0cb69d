use serde_json::Value;
use wharf_model::Grants;
use wharf_variables::{Evaluated, Variables};

use super::secrets::{KnownSecret, references_in};

/// Secrets that stand in values.
#[derive(Debug, Default)]
pub(super) struct Mentioned {
    /// The references that stand there.
    pub(super) references: Vec<String>,
    /// The names of the secrets of which they were derived, in lower case.
    sources: Vec<String>,
}

impl Mentioned {
    pub(super) fn of(value: &Value, variables: &Variables) -> Self {
        let references = references_in(value);
        if references.is_empty() {
            return Self::default();
        }
        let derived = variables.derived();
        let derived = derived.iter().filter(|derived| references.contains(&derived.reference));
        let sources = derived.flat_map(|derived| &derived.sources).map(|name| name.trim().to_lowercase()).collect();
        Self { references, sources }
    }

    /// Whether a secret stands there, or went into what does.
    pub(super) fn holds(&self, secret: &KnownSecret) -> bool {
        self.references.contains(&secret.reference) || self.sources.contains(&secret.name.trim().to_lowercase())
    }
}

/// The values of the variables that a step is granted to read. Where it may read all, so it may the secrets themselves:
/// nothing has to be looked for then.
pub(super) fn readable(variables: &Variables, grants: &Grants) -> Value {
    if grants.variables.is_empty() || grants.variables.iter().any(|pattern| pattern.as_str() == "*") {
        return Value::Null;
    }
    let names = variables.names().into_iter().filter(|name| grants.allows_variable(name));
    // One that cannot be evaluated is told when it is read.
    names.filter_map(|name| variables.get(&name).ok().flatten().and_then(Evaluated::known)).collect()
}
