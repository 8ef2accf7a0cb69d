use std::collections::HashMap;

use serde_json::Value;
use wharf_model::{Grants, Secret, SecretSource, SecretSpec, SecretSummary, Span};
use wharf_variables::Variables;

use super::given::{Place, place_of};
use crate::identity::{REFERENCE_DIGITS, REFERENCE_PREFIX, secret_reference};

/// A secret that holds in the process or in one of its steps.
#[derive(Debug, Clone)]
pub(super) struct KnownSecret {
    pub(super) name: String,
    pub(super) spec: SecretSpec,
    pub(super) span: Span,
    pub(super) reference: String,
    /// Whether it is a variable's, else a feed's.
    pub(super) is_variable: bool,
}

/// The secrets of a process. Each that was written has one reference, in whatever scopes it holds; a variable may be
/// another secret in each step.
#[derive(Debug, Default)]
pub(super) struct SecretTable {
    known: Vec<KnownSecret>,
    by_place: HashMap<Place, usize>,
}

/// Variables in a scope, with references in the place of the secrets that hold there.
#[derive(Debug, Clone)]
pub(super) struct Scoped {
    pub(super) variables: Variables,
    /// The numbers of those secrets.
    pub(super) secrets: Vec<usize>,
}

impl SecretTable {
    /// Puts a reference in the place of each secret that holds in the variables' scope.
    pub(super) fn refer(&mut self, variables: Variables) -> Scoped {
        let mut secrets = Vec::new();
        for chosen in variables.secrets() {
            let next = self.known.len();
            let at = *self.by_place.entry(place_of(chosen.span)).or_insert(next);
            if at == next {
                self.known.push(KnownSecret {
                    name: chosen.name.to_owned(),
                    spec: chosen.secret.clone(),
                    span: chosen.span.clone(),
                    reference: secret_reference(),
                    is_variable: true,
                });
            }
            secrets.push(at);
        }
        let variables = variables.with_secrets(self.references(&secrets));
        Scoped { variables, secrets }
    }

    /// Where those of these secrets come from that are variables, in words.
    pub(super) fn sources_of(&self, secrets: &[Secret], unset: &[String]) -> Vec<SecretSummary> {
        let is_used = |known: &&KnownSecret| secrets.iter().any(|secret| secret.reference == known.reference);
        let source = |source: &SecretSource| match source {
            SecretSource::Env(name) => format!("environment variable {name}"),
            SecretSource::File(path) => format!("file {}", path.display()),
            SecretSource::Command(words) => format!("program {}", words.first().map_or("", String::as_str)),
            SecretSource::Prompt(_) => "asked for".to_owned(),
        };
        let summary = |known: &KnownSecret| SecretSummary {
            name: known.name.clone(),
            source: source(&known.spec.source),
            is_set: !unset.contains(&known.name),
        };
        self.known.iter().filter(is_used).map(summary).collect()
    }

    /// Pairs of name and reference.
    pub(super) fn references(&self, secrets: &[usize]) -> Vec<(String, String)> {
        let known = secrets.iter().map(|at| &self.known[*at]);
        known.map(|secret| (secret.name.clone(), secret.reference.clone())).collect()
    }

    pub(super) fn all(&self) -> &[KnownSecret] {
        &self.known
    }
}

/// The references that stand in a value, each once: those of secrets, and those of what is derived from secrets.
pub(super) fn references_in(value: &Value) -> Vec<String> {
    let mut references = Vec::new();
    for text in leaf_and_key_texts(value) {
        for (at, _) in text.match_indices(REFERENCE_PREFIX) {
            let end = at + REFERENCE_PREFIX.len() + REFERENCE_DIGITS;
            let Some(reference) = text.get(at..end) else { continue };
            let digits = &reference[REFERENCE_PREFIX.len()..];
            if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) && !references.iter().any(|known| known == reference)
            {
                references.push(reference.to_owned());
            }
        }
    }
    references
}

fn leaf_and_key_texts(value: &Value) -> Vec<&str> {
    let mut texts = Vec::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => texts.push(text.as_str()),
            Value::Array(items) => open.extend(items),
            Value::Object(entries) => {
                texts.extend(entries.keys().map(String::as_str));
                open.extend(entries.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    texts
}

/// Whether a step's grants name a secret. A grant of many names does not.
pub(super) fn is_named(name: &str, grants: &Grants) -> bool {
    let mut named = grants.secrets.iter().filter(|pattern| !pattern.as_str().contains('*'));
    named.any(|pattern| pattern.matches(name))
}

/// Whether a step may come across a secret by what it is granted: as a variable that it reads, or by its name.
pub(super) fn is_granted(name: &str, grants: &Grants) -> bool {
    grants.allows_variable(name) || grants.allows_secret(name)
}
