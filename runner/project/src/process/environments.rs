use wharf_model::{Diagnostic, Environment, Span, SpannedKey, SpannedValue, ValueKind};

use crate::process::fields::{Fields, entries};
use crate::process::keys::ENVIRONMENT;
use crate::process::problems::Problems;
use crate::process::texts::{flag, literal};

/// `environments`, and the values of variables that stand under them.
#[derive(Default)]
pub(crate) struct Environments<'a> {
    pub list: Vec<Environment>,
    pub variables: Vec<EnvironmentVariable<'a>>,
}

/// An entry of an environment's `variables`.
pub(crate) struct EnvironmentVariable<'a> {
    pub environment: String,
    pub key: &'a SpannedKey,
    pub value: &'a SpannedValue,
}

/// Reads `environments`: a list of names, or a map from names to settings.
pub(crate) fn environments<'a>(value: &'a SpannedValue, problems: &mut Problems) -> Environments<'a> {
    let mut environments = Environments::default();
    match &value.kind {
        ValueKind::List(items) => {
            for item in items {
                if let Some(name) = literal(item, "the name of an environment", problems) {
                    add(&mut environments, name, &item.span, false, problems);
                }
            }
        }
        ValueKind::Map(named) => {
            for ((name, span), settings) in named {
                let confirm = settings_of(settings, name, &mut environments, problems);
                add(&mut environments, name, span, confirm, problems);
            }
        }
        _ => problems.wrong_kind("`environments`", "a list of names or a map", value),
    }
    environments
}

fn settings_of<'a>(
    settings: &'a SpannedValue,
    name: &str,
    environments: &mut Environments<'a>,
    problems: &mut Problems,
) -> bool {
    if settings.kind == ValueKind::Null {
        return false;
    }
    let Some(fields) = Fields::of(settings, &ENVIRONMENT, problems) else { return false };
    if let Some(variables) = fields.get_filled("variables") {
        for (key, value) in entries(variables, "`variables`", problems).unwrap_or_default() {
            let environment = name.trim().to_owned();
            environments.variables.push(EnvironmentVariable { environment, key, value });
        }
    }
    fields.get("confirm").and_then(|value| flag(value, "`confirm`", problems)).unwrap_or_default()
}

fn add(environments: &mut Environments<'_>, name: &str, span: &Span, confirm: bool, problems: &mut Problems) {
    let name = name.trim();
    if name.contains("#{") || name.chars().any(char::is_control) || name.chars().count() > 100 {
        let help = "a name has at most 100 characters and no control characters, and is no template";
        problems.wrong_value("this cannot be the name of an environment", span, help);
        return;
    }
    let same = |known: &&Environment| known.name.to_lowercase() == name.to_lowercase();
    if let Some(first) = environments.list.iter().find(same) {
        let line = first.span.line_and_column().0;
        let diagnostic =
            Diagnostic::error("duplicate-key", format!("the environment `{name}` is there twice")).at(span);
        problems.add(diagnostic.help(format!("it is first at line {line}")));
        return;
    }
    environments.list.push(Environment { name: name.to_owned(), span: span.clone(), confirm });
}
