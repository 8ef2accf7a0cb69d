use wharf_model::{PromptSpec, SpannedValue, ValueKind};

use crate::process::fields::{Fields, items};
use crate::process::keys::PROMPT;
use crate::process::problems::Problems;
use crate::process::texts::{flag, literal};

/// Reads how a variable is asked for: a label, a map, or nothing but that it is.
pub(crate) fn prompt(value: &SpannedValue, problems: &mut Problems) -> Option<PromptSpec> {
    match &value.kind {
        ValueKind::Null => Some(PromptSpec::default()),
        ValueKind::Map(_) => prompt_map(value, problems),
        ValueKind::Scalar(scalar) if scalar.to_json() == true => Some(PromptSpec::default()),
        ValueKind::Scalar(scalar) if scalar.to_json() == false => {
            problems.wrong_value(
                "`prompt` is `false`",
                &value.span,
                "write what is asked, or give the variable a value",
            );
            None
        }
        ValueKind::Scalar(_) => {
            let label = literal(value, "`prompt`", problems)?.trim().to_owned();
            Some(PromptSpec { label: Some(label), ..PromptSpec::default() })
        }
        _ => {
            problems.wrong_kind("`prompt`", "a label or a map", value);
            None
        }
    }
}

fn prompt_map(value: &SpannedValue, problems: &mut Problems) -> Option<PromptSpec> {
    let fields = Fields::of(value, &PROMPT, problems)?;
    let mut text = |key: &str| {
        let value = fields.get(key)?;
        literal(value, &format!("`{key}`"), problems).map(|text| text.trim().to_owned())
    };
    let (label, description) = (text("label"), text("description"));
    let required = fields.get("required").and_then(|value| flag(value, "`required`", problems)).unwrap_or_default();
    let choices = fields.get_filled("choices").map(|value| choices(value, problems)).unwrap_or_default();
    let default = fields.get_filled("default");
    if let Some(default) = default {
        check_default(default, &choices, problems);
    }
    Some(PromptSpec { label, description, required, default: default.cloned(), choices })
}

fn choices(value: &SpannedValue, problems: &mut Problems) -> Vec<String> {
    let Some(items) = items(value, "`choices`", problems) else { return Vec::new() };
    if items.is_empty() {
        problems.wrong_value(
            "`choices` is empty, so that nothing could be answered",
            &value.span,
            "add some, or leave it out",
        );
    }
    let mut choices: Vec<String> = Vec::new();
    for item in items {
        let Some(choice) = literal(item, "a choice", problems).map(str::trim) else { continue };
        if choices.iter().any(|known| known.to_lowercase() == choice.to_lowercase()) {
            problems.wrong_value(
                format!("the choice `{choice}` is there twice"),
                &item.span,
                "choices are compared without regard to case",
            );
            continue;
        }
        choices.push(choice.to_owned());
    }
    choices
}

/// A default is one of the choices, if there are any. What a template comes to is known later.
fn check_default(default: &SpannedValue, choices: &[String], problems: &mut Problems) {
    match default.as_text() {
        None => problems.wrong_kind("`default`", "text", default),
        Some(text) if choices.is_empty() || text.contains("#{") || choices.iter().any(|choice| choice == text) => {}
        Some(text) => {
            let help = format!("the choices are `{}`", choices.join("`, `"));
            problems.wrong_value(format!("the default `{text}` is none of the choices"), &default.span, help);
        }
    }
}
