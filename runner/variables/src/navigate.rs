use serde_json::Value;
use wharf_model::{SpannedValue, ValueKind};

use crate::json::at_span;
use crate::path::PathStep;

/// Goes from a variable's value along the steps of a path; text that is JSON is gone into as well.
/// The error is the number of the first step that leads nowhere, with the names that would have.
pub(crate) fn navigate(value: &SpannedValue, steps: &[PathStep]) -> Result<SpannedValue, (usize, Vec<String>)> {
    let mut here = value.clone();
    for (number, step) in steps.iter().enumerate() {
        if matches!(here.kind, ValueKind::Unknown(_)) {
            return Ok(here);
        }
        if let Some(text) = here.as_text() {
            match serde_json::from_str::<Value>(text) {
                Ok(json @ (Value::Object(_) | Value::Array(_))) => here = at_span(&json, &here.span),
                _ => return Err((number, Vec::new())),
            }
        }
        here = match child(here, step) {
            Ok(next) => next,
            Err(names) => return Err((number, names)),
        };
    }
    Ok(here)
}

fn child(value: SpannedValue, step: &PathStep) -> Result<SpannedValue, Vec<String>> {
    match value.kind {
        ValueKind::List(mut items) => {
            let at = match step {
                PathStep::First => Some(0),
                PathStep::Index(text) | PathStep::Name(text) => text.parse::<usize>().ok(),
            };
            match at {
                Some(at) if at < items.len() => Ok(items.swap_remove(at)),
                _ => Err((0..items.len()).take(20).map(|index| index.to_string()).collect()),
            }
        }
        ValueKind::Map(mut entries) => {
            let at = match step {
                PathStep::First => (!entries.is_empty()).then_some(0),
                PathStep::Index(name) | PathStep::Name(name) => {
                    entries.iter().position(|((key, _), _)| key == name).or_else(|| {
                        let lower = name.to_lowercase();
                        entries.iter().position(|((key, _), _)| key.to_lowercase() == lower)
                    })
                }
            };
            match at {
                Some(at) => Ok(entries.swap_remove(at).1),
                None => Err(entries.into_iter().map(|((key, _), _)| key).collect()),
            }
        }
        _ => Err(Vec::new()),
    }
}
