//! The power to hold the value of a secret.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

use wharf_model::{Failure, FailureCode, Grants, Rendered, RunMode, Secret, StepCall};

use crate::report::Report;

/// The secrets that a step has come across: those of its inputs, and what came into being when it evaluated templates.
#[derive(Debug)]
pub struct Secrets {
    known: RwLock<Vec<Secret>>,
}

impl Secrets {
    /// The secrets that a step has from the beginning.
    pub fn new(known: &[Secret]) -> Self {
        Self { known: RwLock::new(known.to_vec()) }
    }

    /// The text with each reference replaced by the value behind it; borrowed if there is none in it.
    pub fn resolve<'a>(&self, text: &'a str) -> Cow<'a, str> {
        Secret::resolve(&self.known.read().unwrap_or_else(PoisonError::into_inner), text)
    }

    fn find(&self, reference: &str) -> Option<Secret> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|secret| secret.reference == reference).cloned()
    }

    fn add(&self, secret: Secret) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).push(secret);
    }

    /// What was evaluated for the step. Secrets that came into being are masked and known before it hears of them.
    pub(crate) fn take<T>(&self, rendered: Rendered<T>, report: &Report) -> Result<T, Failure> {
        for secret in rendered.derived {
            if self.find(&secret.reference).is_none() {
                report.hide(&secret.value)?;
                self.add(secret);
            }
        }
        Ok(rendered.value)
    }
}

/// The value behind a reference, if the step may hold it. Recorded.
pub(crate) fn reveal(call: &StepCall, secrets: &Secrets, report: &Report, reference: &str) -> Result<String, Failure> {
    let Some(secret) = secrets.find(reference) else {
        return Err(Failure::new(FailureCode::NotFound, "there is no secret with this reference"));
    };
    if let Some(refused) = refused(&secret, &call.grants) {
        return Err(refused);
    }
    if call.mode == RunMode::Plan && call.grants.has_way_out_of_plan() {
        let message = format!("the secret `{}` is not revealed in a plan in which the step may reach out", secret.name);
        return Err(Failure::new(FailureCode::Withheld, message));
    }
    report.revealed(&secret.name)?;
    Ok(secret.value)
}

/// Why a step may not hold a secret: what was derived shows something of all that it was derived from.
fn refused(secret: &Secret, grants: &Grants) -> Option<Failure> {
    let sources = if secret.sources.is_empty() { std::slice::from_ref(&secret.name) } else { &secret.sources };
    let missing: Vec<&str> = sources.iter().map(String::as_str).filter(|name| !grants.allows_secret(name)).collect();
    if missing.is_empty() {
        return None;
    }
    let lines = missing.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let what = match missing.as_slice() {
        [name] if *name == secret.name => format!("the secret `{name}`"),
        [name] => format!("`{}`, which holds the secret `{name}`", secret.name),
        names => format!("`{}`, which holds the secrets `{}`", secret.name, names.join("`, `")),
    };
    let message = format!("the step may not hold the value of {what}");
    Some(Failure::denied(message, format!("allow: {{ secrets: [{lines}] }}")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wharf_model::Limits;

    use super::*;
    use crate::testing::{Recorder, secret};

    #[test]
    fn what_came_into_being_is_resolved_from_then_on() {
        let secrets = Secrets::new(&[secret("secret:a1", "Token", "hunter2")]);
        let report = Report::new(Arc::new(Recorder::default()), &Limits::default());
        let text = "secret:a1 secret:b2";
        assert_eq!(secrets.resolve(text), "hunter2 secret:b2");
        let derived =
            vec![Secret { sources: vec!["Token".into()], ..secret("secret:b2", "#{Token | ToUpper}", "HUNTER2") }];
        let rendered = Rendered { value: "secret:b2", derived };
        assert_eq!(secrets.take(rendered.clone(), &report), Ok("secret:b2"));
        assert_eq!(secrets.take(rendered, &report), Ok("secret:b2"));
        assert_eq!(secrets.resolve(text), "hunter2 HUNTER2");
    }
}
