use std::collections::HashMap;

use wharf_model::{
    Diagnostic, Scope, SpannedKey, SpannedValue, ValueKind, VariableCandidate, VariableDefinition, VariableValue,
};

use crate::process::environments::EnvironmentVariable;
use crate::process::fields::{Fields, entries, items};
use crate::process::keys::SCOPED_VALUE;
use crate::process::problems::Problems;
use crate::process::prompt::prompt;
use crate::process::scope::{ScopeNames, scope};
use crate::process::secret::secret;

/// Reads a map of variables. Without `names`, any environment, step and process may stand in a scope.
pub(crate) fn variables(
    value: &SpannedValue,
    what: &str,
    names: Option<&ScopeNames<'_>>,
    problems: &mut Problems,
) -> Definitions {
    let mut definitions = Definitions::default();
    for (key, value) in entries(value, what, problems).unwrap_or_default() {
        let candidates = candidates(value, names, problems);
        for candidate in &candidates {
            if let VariableValue::Plain(value) = &candidate.value {
                warn_of_forms_within(value, &key.0, problems);
            }
        }
        definitions.add(key, candidates, problems);
    }
    definitions
}

/// Definitions of variables, one for each name.
#[derive(Default)]
pub(crate) struct Definitions {
    pub list: Vec<VariableDefinition>,
    by_name: HashMap<String, usize>,
}

impl Definitions {
    /// Adds the values that stand under `environments`.
    pub fn add_of_environments(&mut self, written: &[EnvironmentVariable<'_>], problems: &mut Problems) {
        for EnvironmentVariable { environment, key, value } in written {
            if only_entry(value, "scoped").is_some() {
                let help = "write the value; it holds for this environment only";
                problems.wrong_value("`scoped` cannot stand under an environment", &value.span, help);
                continue;
            }
            let scope = Scope { kinds: vec![("environment".to_owned(), vec![environment.clone()])] };
            let found = variable_value(value, problems);
            let candidate = found.map(|found| VariableCandidate { value: found, scope, span: value.span.clone() });
            self.add(key, candidate.into_iter().collect(), problems);
        }
    }

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

/// Warns of what looks like a form but stands inside a value, where it is a map like any other.
fn warn_of_forms_within(value: &SpannedValue, name: &str, problems: &mut Problems) {
    let ValueKind::Map(entries) = &value.kind else { return };
    for ((key, _), value) in entries {
        let name = format!("{}.{key}", name.trim());
        if let Some(form) = ["scoped", "secret", "prompt"].into_iter().find(|form| is_form(value, form)) {
            let message = format!("`{form}` inside a map is a key like any other");
            let problem = Diagnostic::warning("form-inside-value", message).at(&value.span);
            problems.add(problem.help(format!("write it under a name of its own: `{name}: {{ {form}: … }}`")));
        } else {
            warn_of_forms_within(value, &name, problems);
        }
    }
}

/// Whether a value has the look of a form: a map with this one key, behind which stands what the form takes.
fn is_form(value: &SpannedValue, form: &str) -> bool {
    only_entry(value, form).is_some_and(|written| match form {
        "scoped" => matches!(written.kind, ValueKind::List(_)),
        "secret" => ["env", "file", "run", "prompt"].iter().any(|source| written.get(source).is_some()),
        _ => matches!(written.kind, ValueKind::Map(_)) && written.get("label").is_some(),
    })
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

fn candidates(value: &SpannedValue, names: Option<&ScopeNames<'_>>, problems: &mut Problems) -> Vec<VariableCandidate> {
    let Some(scoped) = only_entry(value, "scoped") else {
        let found = variable_value(value, problems);
        let candidate = |found| VariableCandidate { value: found, scope: Scope::default(), span: value.span.clone() };
        return found.map(candidate).into_iter().collect();
    };
    let entries = items(scoped, "`scoped`", problems).unwrap_or_default();
    entries.iter().filter_map(|entry| scoped_value(entry, names, problems)).collect()
}

fn scoped_value(
    entry: &SpannedValue,
    names: Option<&ScopeNames<'_>>,
    problems: &mut Problems,
) -> Option<VariableCandidate> {
    let fields = Fields::of(entry, &SCOPED_VALUE, problems)?;
    let scope = scope(&fields, names, problems);
    let given: Vec<_> =
        ["value", "secret", "prompt"].into_iter().filter_map(|key| fields.get(key).map(|value| (key, value))).collect();
    let value = match given.as_slice() {
        [("value", value)] => VariableValue::Plain((*value).clone()),
        [("secret", value)] => VariableValue::Secret(secret(value, problems)?),
        [(_, value)] => VariableValue::Prompt(prompt(value, problems)?),
        [] => {
            let help = "add `value`, `secret` or `prompt`";
            problems.wrong_value("this scoped value has no `value`", &entry.span, help);
            return None;
        }
        [(first, _), (second, place), ..] => {
            let message = format!("this has both `{first}` and `{second}`");
            problems.wrong_value(message, &place.span, "keep one of them");
            return None;
        }
    };
    Some(VariableCandidate { value, scope, span: entry.span.clone() })
}

fn variable_value(value: &SpannedValue, problems: &mut Problems) -> Option<VariableValue> {
    if let Some(written) = only_entry(value, "secret") {
        return secret(written, problems).map(VariableValue::Secret);
    }
    if let Some(written) = only_entry(value, "prompt") {
        return prompt(written, problems).map(VariableValue::Prompt);
    }
    Some(VariableValue::Plain(value.clone()))
}
