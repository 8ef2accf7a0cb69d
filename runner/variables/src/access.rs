use serde_json::Value;
use wharf_model::{Diagnostic, Rendered, Span, VariableAccess, VariableError};

use crate::evaluate::Evaluator;
use crate::evaluation::read;
use crate::path::key_of;
use crate::source::invented_span;
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
        let parsed = Template::parse(template);
        let run = |span: Option<&Span>| {
            let mut evaluator = Evaluator::new(self);
            evaluator.allowed = Some(allowed);
            evaluator.lenient = lenient || self.lenient;
            evaluator.halt = false;
            let result = evaluator.template(&parsed, span, None);
            evaluator.finish(result).map(|output| (output, std::mem::take(&mut evaluator.derived)))
        };
        let (output, derived) = match run(None) {
            Ok(done) => done,
            // Once more for the places: a template that is right is never copied for them, and in one line none is needed.
            Err(problems) if !template.contains('\n') => return Err(error(problems)),
            Err(problems) => {
                return Err(error(run(Some(&invented_span(TEMPLATE, template))).err().unwrap_or(problems)));
            }
        };
        let value = match output.unknown.is_empty() {
            true if output.null => Evaluated::Known(String::new()),
            true => Evaluated::Known(output.text),
            false => Evaluated::Unknown(output.unknown),
        };
        self.rendered(known(value)?, &derived)
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
            Err(VariableError::NotYetKnown(format!("not set by any step so far: `{}`", names.join("`, `"))))
        }
    }
}

/// What a template of a step is called while its problems get their places; no file has this name.
const TEMPLATE: &str = "\0template";

/// All problems in one sentence, each with its place and its help; the first ten of them.
fn error(problems: Vec<Diagnostic>) -> VariableError {
    let mut parts: Vec<String> = Vec::new();
    for problem in problems {
        let help = problem.help.first().map(|help| format!(" ({help})")).unwrap_or_default();
        let place = problem.span.filter(|span| span.file.name == TEMPLATE).map(|span| {
            let (line, column) = span.line_and_column();
            format!("line {line}, column {column}: ")
        });
        let part = format!("{}{}{help}", place.unwrap_or_default(), problem.message);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let more = parts.len().saturating_sub(10);
    parts.truncate(10);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    VariableError::Wrong(format!("{}{more}", parts.join("; ")))
}
