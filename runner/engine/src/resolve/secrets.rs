use std::fs;
use std::path::Path;

use serde_json::Value;
use wharf_model::{Diagnostic, Grants, Masker, Secret, SecretSource};
use wharf_variables::{ChosenSecret, Variables};

use super::path::absolute;
use crate::Machine;
use crate::identity::secret_reference;

/// The most bytes that a secret may have: each of its forms is looked for in all that a run says.
const MOST_BYTES: u64 = 64 * 1024;

/// The variables with a reference in the place of each secret; the pairs of name and reference.
pub(super) fn with_references(variables: Variables) -> (Variables, Vec<(String, String)>) {
    let references: Vec<(String, String)> =
        variables.secrets().iter().map(|secret| (secret.name.to_owned(), secret_reference())).collect();
    (variables.with_secrets(references.iter().cloned()), references)
}

/// Whether a reference stands anywhere in a value.
pub(super) fn refers_to(value: &Value, reference: &str) -> bool {
    match value {
        Value::String(text) => text.contains(reference),
        Value::Array(items) => items.iter().any(|item| refers_to(item, reference)),
        Value::Object(entries) => {
            entries.iter().any(|(key, value)| key.contains(reference) || refers_to(value, reference))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a step cannot do without a secret: its inputs or its grants name it. A grant of many names is no need.
pub(super) fn is_needed(name: &str, reference: &str, inputs: &Value, grants: &Grants) -> bool {
    let mut named = grants.secrets.iter().filter(|pattern| !pattern.as_str().contains('*'));
    refers_to(inputs, reference) || named.any(|pattern| pattern.matches(name))
}

/// Whether a step may come across a secret: by its inputs or by a granted variable.
pub(super) fn is_used(name: &str, reference: &str, inputs: &Value, grants: &Grants) -> bool {
    refers_to(inputs, reference) || grants.allows_variable(name) || grants.allows_secret(name)
}

/// The secrets that a step may come across.
pub(super) fn secrets_of(all: &[Secret], inputs: &Value, grants: &Grants) -> Vec<Secret> {
    all.iter().filter(|secret| is_used(&secret.name, &secret.reference, inputs, grants)).cloned().collect()
}

/// Fetches a secret.
pub(super) fn fetch(
    secret: &ChosenSecret<'_>,
    reference: &str,
    folder: &Path,
    machine: &dyn Machine,
) -> Result<Secret, Diagnostic> {
    let problem = |message: String| Diagnostic::error("secret-not-set", message).at(secret.span);
    let name = secret.name;
    let value = match secret.source {
        SecretSource::Env(variable) => machine.environment_variable(variable).ok_or_else(|| {
            problem(format!("the secret `{name}` is not set"))
                .help(format!("set the environment variable {variable}, such as `{variable}=… wharf run`"))
        })?,
        SecretSource::File(path) => {
            let path = absolute(folder, path);
            read(&path).map_err(|reason| {
                problem(format!("the secret `{name}` cannot be read from {}: {reason}", path.display()))
            })?
        }
    };
    Ok(Secret { reference: reference.to_owned(), name: name.to_owned(), value })
}

fn read(path: &Path) -> Result<String, String> {
    let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is no file".into());
    }
    if metadata.len() > MOST_BYTES {
        return Err(format!("it has {} bytes, and a secret may have {MOST_BYTES}", metadata.len()));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let mut text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

/// A warning for a secret that is too short to be masked.
pub(super) fn too_short(secret: &Secret, chosen: &ChosenSecret<'_>) -> Option<Diagnostic> {
    (secret.value.chars().count() < Masker::SHORTEST).then(|| {
        let message =
            format!("the secret `{}` has fewer than {} characters and is not masked", secret.name, Masker::SHORTEST);
        Diagnostic::warning("short-secret", message).at(chosen.span)
    })
}
