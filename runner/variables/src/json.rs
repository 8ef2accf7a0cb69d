use serde_json::Value;
use wharf_model::{Scalar, ScalarStyle, Span, SpannedValue, ValueKind};

use crate::source::invented_span;

/// The value of JSON that no user wrote; `what` says what it is, such as "output `url` of step `web`".
pub(crate) fn from_json(json: &Value, what: &str) -> SpannedValue {
    let text = match json {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    at_span(json, &invented_span(what, &text))
}

/// The value of JSON that was read out of a text at `span`.
pub(crate) fn at_span(json: &Value, span: &Span) -> SpannedValue {
    let scalar = |text: String, style| ValueKind::Scalar(Scalar { text, style });
    let kind = match json {
        Value::Null => ValueKind::Null,
        Value::Bool(flag) => scalar(flag.to_string(), ScalarStyle::Plain),
        Value::Number(number) => scalar(number.to_string(), ScalarStyle::Plain),
        Value::String(text) => scalar(text.clone(), ScalarStyle::Quoted),
        Value::Array(items) => ValueKind::List(items.iter().map(|item| at_span(item, span)).collect()),
        Value::Object(entries) => ValueKind::Map(
            entries.iter().map(|(key, value)| ((key.clone(), span.clone()), at_span(value, span))).collect(),
        ),
    };
    SpannedValue { kind, span: span.clone() }
}

/// The value as text inside of other text: lists and maps are JSON, nothing is empty.
pub(crate) fn to_text(value: &SpannedValue) -> String {
    match &value.kind {
        ValueKind::Null | ValueKind::Unknown(_) => String::new(),
        ValueKind::Scalar(scalar) => scalar.text.clone(),
        ValueKind::List(_) | ValueKind::Map(_) => value.to_json().to_string(),
    }
}

/// The value as programs read it: scalars are always text, so that the type does not depend on how it was written.
pub(crate) fn to_value(value: &SpannedValue) -> Value {
    match &value.kind {
        ValueKind::Scalar(scalar) => Value::String(scalar.text.clone()),
        _ => value.to_json(),
    }
}

/// The names that a value waits for, each once.
pub(crate) fn waits_for(value: &SpannedValue) -> Vec<String> {
    let mut names = Vec::new();
    collect(value, &mut names);
    names
}

fn collect(value: &SpannedValue, names: &mut Vec<String>) {
    match &value.kind {
        ValueKind::Unknown(unknown) => add_names(names, unknown),
        ValueKind::Null | ValueKind::Scalar(_) => {}
        ValueKind::List(items) => items.iter().for_each(|item| collect(item, names)),
        ValueKind::Map(entries) => entries.iter().for_each(|(_, value)| collect(value, names)),
    }
}

/// Adds names that are not there yet.
pub(crate) fn add_names(names: &mut Vec<String>, more: &[String]) {
    for name in more {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
}
