use serde_json::Value;
use wharf_model::{Diagnostic, Rendered, VariableAccess, VariableError};

use crate::evaluate::Evaluator;
use crate::evaluation::read;
use crate::path::key_of;
use crate::template::Template;
use crate::{Evaluated, Variables};

impl VariableAccess for Variables {
    fn get(&self, name: &str) -> Result<Option<Rendered<Value>>, VariableError> {
        let mut evaluator = Evaluator::new(self);
        let result = evaluator.named(name);
        match evaluator.finish(result).map_err(error)?.map(|value| read(&value)) {
            None => Ok(None),
            // Steps ask while the run goes on: an output that its step has not set is not there.
            Some(Evaluated::Unknown(names)) if names.iter().all(|output| key_of(output) == key_of(name)) => Ok(None),
            Some(value) => self.rendered(known(value)?, &evaluator.derived).map(Some),
        }
    }

    fn names(&self) -> Vec<String> {
        Variables::names(self)
    }

    fn evaluate(
        &self,
        template: &str,
        lenient: bool,
        allowed: &dyn Fn(&str) -> bool,
    ) -> Result<Rendered<String>, VariableError> {
        let mut evaluator = Evaluator::new(self);
        evaluator.allowed = Some(allowed);
        evaluator.lenient = lenient;
        evaluator.halt = false;
        let result = evaluator.template(&Template::parse(template), None, None);
        let output = evaluator.finish(result).map_err(error)?;
        let value = match output.unknown.is_empty() {
            true if output.null => Evaluated::Known(String::new()),
            true => Evaluated::Known(output.text),
            false => Evaluated::Unknown(output.unknown),
        };
        self.rendered(known(value)?, &evaluator.derived)
    }
}

impl Variables {
    /// The value with the secrets that came into being with it.
    fn rendered<T>(&self, value: T, derived: &[String]) -> Result<Rendered<T>, VariableError> {
        let derived = self.derive_these(derived).map_err(error)?;
        Ok(Rendered { value, derived })
    }
}

fn known<T>(value: Evaluated<T>) -> Result<T, VariableError> {
    match value {
        Evaluated::Known(value) => Ok(value),
        Evaluated::Unknown(names) => {
            Err(VariableError(format!("not set by any step so far: `{}`", names.join("`, `"))))
        }
    }
}

/// All problems in one sentence, each with its help; the first ten of them.
fn error(problems: Vec<Diagnostic>) -> VariableError {
    let mut parts: Vec<String> = Vec::new();
    for problem in problems {
        let help = problem.help.first().map(|help| format!(" ({help})")).unwrap_or_default();
        let part = format!("{}{help}", problem.message);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let more = parts.len().saturating_sub(10);
    parts.truncate(10);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    VariableError(format!("{}{more}", parts.join("; ")))
}
