use serde_json::Value;
use wharf_model::{Diagnostic, Rendered, VariableAccess, VariableError};

use crate::evaluate::Evaluator;
use crate::path::key_of;
use crate::{Evaluated, Template, Variables};

impl VariableAccess for Variables {
    fn get(&self, name: &str) -> Result<Option<Rendered<Value>>, VariableError> {
        match Variables::get(self, name).map_err(error)? {
            None => Ok(None),
            // Steps ask while the run goes on: an output that its step has not set is not there.
            Some(Evaluated::Unknown(names)) if names.iter().all(|output| key_of(output) == key_of(name)) => Ok(None),
            Some(value) => Ok(Some(Rendered { value: known(value)?, derived: Vec::new() })),
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
        evaluator.lenient = lenient;
        evaluator.allowed = Some(allowed);
        let result = evaluator.text(&Template::parse(template), template, None);
        Ok(Rendered { value: known(evaluator.finish(result).map_err(error)?)?, derived: Vec::new() })
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
