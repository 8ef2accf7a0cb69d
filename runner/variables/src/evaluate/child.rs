use wharf_model::{Span, SpannedValue, ValueKind};

use super::context::{Binding, Context, Nodes, Place};
use super::evaluator::{Evaluator, Stop};
use super::json::{Json, json_text};
use super::locate::PathStep;
use super::pieces::Output;
use super::value::{Text, Value};
use crate::message::Around;
use crate::template::Template;

/// Where a step leads.
pub(super) enum Child<'v> {
    Found(Binding<'v>),
    /// Only the run can know.
    Unknown(Vec<String>),
    /// Nowhere; what it was taken in, if that was a value.
    Missing(Option<Around>),
}

impl<'v> Evaluator<'v> {
    /// Takes one step from a binding: to a name that was written, else into the value.
    pub(super) fn child(
        &mut self,
        binding: &Binding<'v>,
        step: &PathStep<'_>,
        context: Context<'_, 'v>,
        place: Place<'_>,
    ) -> Result<Child<'v>, Stop> {
        match binding {
            Binding::Nodes(nodes) => self.child_of_nodes(*nodes, step, place),
            Binding::Written { value, literal } => self.child_of_written(value, *literal, step, context, place),
            Binding::Evaluated(value) => self.child_of_value(value, step),
            Binding::Text { text, literal } => {
                let echoed = self.unresolved.list.len();
                let value = self.text_at(text, *literal, context, place, "")?;
                self.unresolved.truncate(echoed);
                self.child_of_value(&value, step)
            }
            Binding::Entry { key, value } => Ok(match step.text.to_ascii_lowercase().as_str() {
                "key" if !step.is_index => Child::Found(Binding::Text { text: key.clone(), literal: true }),
                "value" if !step.is_index => Child::Found((**value).clone()),
                _ => Child::Missing(Some(Around::Map(vec!["Key".to_owned(), "Value".to_owned()]))),
            }),
        }
    }

    fn child_of_nodes(&mut self, nodes: Nodes, step: &PathStep<'_>, place: Place<'_>) -> Result<Child<'v>, Stop> {
        if step.is_index
            && step.text == "*"
            && let Some(first) = self.indexed(nodes).into_iter().next()
        {
            return Ok(Child::Found(Binding::Nodes(first)));
        }
        let child = self.node_child(nodes, step);
        if let Some(child) = child
            && self.is_alive(child)
        {
            return Ok(Child::Found(Binding::Nodes(child)));
        }
        let taken = match self.structure(nodes) {
            Some(value) => self.child_of_written(value, false, step, None, place)?,
            None if self.entry(nodes).is_none() => Child::Missing(None),
            None => {
                // A variable that is under evaluation itself is gone into as it was written.
                let echoed = self.unresolved.list.len();
                let value = match self.raw_text_under_evaluation(nodes) {
                    Some(text) => Value::text(text, false),
                    None => match self.entry_value(nodes, place)? {
                        Some(value) => value,
                        None => return Ok(Child::Missing(None)),
                    },
                };
                // What is echoed in other parts of the value does not matter.
                self.unresolved.truncate(echoed);
                self.child_of_value(&value, step)?
            }
        };
        Ok(match (taken, child) {
            // What is written for other scopes is told of.
            (Child::Missing(_), Some(child)) => Child::Found(Binding::Nodes(child)),
            (taken, _) => taken,
        })
    }

    fn child_of_written(
        &mut self,
        value: &'v SpannedValue,
        literal: bool,
        step: &PathStep<'_>,
        context: Context<'_, 'v>,
        place: Place<'_>,
    ) -> Result<Child<'v>, Stop> {
        match &value.kind {
            ValueKind::List(items) => Ok(match item(items, step) {
                Ok(value) => Child::Found(Binding::Written { value, literal }),
                Err(around) => Child::Missing(Some(around)),
            }),
            ValueKind::Map(entries) => {
                let mut keys = Vec::with_capacity(entries.len());
                for ((key, span), _) in entries {
                    match key_text(self, key, span, literal)? {
                        Ok(key) => keys.push(key),
                        Err(names) => return Ok(Child::Unknown(names)),
                    }
                }
                Ok(match entry(&keys, step) {
                    Some(at) => Child::Found(Binding::Written { value: &entries[at].1, literal }),
                    None => Child::Missing(Some(Around::Map(keys))),
                })
            }
            _ => {
                let value = self.written(value, literal, context, place)?;
                self.child_of_value(&value, step)
            }
        }
    }

    fn child_of_value(&mut self, value: &Value, step: &PathStep<'_>) -> Result<Child<'v>, Stop> {
        let evaluated = |value: &SpannedValue| Child::Found(Binding::Evaluated(Value::evaluated(value.clone(), true)));
        match value {
            Value::Unknown(names) => Ok(Child::Unknown(names.to_vec())),
            Value::Nothing | Value::Unset => Ok(Child::Missing(Some(Around::Text))),
            Value::Structure(structure) => Ok(match &structure.kind {
                ValueKind::List(items) => match item(items, step) {
                    Ok(value) => evaluated(value),
                    Err(around) => Child::Missing(Some(around)),
                },
                ValueKind::Map(entries) => {
                    let keys: Vec<String> = entries.iter().map(|((key, _), _)| key.clone()).collect();
                    match entry(&keys, step) {
                        Some(at) => evaluated(&entries[at].1),
                        None => Child::Missing(Some(Around::Map(keys))),
                    }
                }
                _ => Child::Missing(Some(Around::Text)),
            }),
            Value::Text(text) if self.is_opaque(&text.text) => Err(Stop::Secret),
            Value::Text(text) => Ok(self.child_of_json(text, step)),
        }
    }

    /// A part of text that is JSON. To Octostache a slot or a property that is not there is empty, and any part of a
    /// scalar is the scalar; both is so only where one is lenient.
    fn child_of_json(&self, text: &Text, step: &PathStep<'_>) -> Child<'v> {
        let part = |json: &Json| Child::Found(Binding::Text { text: json_text(json).into(), literal: text.literal });
        let empty = |around: Around| match self.lenient {
            true => Child::Found(Binding::Evaluated(Value::text("", true))),
            false => Child::Missing(Some(around)),
        };
        if step.text.is_empty() {
            return Child::Missing(Some(Around::Text));
        }
        match text.json().as_deref() {
            Some(Json::Array(items)) => {
                let at = if step.text == "*" { Some(0) } else { step.text.trim().parse::<i64>().ok() };
                match at.map(|at| usize::try_from(at).ok().and_then(|at| items.get(at))) {
                    Some(Some(item)) => part(item),
                    Some(None) => empty(Around::List(items.len())),
                    None => Child::Missing(Some(Around::List(items.len()))),
                }
            }
            Some(Json::Object(entries)) => match entries.get(&*step.text) {
                Some(value) => part(value),
                None if step.text == "*" && !entries.is_empty() => {
                    entries.values().next().map_or(Child::Missing(Some(Around::Text)), part)
                }
                None => empty(Around::Map(entries.keys().cloned().collect())),
            },
            Some(Json::Null) | None => Child::Missing(Some(Around::Text)),
            Some(scalar) if self.lenient => part(scalar),
            Some(_) => Child::Missing(Some(Around::Text)),
        }
    }
}

fn item<'a>(items: &'a [SpannedValue], step: &PathStep<'_>) -> Result<&'a SpannedValue, Around> {
    let at = if step.text == "*" { Some(0) } else { step.text.trim().parse::<usize>().ok() };
    at.and_then(|at| items.get(at)).ok_or(Around::List(items.len()))
}

/// The number of the entry with a key: the very key, else one that differs by case only.
fn entry(keys: &[String], step: &PathStep<'_>) -> Option<usize> {
    if step.is_index && step.text == "*" && !keys.is_empty() {
        return Some(0);
    }
    keys.iter().position(|key| *key == step.text).or_else(|| {
        let folded = step.text.to_lowercase();
        keys.iter().position(|key| key.to_lowercase() == folded)
    })
}

/// The text of a key, which may be a template. The inner error is the names that it waits for.
pub(super) fn key_text(
    evaluator: &mut Evaluator<'_>,
    key: &str,
    span: &Span,
    literal: bool,
) -> Result<Result<String, Vec<String>>, Stop> {
    if literal || !key.contains("#{") {
        return Ok(Ok(key.to_owned()));
    }
    let Output { text, unknown, .. } = evaluator.template(&Template::parse(key), Some(span), None)?;
    Ok(if unknown.is_empty() { Ok(text) } else { Err(unknown) })
}
