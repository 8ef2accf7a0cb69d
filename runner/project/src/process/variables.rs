use std::collections::HashMap;
use std::path::PathBuf;

use wharf_model::{
    Diagnostic, Scope, SecretSource, Span, SpannedKey, SpannedValue, ValueKind, VariableCandidate, VariableDefinition,
    VariableValue, did_you_mean,
};

use crate::process::environments::Environments;
use crate::process::fields::{Fields, entries, items};
use crate::process::keys::{SCOPED_VALUE, SECRET};
use crate::process::problems::Problems;
use crate::process::texts::{literal, one_or_more};

/// Reads `variables`, and adds the values that stand under `environments`.
pub(crate) fn variables(
    value: Option<&SpannedValue>,
    environments: &Environments<'_>,
    problems: &mut Problems,
) -> Vec<VariableDefinition> {
    let mut definitions = Definitions::default();
    let written = value.and_then(|value| entries(value, "`variables`", problems)).unwrap_or_default();
    for (key, value) in written {
        let candidates = candidates(value, environments, problems);
        definitions.add(key, candidates, problems);
    }
    for (environment, key, value) in &environments.variables {
        if only_entry(value, "scoped").is_some() {
            let help = "write the value; it holds for this environment only";
            problems.wrong_value("`scoped` cannot stand under an environment", &value.span, help);
            continue;
        }
        let scope = Scope { kinds: vec![("environment".to_owned(), vec![environment.clone()])] };
        let value = variable_value(value, problems).map(|found| VariableCandidate {
            value: found,
            scope,
            span: value.span.clone(),
        });
        definitions.add(key, value.into_iter().collect(), problems);
    }
    definitions.list
}

#[derive(Default)]
struct Definitions {
    list: Vec<VariableDefinition>,
    by_name: HashMap<String, usize>,
}

impl Definitions {
    fn add(&mut self, (name, span): &SpannedKey, candidates: Vec<VariableCandidate>, problems: &mut Problems) {
        let name = name.trim();
        if name.contains("#{") {
            let help = "the name of a variable stands for itself";
            problems.wrong_value("the name of a variable cannot be a template", span, help);
            return;
        }
        match self.by_name.get(&name.to_lowercase()) {
            Some(&at) => self.list[at].candidates.extend(candidates),
            None => {
                self.by_name.insert(name.to_lowercase(), self.list.len());
                self.list.push(VariableDefinition { name: name.to_owned(), span: span.clone(), candidates });
            }
        }
    }
}

/// The value of a map whose one key is this.
fn only_entry<'a>(value: &'a SpannedValue, key: &str) -> Option<&'a SpannedValue> {
    match &value.kind {
        ValueKind::Map(entries) => match entries.as_slice() {
            [((only, _), value)] if only == key => Some(value),
            _ => None,
        },
        _ => None,
    }
}

fn candidates(
    value: &SpannedValue,
    environments: &Environments<'_>,
    problems: &mut Problems,
) -> Vec<VariableCandidate> {
    let Some(scoped) = only_entry(value, "scoped") else {
        let found = variable_value(value, problems);
        let candidate = |found| VariableCandidate { value: found, scope: Scope::default(), span: value.span.clone() };
        return found.map(candidate).into_iter().collect();
    };
    let entries = items(scoped, "`scoped`", problems).unwrap_or_default();
    entries.iter().filter_map(|entry| scoped_value(entry, environments, problems)).collect()
}

fn scoped_value(
    entry: &SpannedValue,
    environments: &Environments<'_>,
    problems: &mut Problems,
) -> Option<VariableCandidate> {
    let fields = Fields::of(entry, &SCOPED_VALUE, problems)?;
    let mut names = Vec::new();
    for key in ["environment", "environments"] {
        if let Some(value) = fields.get(key) {
            for (name, place) in one_or_more(value, &format!("`{key}`"), problems) {
                names.extend(known_environment(name, &place.span, environments, problems));
            }
        }
    }
    let mut scope = Scope::default();
    if !names.is_empty() {
        scope.kinds.push(("environment".to_owned(), names));
    }
    let value = match (fields.get("value"), fields.get("secret")) {
        (Some(value), None) => VariableValue::Plain(value.clone()),
        (None, Some(secret)) => VariableValue::Secret(secret_source(secret, problems)?),
        (Some(value), Some(_)) => {
            problems.wrong_value("this has both `value` and `secret`", &value.span, "keep one of them");
            return None;
        }
        (None, None) => {
            problems.wrong_value("this scoped value has no `value`", &entry.span, "add `value`, or `secret`");
            return None;
        }
    };
    Some(VariableCandidate { value, scope, span: entry.span.clone() })
}

fn known_environment(
    name: &str,
    span: &Span,
    environments: &Environments<'_>,
    problems: &mut Problems,
) -> Option<String> {
    let same = |known: &&wharf_model::Environment| known.name.to_lowercase() == name.trim().to_lowercase();
    if let Some(known) = environments.list.iter().find(same) {
        return Some(known.name.clone());
    }
    let message = format!("there is no environment `{name}`");
    let mut diagnostic = Diagnostic::error("unknown-environment", message).at(span);
    let names = environments.list.iter().map(|environment| environment.name.as_str());
    let help = did_you_mean(name, names);
    diagnostic.help.push(help.unwrap_or_else(|| "add it under `environments:`".to_owned()));
    problems.add(diagnostic);
    None
}

fn variable_value(value: &SpannedValue, problems: &mut Problems) -> Option<VariableValue> {
    match only_entry(value, "secret") {
        Some(secret) => secret_source(secret, problems).map(VariableValue::Secret),
        None => Some(VariableValue::Plain(value.clone())),
    }
}

fn secret_source(value: &SpannedValue, problems: &mut Problems) -> Option<SecretSource> {
    const HELP: &str = "write where it is fetched: `secret: { env: NAME }` or `secret: { file: PATH }`";
    if let ValueKind::Scalar(_) = value.kind {
        problems.wrong_value("a secret does not stand in the process file", &value.span, HELP);
        return None;
    }
    let fields = Fields::of(value, &SECRET, problems)?;
    match (fields.get("env"), fields.get("file")) {
        (Some(env), None) => literal(env, "`env`", problems).map(|name| SecretSource::Env(name.trim().to_owned())),
        (None, Some(file)) => literal(file, "`file`", problems).map(|path| SecretSource::File(PathBuf::from(path))),
        _ => {
            problems.wrong_value("a secret comes from one place", &value.span, HELP);
            None
        }
    }
}
