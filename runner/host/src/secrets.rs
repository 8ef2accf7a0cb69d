//! The power to hold the value of a secret.

use wharf_model::{Failure, FailureCode, StepCall};

use crate::report::Report;

/// The value behind a reference, if the step may hold it. Recorded.
pub(crate) fn reveal(call: &StepCall, report: &Report, reference: &str) -> Result<String, Failure> {
    let Some(secret) = call.secrets.iter().find(|secret| secret.reference == reference) else {
        return Err(Failure::new(FailureCode::NotFound, "there is no secret with this reference"));
    };
    if !call.grants.allows_secret(&secret.name) {
        let name = &secret.name;
        return Err(Failure::denied(
            format!("the step may not hold the value of the secret `{name}`"),
            format!("allow: {{ secrets: [\"{name}\"] }}"),
        ));
    }
    report.revealed(&secret.name)?;
    Ok(secret.value.clone())
}
