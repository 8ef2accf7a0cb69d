//! The power to read variables of the run.

use wharf_model::{Failure, FailureCode, NamePattern, RunMode, StepCall, VariableError};

use crate::report::Report;
use crate::secrets::Secrets;

fn denied(name: &str) -> Failure {
    Failure::denied(
        format!("the step may not read the variable `{name}`"),
        format!("allow: {{ variables: [\"{name}\"] }}"),
    )
}

/// In a plan the run may yet set what is missing.
fn failure(call: &StepCall, error: &VariableError) -> Failure {
    let code = match (call.mode, error) {
        (RunMode::Plan, VariableError::NotYetKnown(_)) => FailureCode::NotYetKnown,
        _ => FailureCode::Invalid,
    };
    Failure::new(code, error.to_string())
}

/// The value of a variable as JSON text.
pub(crate) fn get(call: &StepCall, secrets: &Secrets, report: &Report, name: &str) -> Result<Option<String>, Failure> {
    if !call.grants.allows_variable(name) {
        return Err(denied(name));
    }
    let value = call.variables.get(name).map_err(|error| failure(call, &error))?;
    value.map(|rendered| secrets.take(rendered, report).map(|value| value.to_string())).transpose()
}

/// The granted names that match a pattern.
pub(crate) fn names(call: &StepCall, pattern: &str) -> Vec<String> {
    let pattern = NamePattern::new(pattern);
    let mut names = call.variables.names();
    names.retain(|name| pattern.matches(name) && call.grants.allows_variable(name));
    names
}

/// The value of a template of granted variables.
pub(crate) fn evaluate(
    call: &StepCall,
    secrets: &Secrets,
    report: &Report,
    template: &str,
    lenient: bool,
) -> Result<String, Failure> {
    let refused = std::cell::RefCell::new(None);
    let allowed = |name: &str| {
        let allowed = call.grants.allows_variable(name);
        if !allowed && refused.borrow().is_none() {
            *refused.borrow_mut() = Some(name.to_owned());
        }
        allowed
    };
    let rendered =
        call.variables.evaluate(template, lenient, &allowed).map_err(|error| match refused.borrow().as_deref() {
            Some(name) => denied(name),
            None => failure(call, &error),
        })?;
    secrets.take(rendered, report)
}
