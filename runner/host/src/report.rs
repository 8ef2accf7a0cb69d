//! What a step says of its work, on its way to the observer: counted against the limits of log and outputs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use wharf_model::{
    Change, ChangeKind, ChangeSource, Failure, FailureCode, Level, Limit, Limits, StepEvent, StepObserver,
};

use crate::outcome::EndStep;

/// The most fields of one log entry that are kept.
const MAX_FIELDS: usize = 64;

/// The observer with what was counted so far.
pub(crate) struct Report {
    observer: Arc<dyn StepObserver>,
    log_bytes: AtomicU64,
    log_lines: AtomicU64,
    outputs: Mutex<HashMap<String, u64>>,
    artifacts: AtomicU64,
    limits: Limits,
}

impl Report {
    pub(crate) fn new(observer: Arc<dyn StepObserver>, limits: &Limits) -> Self {
        Self {
            observer,
            log_bytes: AtomicU64::new(0),
            log_lines: AtomicU64::new(0),
            outputs: Mutex::default(),
            artifacts: AtomicU64::new(0),
            limits: limits.clone(),
        }
    }

    pub(crate) fn observer(&self) -> &Arc<dyn StepObserver> {
        &self.observer
    }

    /// A log entry. A step that floods the log is ended: it would not hear an error.
    pub(crate) fn log(&self, level: Level, message: String, mut fields: Vec<(String, String)>) -> wasmtime::Result<()> {
        fields.truncate(MAX_FIELDS);
        let bytes = message.len() + fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        let lines = 1 + message.bytes().filter(|byte| *byte == b'\n').count();
        self.count(&self.log_bytes, bytes as u64, Limit::LogBytes, "it logs too much").map_err(EndStep::from)?;
        self.count(&self.log_lines, lines as u64, Limit::LogLines, "it logs too many lines").map_err(EndStep::from)?;
        self.observer.event(StepEvent::Log { level, message, fields });
        Ok(())
    }

    pub(crate) fn progress(&self, done: u64, total: Option<u64>, note: String) {
        self.observer.event(StepEvent::Progress { done, total, note: note.chars().take(200).collect() });
    }

    /// A change in a remote system, as the step says.
    pub(crate) fn change(&self, kind: ChangeKind, target: String, detail: &str) -> Result<(), Failure> {
        self.count(&self.log_bytes, (target.len() + detail.len()) as u64, Limit::LogBytes, "it logs too much")?;
        let detail = object(detail, "a change's detail")?;
        let summary = detail.get("summary").and_then(Value::as_str).unwrap_or_default().to_owned();
        let source = ChangeSource::Step;
        self.observer.event(StepEvent::Change(Change { kind, source, target, summary, diff: None, detail }));
        Ok(())
    }

    pub(crate) fn output(&self, name: String, value: &str, sensitive: bool) -> Result<(), Failure> {
        let letters = |c: char| c.is_alphanumeric() || "_-.".contains(c);
        if name.is_empty() || name.len() > 200 || !name.chars().all(letters) {
            return Err(invalid("the name of an output is 1 to 200 letters, digits, `-`, `_` or `.`"));
        }
        {
            let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
            let before: u64 = outputs.iter().filter(|(other, _)| **other != name).map(|(_, bytes)| bytes).sum();
            let bytes = (name.len() + value.len()) as u64;
            let most = self.limits.get(Limit::OutputBytes);
            if before.saturating_add(bytes) > most {
                return Err(Failure::limit(Limit::OutputBytes, most, "its outputs are too large"));
            }
            outputs.insert(name.clone(), bytes);
        }
        let value: Value =
            serde_json::from_str(value).map_err(|error| invalid(&format!("output `{name}` is no JSON: {error}")))?;
        if sensitive {
            mask_texts(&value, &*self.observer);
        }
        self.observer.event(StepEvent::Output { name, value, sensitive });
        Ok(())
    }

    /// Counts the bytes of an artifact before it is kept.
    pub(crate) fn count_artifact(&self, bytes: u64) -> Result<(), Failure> {
        self.count(&self.artifacts, bytes, Limit::ArtifactBytes, "its artifacts are too large")
    }

    fn count(&self, counter: &AtomicU64, more: u64, limit: Limit, what: &str) -> Result<(), Failure> {
        let most = self.limits.get(limit);
        let sum = counter.fetch_add(more, Ordering::Relaxed).saturating_add(more);
        if sum > most { Err(Failure::limit(limit, most, what)) } else { Ok(()) }
    }
}

/// An object as text, or nothing.
pub(crate) fn object(text: &str, what: &str) -> Result<Value, Failure> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) if object.is_empty() => Ok(Value::Null),
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(invalid(&format!("{what} must be a JSON object"))),
        Err(error) => Err(invalid(&format!("{what} is no JSON: {error}"))),
    }
}

fn invalid(message: &str) -> Failure {
    Failure::new(FailureCode::Invalid, message)
}

fn mask_texts(value: &Value, observer: &dyn StepObserver) {
    match value {
        Value::String(text) => observer.mask(text),
        Value::Number(number) => observer.mask(&number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| mask_texts(item, observer)),
        Value::Object(entries) => entries.values().for_each(|value| mask_texts(value, observer)),
        Value::Null | Value::Bool(_) => {}
    }
}
