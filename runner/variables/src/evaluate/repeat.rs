use std::rc::Rc;

use wharf_model::{SpannedValue, ValueKind};

use super::child::key_text;
use super::context::{Binding, Context, Local, Place};
use super::evaluator::{Evaluator, Stop};
use super::json::{Json, json_text};
use super::pieces::{Output, Source};
use super::value::{Text, Value};
use crate::json::add_names;
use crate::template::{Each, Piece};

/// What a loop goes through.
enum Items<'v> {
    These(Vec<Binding<'v>>),
    Unknown(Vec<String>),
}

impl<'v> Evaluator<'v> {
    /// Evaluates the body of a loop for each item.
    pub(super) fn repeat(
        &mut self,
        pieces: &[Piece<'_>],
        each: &Each<'_>,
        source: Source<'_>,
        context: Context<'_, 'v>,
        place: Place<'_>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let items = match self.items(each, context, place)? {
            Items::These(items) => items,
            Items::Unknown(names) => {
                add_names(&mut output.unknown, &names);
                return Ok(());
            }
        };
        let count = items.len();
        let depth = context.map_or(1, |around| around.depth + 1);
        let mut failed = false;
        for (index, item) in items.into_iter().enumerate() {
            self.work(1 + each.body.len(), source.span)?;
            let local = Local { around: context, name: each.name, item, index, count, depth };
            match self.pieces(pieces, &each.body, source, Some(&local), output) {
                Ok(()) => {}
                Err(Stop::Failed) => failed = true,
                Err(Stop::Secret) => return Err(Stop::Secret),
            }
            if failed && self.has_enough_problems(source.span) {
                break;
            }
        }
        if failed { Err(Stop::Failed) } else { Ok(()) }
    }

    fn items(&mut self, each: &Each<'_>, context: Context<'_, 'v>, place: Place<'_>) -> Result<Items<'v>, Stop> {
        let located = match self.locate(&each.collection, context, place)? {
            Ok(located) => located,
            // A collection that does not exist has no items.
            Err(_) => return Ok(Items::These(Vec::new())),
        };
        if let Binding::Nodes(nodes) = &located.binding
            && self.entry(*nodes).is_none()
        {
            let items = self.indexed(*nodes).into_iter().map(Binding::Nodes).collect::<Vec<_>>();
            if !items.is_empty() {
                self.work(items.len(), place.span)?;
                return Ok(Items::These(items));
            }
        }
        // What was written as a list or a map is gone through as it was written: each item is evaluated where it is used.
        let (binding, literal) = match &located.binding {
            Binding::Nodes(nodes) => (self.structure(*nodes), false),
            Binding::Written { value, literal } => (Some(*value), *literal),
            _ => (None, false),
        };
        if let Some(value) = binding {
            match &value.kind {
                ValueKind::List(items) => {
                    self.work(items.len(), place.span)?;
                    let items = items.iter().map(|value| Binding::Written { value, literal });
                    return Ok(Items::These(items.collect()));
                }
                ValueKind::Map(entries) => {
                    self.work(entries.len(), place.span)?;
                    let mut items = Vec::with_capacity(entries.len());
                    for ((key, span), value) in entries {
                        let key = match key_text(self, key, span, literal)? {
                            Ok(key) => key.into(),
                            Err(names) => return Ok(Items::Unknown(names)),
                        };
                        items.push(Binding::Entry { key, value: Rc::new(Binding::Written { value, literal }) });
                    }
                    return Ok(Items::These(items));
                }
                _ => {}
            }
        }
        match self.value_at(&located, place)? {
            Ok(value) => self.items_of(&value, place),
            Err(_) => Ok(Items::These(Vec::new())),
        }
    }

    fn items_of(&mut self, value: &Value, place: Place<'_>) -> Result<Items<'v>, Stop> {
        let items = match value {
            Value::Unknown(names) => return Ok(Items::Unknown(names.to_vec())),
            Value::Nothing | Value::Unset => Vec::new(),
            Value::Structure(structure) => evaluated_items(structure),
            Value::Text(text) if self.is_opaque(&text.text) => return Err(Stop::Secret),
            Value::Text(text) => {
                self.work(text.text.len() / 64, place.span)?;
                text_items(text)
            }
        };
        self.work(items.len(), place.span)?;
        Ok(Items::These(items))
    }
}

fn evaluated_items<'v>(structure: &SpannedValue) -> Vec<Binding<'v>> {
    let evaluated = |value: &SpannedValue| Binding::Evaluated(Value::evaluated(value.clone(), true));
    match &structure.kind {
        ValueKind::List(items) => items.iter().map(evaluated).collect(),
        ValueKind::Map(entries) => entries
            .iter()
            .map(|((key, _), value)| Binding::Entry { key: key.as_str().into(), value: Rc::new(evaluated(value)) })
            .collect(),
        _ => Vec::new(),
    }
}

/// The items of JSON, else what stands between commas.
fn text_items<'v>(text: &Text) -> Vec<Binding<'v>> {
    let literal = text.literal;
    let part = |json: &Json| Binding::Text { text: json_text(json).into(), literal };
    match text.json().as_deref() {
        Some(Json::Array(items)) => items.iter().map(part).collect(),
        Some(Json::Object(entries)) => entries
            .iter()
            .map(|(key, value)| Binding::Entry { key: key.as_str().into(), value: Rc::new(part(value)) })
            .collect(),
        _ => text.text.split(',').map(|item| Binding::Text { text: item.into(), literal }).collect(),
    }
}
