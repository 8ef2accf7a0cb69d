use wharf_model::{Diagnostic, Span, SpannedValue, ValueKind};

use crate::evaluate::Evaluator;
use crate::json::waits_for;
use crate::{Evaluated, Template, Variables};

impl Variables {
    /// Whether a condition holds: the name of a variable, or a template. A variable that does not exist is an error.
    pub fn condition(&self, text: &str, span: Option<&Span>) -> Result<Evaluated<bool>, Vec<Diagnostic>> {
        let mut evaluator = Evaluator::new(self);
        let text = text.trim();
        if text.contains("#{") {
            let result = evaluator.text(&Template::parse(text), text, span);
            return Ok(evaluator.finish(result)?.map(|text| is_true(&text)));
        }
        let template = format!("#{{{text}}}");
        let result = evaluator.condition_symbol(&template, span);
        let value = evaluator.finish(result)?;
        Ok(match waits_for(&value) {
            names if names.is_empty() => Evaluated::Known(value_is_true(&value)),
            names => Evaluated::Unknown(names),
        })
    }
}

/// Octostache's truth: nothing, `0`, `no` and `false` are false; only for the last two neither case nor blanks matter.
fn is_true(text: &str) -> bool {
    let word = text.trim().to_lowercase();
    !(text.is_empty() || text == "0" || word == "no" || word == "false")
}

fn value_is_true(value: &SpannedValue) -> bool {
    match &value.kind {
        ValueKind::Null | ValueKind::Unknown(_) => false,
        ValueKind::Scalar(scalar) => is_true(&scalar.text),
        ValueKind::List(items) => !items.is_empty(),
        ValueKind::Map(entries) => !entries.is_empty(),
    }
}
