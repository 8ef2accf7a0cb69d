use std::path::Path;

use serde_json::Value;
use wharf_model::{Component, Diagnostic, InputPower, SpannedValue, Step, ValueKind};
use wharf_project::{Inputs, complete_inputs};
use wharf_variables::Variables;

use super::path::absolute;

/// Evaluates and completes the inputs of a step and checks them against its schema. Paths are made absolute, those
/// of programs too, and packages are named by the process file's spelling.
pub(super) fn evaluate_inputs(
    step: &Step,
    component: &Component,
    variables: &Variables,
    folder: &Path,
    packages: &[&str],
) -> Result<Inputs, Vec<Diagnostic>> {
    let evaluated = step.with.as_ref().map(|with| variables.evaluate_value(with)).transpose()?;
    let given = evaluated.map(without_nulls);
    let mut inputs = complete_inputs(&component.description, given.as_ref(), &step.span)?;
    for (input, _) in component.description.input_schemas() {
        let powers = component.description.input_powers(input);
        let Some(value) = inputs.json.get_mut(input) else { continue };
        if powers.iter().any(|power| matches!(power, InputPower::Read | InputPower::Write)) {
            each_text(value, &mut |path| *path = absolute(folder, Path::new(path)).to_string_lossy().into_owned());
        }
        if powers.contains(&InputPower::Run)
            && let Some(program) = program_mut(value)
            && program.contains(['/', '\\'])
        {
            *program = absolute(folder, Path::new(program)).to_string_lossy().into_owned();
        }
        if powers.contains(&InputPower::Package) {
            each_text(value, &mut |reference| {
                if let Some(known) = packages.iter().find(|known| known.eq_ignore_ascii_case(reference)) {
                    *reference = (*known).to_owned();
                }
            });
        }
    }
    Ok(inputs)
}

/// The inputs with an empty text in the place of each output for which they wait: what the process file itself says.
pub(super) fn inputs_without_outputs(step: &Step, inputs: &Inputs, variables: &Variables) -> Value {
    let mut variables = variables.clone();
    for name in inputs.unknown.iter().flat_map(|unknown| &unknown.waits_for) {
        if let Some((step, output)) = name.strip_prefix("Step[").and_then(|rest| rest.split_once("].Output.")) {
            variables.set_output(step, "", output, &Value::String(String::new()));
        } else if let Some((step, output)) =
            name.strip_prefix("Octopus.Action[").and_then(|rest| rest.split_once("].Output."))
        {
            variables.set_output("", step, output, &Value::String(String::new()));
        }
    }
    let evaluated = step.with.as_ref().and_then(|with| variables.evaluate_value(with).ok());
    evaluated.map_or(Value::Null, |value| value.to_json())
}

/// An input that is null is one that is not given: schemas of optional inputs know no null.
fn without_nulls(mut value: SpannedValue) -> SpannedValue {
    if let ValueKind::Map(entries) = &mut value.kind {
        entries.retain(|(_, value)| value.kind != ValueKind::Null);
    }
    value
}

/// Visits a text, or each text of a list, that is not empty.
fn each_text(value: &mut Value, visit: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) if !text.is_empty() => visit(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, visit)),
        _ => {}
    }
}

/// The texts of an input that is one text or a list of them.
pub(super) fn texts_of(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) if !text.is_empty() => vec![text],
        Value::Array(items) => items.iter().flat_map(texts_of).collect(),
        _ => Vec::new(),
    }
}

fn program_mut(value: &mut Value) -> Option<&mut String> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(items) => match items.first_mut() {
            Some(Value::String(text)) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The program of an input that is one, or a command that begins with one.
pub(super) fn program_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(items) => items.first().and_then(Value::as_str),
        _ => None,
    }
}
