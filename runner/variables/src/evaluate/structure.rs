use std::collections::HashSet;
use std::rc::Rc;

use wharf_model::{Diagnostic, Scalar, ScalarStyle, Span, SpannedKey, SpannedValue, ValueKind};

use super::child::key_text;
use super::context::{Context, Place};
use super::evaluator::{Evaluator, Stop};
use super::value::Value;
use crate::json::add_names;
use crate::template::{Printed, Template};

impl<'v> Evaluator<'v> {
    /// Evaluates all texts in a value.
    pub(crate) fn value(&mut self, value: &SpannedValue, context: Context<'_, 'v>) -> Result<SpannedValue, Stop> {
        self.enter(0, Some(&value.span))?;
        let result = self.value_at_level(value, context);
        self.leave();
        result
    }

    fn value_at_level(&mut self, value: &SpannedValue, context: Context<'_, 'v>) -> Result<SpannedValue, Stop> {
        let kind = match &value.kind {
            ValueKind::Null => ValueKind::Null,
            ValueKind::Unknown(names) => ValueKind::Unknown(names.clone()),
            ValueKind::Scalar(scalar) => {
                let evaluated = self.scalar(scalar, &value.span, context)?;
                let evaluated = evaluated.at(&value.span);
                self.produce(size(&evaluated), Some(&value.span))?;
                let further = levels(&evaluated);
                self.enter(further, Some(&value.span))?;
                self.leave();
                return Ok(evaluated);
            }
            ValueKind::List(items) => {
                // All items are evaluated even after a failure, so that all problems are found at once.
                let items: Vec<_> = items.iter().map(|item| self.value(item, context)).collect();
                ValueKind::List(all(items)?)
            }
            ValueKind::Map(entries) => self.map(entries, context)?,
        };
        Ok(SpannedValue { kind, span: value.span.clone() })
    }

    fn map(&mut self, entries: &[(SpannedKey, SpannedValue)], context: Context<'_, 'v>) -> Result<ValueKind, Stop> {
        let mut unknown = Vec::new();
        let mut evaluated = Vec::with_capacity(entries.len());
        for ((key, span), value) in entries {
            let key = match key_text(self, key, span, false) {
                Ok(Ok(key)) => Ok(Some((key, span.clone()))),
                Ok(Err(names)) => {
                    add_names(&mut unknown, &names);
                    Ok(None)
                }
                Err(stop) => Err(stop),
            };
            let value = self.value(value, context);
            evaluated.push(key.and_then(|key| Ok((key, value?))));
        }
        let entries: Vec<(Option<SpannedKey>, SpannedValue)> = all(evaluated)?;
        if !unknown.is_empty() {
            return Ok(ValueKind::Unknown(unknown));
        }
        let mut seen = HashSet::new();
        let mut known = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Some((key, span)) = key else { continue };
            if !seen.insert(key.to_lowercase()) {
                let message = format!("two keys of this map are `{key}` after evaluation");
                return self.fail(Diagnostic::error("duplicate-key", message).at(&span));
            }
            known.push(((key, span), value));
        }
        Ok(ValueKind::Map(known))
    }

    /// The value of what was written for a variable or a part of it.
    pub(super) fn written(
        &mut self,
        value: &SpannedValue,
        literal: bool,
        context: Context<'_, 'v>,
        _: Place<'_>,
    ) -> Result<Value, Stop> {
        if literal {
            return Ok(Value::evaluated(value.clone(), true));
        }
        match &value.kind {
            ValueKind::Null => Ok(Value::Nothing),
            ValueKind::Unknown(names) => Ok(Value::Unknown(names.as_slice().into())),
            ValueKind::Scalar(scalar) => {
                let evaluated = self.scalar(scalar, &value.span, context)?;
                if let Value::Structure(structure) = &evaluated {
                    let further = levels(structure);
                    self.enter(further, Some(&value.span))?;
                    self.leave();
                }
                Ok(evaluated)
            }
            ValueKind::List(_) | ValueKind::Map(_) => Ok(Value::Structure(Rc::new(self.value(value, context)?))),
        }
    }

    fn scalar(&mut self, scalar: &Scalar, span: &Span, context: Context<'_, 'v>) -> Result<Value, Stop> {
        if !scalar.text.contains("#{") {
            return Ok(Value::scalar(scalar.text.as_str(), scalar.style, false));
        }
        let template = Template::parse(&scalar.text);
        if let Some((symbol, range)) = template.only_symbol() {
            let place = Place { text: &scalar.text, span: Some(span), token: range };
            return match self.symbol(symbol, context, place) {
                Ok(super::expression::Outcome::Value(value)) => Ok(value),
                Ok(super::expression::Outcome::Null) => Ok(Value::Unset),
                Ok(super::expression::Outcome::Missing(_)) if self.lenient => {
                    let text = Printed(template.pieces(), 0).to_string();
                    self.unresolved.add(text.clone());
                    Ok(Value::text(text, false))
                }
                Ok(super::expression::Outcome::Missing(missing)) => {
                    let diagnostic = self.missing(&missing);
                    self.report(diagnostic, place)
                }
                Err(Stop::Secret) if context.is_none() => self.derive(template.pieces(), 0, place),
                Err(stop) => Err(stop),
            };
        }
        let output = self.template(&template, Some(span), context)?;
        let style = if scalar.style == ScalarStyle::Plain { ScalarStyle::Quoted } else { scalar.style };
        Ok(match output.null || !output.unknown.is_empty() {
            true => output.into_value(),
            false => Value::scalar(output.text, style, output.literal),
        })
    }
}

/// All of them; if one has failed, the failure that matters most.
fn all<T>(results: Vec<Result<T, Stop>>) -> Result<Vec<T>, Stop> {
    if results.iter().any(|result| matches!(result, Err(Stop::Secret))) {
        return Err(Stop::Secret);
    }
    results.into_iter().collect()
}

/// The bytes of text in a value, roughly.
fn size(value: &SpannedValue) -> usize {
    match &value.kind {
        ValueKind::Null => 0,
        ValueKind::Unknown(names) => names.iter().map(String::len).sum(),
        ValueKind::Scalar(scalar) => scalar.text.len(),
        ValueKind::List(items) => items.iter().map(|item| 16 + size(item)).sum(),
        ValueKind::Map(entries) => entries.iter().map(|((key, _), value)| 16 + key.len() + size(value)).sum(),
    }
}

fn levels(value: &SpannedValue) -> usize {
    match &value.kind {
        ValueKind::List(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        ValueKind::Map(entries) => 1 + entries.iter().map(|(_, value)| levels(value)).max().unwrap_or(0),
        _ => 0,
    }
}
