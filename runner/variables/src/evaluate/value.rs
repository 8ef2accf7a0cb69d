use std::cell::OnceCell;
use std::rc::Rc;

use wharf_model::{Scalar, ScalarStyle, Span, SpannedValue, ValueKind};

use super::json::{Json, read_json};
use crate::json::waits_for;

/// What a variable, or a part of its value, is after evaluation. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(Rc<Text>),
    /// A list or a map, all of it evaluated.
    Structure(Rc<SpannedValue>),
    /// Nothing, as in YAML.
    Nothing,
    /// `#{ | null }`: as if the variable did not exist.
    Unset,
    /// Only the run can know; the names that are waited for.
    Unknown(Rc<[String]>),
}

/// Evaluated text.
#[derive(Debug)]
pub(crate) struct Text {
    pub text: String,
    pub style: ScalarStyle,
    /// Whether something in it (an output, a secret) must never be taken for a template, not even in a part of it.
    pub literal: bool,
    json: OnceCell<Option<Rc<Json>>>,
}

impl Text {
    /// The list or the map that the text is as JSON, or the scalar.
    pub fn json(&self) -> Option<Rc<Json>> {
        self.json.get_or_init(|| read_json(&self.text).map(Rc::new)).clone()
    }
}

impl Value {
    pub fn text(text: impl Into<String>, literal: bool) -> Self {
        Self::scalar(text, ScalarStyle::Quoted, literal)
    }

    pub fn scalar(text: impl Into<String>, style: ScalarStyle, literal: bool) -> Self {
        Value::Text(Rc::new(Text { text: text.into(), style, literal, json: OnceCell::new() }))
    }

    /// The value of what holds no templates (any more).
    pub fn evaluated(value: SpannedValue, literal: bool) -> Self {
        match value.kind {
            ValueKind::Null => Value::Nothing,
            ValueKind::Unknown(names) => Value::Unknown(names.into()),
            ValueKind::Scalar(Scalar { text, style }) => Self::scalar(text, style, literal),
            ValueKind::List(_) | ValueKind::Map(_) => Value::Structure(Rc::new(value)),
        }
    }

    /// The names that it waits for.
    pub fn waits_for(&self) -> Vec<String> {
        match self {
            Value::Text(_) | Value::Nothing | Value::Unset => Vec::new(),
            Value::Structure(value) => waits_for(value),
            Value::Unknown(names) => names.to_vec(),
        }
    }

    /// The same at the place of the template that it was put into.
    pub fn at(&self, span: &Span) -> SpannedValue {
        let kind = match self {
            Value::Text(text) => ValueKind::Scalar(Scalar { text: text.text.clone(), style: text.style }),
            Value::Structure(value) => value.kind.clone(),
            Value::Nothing | Value::Unset => ValueKind::Null,
            Value::Unknown(names) => ValueKind::Unknown(names.to_vec()),
        };
        SpannedValue { kind, span: span.clone() }
    }
}
