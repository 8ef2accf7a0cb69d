use serde_json::Value;
use wharf_model::{Diagnostic, Failure, FailureCode, Secret, Step};
use wharf_variables::{Evaluated, Variables};

use super::coverage::missing_grants;
use super::inputs::evaluate_inputs;
use crate::{Schedule, ScheduledStep};

/// What the conditions of a step say right before its turn.
pub(crate) enum Condition {
    /// All hold.
    Holds,
    /// One does not, and why.
    Unmet(String),
    /// One depends on these names, which have no value yet.
    Unknown(Vec<String>),
}

/// Evaluates the conditions of a step right before its turn.
pub(crate) fn condition_holds(step: &Step, variables: &Variables) -> Result<Condition, Failure> {
    for (text, span) in &step.conditions {
        match variables.condition(text, Some(span)).map_err(failure)? {
            Evaluated::Known(true) => {}
            Evaluated::Known(false) => return Ok(Condition::Unmet(unmet(text, variables))),
            Evaluated::Unknown(names) => return Ok(Condition::Unknown(names)),
        }
    }
    Ok(Condition::Holds)
}

/// Why a condition does not hold: the variable that it names, with its value.
pub(super) fn unmet(text: &str, variables: &Variables) -> String {
    match variables.get(text.trim()) {
        Ok(Some(Evaluated::Known(Value::String(value)))) if value.is_empty() => format!("{text} is empty"),
        Ok(Some(Evaluated::Known(Value::String(value)))) => format!("{text} is {value}"),
        _ => format!("{text} is false"),
    }
}

/// Inputs that were evaluated in the run.
pub(crate) enum LateInputs {
    /// With the secrets that were derived in them.
    Known { json: Value, derived: Vec<Secret> },
    /// The input, as a JSON pointer, that waits for these names.
    Unknown { input: String, names: Vec<String> },
}

impl LateInputs {
    /// The failure of a step that runs and still waits for a value: nobody will set it any more.
    pub(crate) fn never_set(input: &str, names: &[String]) -> Failure {
        let message = format!("`{}` was not set by its step", names.join("`, `"));
        let mut failure = Failure::new(FailureCode::Invalid, message)
            .with_help("the step was skipped, or has no such output; an `if` on the output leaves this step out too");
        failure.input = Some(input.to_owned());
        failure
    }
}

/// Evaluates the inputs of a step that waited for outputs of earlier ones. Its powers were fixed before the run.
pub(crate) fn late_inputs(
    scheduled: &ScheduledStep,
    schedule: &Schedule,
    variables: &Variables,
) -> Result<LateInputs, Failure> {
    let step = &scheduled.step;
    let Some(component) = &scheduled.component else {
        return Err(Failure::new(FailureCode::Internal, format!("the step `{}` has no component", step.name)));
    };
    let references: Vec<&str> = schedule.packages.iter().map(|package| package.file.reference.as_str()).collect();
    let known_before = variables.derived().len();
    let inputs = evaluate_inputs(step, component, variables, &schedule.folder, &references).map_err(failure)?;
    if let Some(unknown) = inputs.unknown.first() {
        return Ok(LateInputs::Unknown { input: unknown.pointer.clone(), names: unknown.waits_for.clone() });
    }
    if let Some(missing) = missing_grants(step, component, &inputs, &scheduled.grants, None).into_iter().next() {
        return Err(missing.into_failure());
    }
    // What this evaluation derived, and nothing else: an output that holds the reference of a secret must not carry it to
    // a step that the process file does not give it to.
    let references = variables.derived().into_iter().skip(known_before).map(|derived| derived.reference);
    let references: Vec<String> = references.collect();
    let derived = variables.derive_these(&references).map_err(failure)?;
    Ok(LateInputs::Known { json: inputs.json, derived })
}

/// The first problem as the failure of a step, with its place.
fn failure(problems: Vec<Diagnostic>) -> Failure {
    let Some(problem) = problems.into_iter().find(Diagnostic::is_error) else {
        return Failure::new(FailureCode::Internal, "the inputs are wrong, and it is not known why");
    };
    let place = problem.span.as_ref().map(|span| format!(" ({span})")).unwrap_or_default();
    let failure = Failure::new(FailureCode::Invalid, format!("{}{place}", problem.message));
    match problem.help.is_empty() {
        true => failure,
        false => failure.with_help(problem.help.join("\n")),
    }
}
