use serde_json::Value as Json;
use wharf_model::{Diagnostic, Span, SpannedValue};

use crate::evaluate::{Evaluator, Place, Value};
use crate::json::to_value;
use crate::path::key_of;
use crate::template::Template;
use crate::{Evaluated, Rendition, Variables};

/// The value of one variable, or what is wrong with it.
pub type Answer = Result<Evaluated<Json>, Vec<Diagnostic>>;

impl Variables {
    /// Evaluates a template. With `span` (of the scalar in which the template stands) problems have their places. What
    /// is null as a whole is empty.
    pub fn evaluate_text(&self, template: &str, span: Option<&Span>) -> Result<Evaluated<String>, Vec<Diagnostic>> {
        Ok(self.evaluate(template, span)?.value.unwrap_or(Evaluated::Known(String::new())))
    }

    /// Evaluates a template, and tells what was echoed where that is allowed.
    pub fn evaluate(&self, template: &str, span: Option<&Span>) -> Result<Rendition, Vec<Diagnostic>> {
        Ok(rendition(Evaluator::new(self), template, span)?.0)
    }

    /// Evaluates a template as [`Variables::evaluate`] does, but tokens whose variables refer to themselves are echoed
    /// as they were written. The cycles are told of besides; they are errors.
    pub fn evaluate_around_cycles(
        &self,
        template: &str,
        span: Option<&Span>,
    ) -> Result<(Rendition, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut evaluator = Evaluator::new(self);
        evaluator.cycles = Some(Vec::new());
        rendition(evaluator, template, span)
    }

    /// Evaluates every text in a value. A text that is nothing but one token takes over the variable's value, be it a
    /// list or a map. What waits for declared outputs becomes [`wharf_model::ValueKind::Unknown`], and only that. What
    /// is null as a whole is null.
    pub fn evaluate_value(&self, value: &SpannedValue) -> Result<SpannedValue, Vec<Diagnostic>> {
        let mut evaluator = Evaluator::new(self);
        let result = evaluator.value(value, None);
        evaluator.finish(result)
    }

    /// The evaluated value of a variable, if it exists and has a value here. Scalars are always text.
    pub fn get(&self, name: &str) -> Result<Option<Evaluated<Json>>, Vec<Diagnostic>> {
        let mut evaluator = Evaluator::new(self);
        let result = evaluator.named(name);
        Ok(evaluator.finish(result)?.map(|value| read(&value)))
    }

    /// The values of all variables that have one here, as [`Variables::get`] answers them one by one, in the order of
    /// [`Variables::names`]. Each is evaluated once, so this costs as much as is written.
    pub fn get_all(&self) -> Vec<(String, Answer)> {
        let mut evaluator = Evaluator::new(self);
        let mut values = Vec::new();
        let token = 0..0;
        let place = Place { text: "", span: None, token: &token };
        for (key, name, group) in self.named() {
            let result = match group {
                Some(group) => evaluator.variable(group, place).map(Some),
                None => evaluator.named(&name),
            };
            match evaluator.finish(result) {
                Ok(Some(Value::Unset) | None) => {}
                Ok(Some(value)) => values.push((key, name, Ok(read(&value)))),
                Err(problems) => values.push((key, name, Err(problems))),
            }
        }
        values.sort_by(|(left, ..), (right, ..)| left.cmp(right));
        values.into_iter().map(|(_, name, value)| (name, value)).collect()
    }

    /// Keys and names of all variables that have a value here, with the group of definitions if users wrote it.
    pub(crate) fn named(&self) -> Vec<(String, String, Option<usize>)> {
        let mut named = Vec::new();
        let mut written = std::collections::HashSet::new();
        for (number, group) in self.written.groups().iter().enumerate() {
            let mut candidates = self.written.definitions(group).flat_map(|(_, definition)| &definition.candidates);
            let is_reserved = group.key.starts_with("wharf.");
            if !is_reserved && candidates.any(|candidate| self.scopes.satisfy(&candidate.scope)) {
                named.push((group.key.clone(), self.written.name(group).to_owned(), Some(number)));
                if !self.literals.is_empty() {
                    written.insert(group.key.as_str());
                }
            }
        }
        for literal in self.literals.iter() {
            let key = key_of(&literal.name);
            if !written.contains(key.as_str()) {
                named.push((key, literal.name.clone(), None));
            }
        }
        named
    }
}

/// What a template becomes, and the cycles that were echoed.
fn rendition(
    mut evaluator: Evaluator<'_>,
    template: &str,
    span: Option<&Span>,
) -> Result<(Rendition, Vec<Diagnostic>), Vec<Diagnostic>> {
    let result = evaluator.template(&Template::parse(template), span, None);
    let unresolved = std::mem::take(&mut evaluator.unresolved).list;
    let unreadable = evaluator.unreadable.take();
    let output = evaluator.finish(result)?;
    let value = match (output.null, output.unknown.is_empty()) {
        (true, _) => None,
        (false, true) => Some(Evaluated::Known(output.text)),
        (false, false) => Some(Evaluated::Unknown(output.unknown)),
    };
    Ok((Rendition { value, unresolved, unreadable }, evaluator.cycles.unwrap_or_default()))
}

/// A value as programs read it.
pub(crate) fn read(value: &Value) -> Evaluated<Json> {
    let names = value.waits_for();
    if !names.is_empty() {
        return Evaluated::Unknown(names);
    }
    Evaluated::Known(match value {
        Value::Text(text) => Json::String(text.text.clone()),
        Value::Structure(structure) => to_value(structure),
        Value::Nothing | Value::Unset | Value::Unknown(_) => Json::Null,
    })
}
