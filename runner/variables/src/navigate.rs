use serde_json::Value;
use wharf_model::{SpannedValue, ValueKind};

use crate::json::at_span;
use crate::path::PathStep;

/// What a step of a path leads nowhere in.
pub(crate) enum Around {
    /// A list of so many items.
    List(usize),
    /// A map with these keys.
    Map(Vec<String>),
    /// Text, or nothing at all.
    Text,
}

/// Goes from a variable's value along the steps of a path; text that is JSON is gone into as well.
/// The error is the number of the first step that leads nowhere, with what it was taken in.
pub(crate) fn navigate(value: &SpannedValue, steps: &[PathStep]) -> Result<SpannedValue, (usize, Around)> {
    let mut here = value.clone();
    for (number, step) in steps.iter().enumerate() {
        if matches!(here.kind, ValueKind::Unknown(_)) {
            return Ok(here);
        }
        if let Some(text) = here.as_text() {
            match serde_json::from_str::<Value>(text) {
                Ok(json @ (Value::Object(_) | Value::Array(_))) => here = at_span(&json, &here.span),
                _ => return Err((number, Around::Text)),
            }
        }
        here = match child(here, step) {
            Ok(next) => next,
            Err(around) => return Err((number, around)),
        };
    }
    Ok(here)
}

fn child(value: SpannedValue, step: &PathStep) -> Result<SpannedValue, Around> {
    match value.kind {
        ValueKind::List(mut items) => {
            let at = match step {
                PathStep::First => Some(0),
                PathStep::Index(text) | PathStep::Name(text) => text.parse::<usize>().ok(),
            };
            match at {
                Some(at) if at < items.len() => Ok(items.swap_remove(at)),
                _ => Err(Around::List(items.len())),
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
                None => Err(Around::Map(entries.into_iter().map(|((key, _), _)| key).collect())),
            }
        }
        _ => Err(Around::Text),
    }
}
