use wharf_model::{Diagnostic, Span};

use crate::evaluate::{Evaluator, Place, Source, Stop, Tested, is_true};
use crate::template::{Template, read_condition};
use crate::{Evaluated, Variables};

impl Variables {
    /// Whether a condition holds: what may stand in `#{if …}`, such as `Name`, `Name == "text"` or `Name | Contains a`,
    /// or a template. A variable that does not exist is an error, unless these variables are lenient; so is a condition
    /// that looks into a secret.
    pub fn condition(&self, text: &str, span: Option<&Span>) -> Result<Evaluated<bool>, Vec<Diagnostic>> {
        let text = text.trim();
        let mut evaluator = Evaluator::new(self);
        let token = 0..text.len();
        let place = Place { text, span, token: &token };
        let Some(condition) = read_condition(text) else {
            return self.template_condition(text, span);
        };
        evaluator.needs_symbols = !self.lenient;
        let result = evaluator.condition(&condition, Source { text, span }, None, place);
        let result = match result {
            Ok(Tested::Holds(holds)) => Ok(Evaluated::Known(holds)),
            Ok(Tested::Unknown(names)) => Ok(Evaluated::Unknown(names)),
            Ok(Tested::Missing(..)) if self.lenient => Ok(Evaluated::Known(false)),
            Ok(Tested::Missing(_, missing)) => {
                let diagnostic = evaluator.missing(&missing);
                evaluator.report(diagnostic, place)
            }
            Err(Stop::Secret) => evaluator.report(in_condition(text), place),
            Err(Stop::Failed) => Err(Stop::Failed),
        };
        evaluator.finish(result)
    }

    fn template_condition(&self, text: &str, span: Option<&Span>) -> Result<Evaluated<bool>, Vec<Diagnostic>> {
        if !text.contains("#{") {
            let message = format!("`{text}` is no condition");
            let mut diagnostic = Diagnostic::error("condition-syntax", message).help(
                "a condition is a name, a comparison such as `Name == \"text\"`, or a `#{…}` template that is tested for truth",
            );
            diagnostic.span = span.cloned();
            return Err(vec![diagnostic]);
        }
        let mut evaluator = Evaluator::new(self);
        let result = evaluator.template(&Template::parse(text), span, None);
        let has_missing = !evaluator.unresolved.list.is_empty();
        let output = evaluator.finish(result)?;
        if !output.unknown.is_empty() {
            return Ok(Evaluated::Unknown(output.unknown));
        }
        if self.has_reference(&output.text) {
            let mut diagnostic = in_condition(text);
            diagnostic.span = span.cloned();
            return Err(vec![diagnostic]);
        }
        // To Octopus a condition in which a token has no value is false.
        Ok(Evaluated::Known(!output.null && !has_missing && is_true(&output.text)))
    }
}

fn in_condition(text: &str) -> Diagnostic {
    Diagnostic::error("secret-in-condition", format!("the condition `{text}` looks into a secret"))
        .help("whether a step runs is shown in plans and logs: decide by a variable that is no secret")
}
