//! What a step says of its work, on its way to the observer: counted against the limits of log and outputs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::Notify;
use wharf_model::{
    Change, ChangeKind, ChangeSource, Failure, FailureCode, Level, Limit, Limits, MaskStream, StepEvent, StepObserver,
    leaf_texts,
};

use crate::outcome::EndStep;

/// The most fields of one log entry that are kept.
const MAX_FIELDS: usize = 64;

/// The most texts that one step can have masked: each makes every line that is shown afterwards a little slower.
const MAX_MASKED: u64 = 1000;
/// The longest text that can be masked, in bytes: all its escaped forms are looked for.
const MAX_MASKED_BYTES: usize = 64 * 1024;
/// The most bytes of all texts together that one step can have masked: they may cost three hundred times as much memory.
const MAX_MASKED_TOTAL: u64 = 256 * 1024;
/// How many characters of a note on progress are shown.
const NOTE_LENGTH: usize = 200;
/// How often progress is passed on.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// The bytes of the outputs that are set.
#[derive(Default)]
struct Outputs {
    bytes: HashMap<String, u64>,
    total: u64,
}

impl Outputs {
    fn set(&mut self, name: &str, bytes: u64, limits: &Limits) -> Result<(), Failure> {
        let total = (self.total - self.bytes.get(name).copied().unwrap_or(0)).saturating_add(bytes);
        let most = limits.get(Limit::OutputBytes);
        if total > most {
            return Err(Failure::limit(Limit::OutputBytes, most, "its outputs are too large"));
        }
        self.bytes.insert(name.to_owned(), bytes);
        self.total = total;
        Ok(())
    }
}

/// The observer with what was counted so far.
pub(crate) struct Report {
    observer: Arc<dyn StepObserver>,
    log_bytes: AtomicU64,
    log_lines: AtomicU64,
    outputs: Mutex<Outputs>,
    artifacts: AtomicU64,
    masked: AtomicU64,
    masked_bytes: AtomicU64,
    last_progress: Mutex<Option<Instant>>,
    flooded: OnceLock<Failure>,
    flooding: Notify,
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
            flooded: OnceLock::new(),
            flooding: Notify::new(),
            masked: AtomicU64::new(0),
            masked_bytes: AtomicU64::new(0),
            last_progress: Mutex::new(None),
            limits: limits.clone(),
        }
    }

    pub(crate) fn observer(&self) -> &Arc<dyn StepObserver> {
        &self.observer
    }

    /// A log entry. A step that floods the log is ended: it would not hear an error.
    pub(crate) fn log(&self, level: Level, message: String, fields: Vec<(String, String)>) -> wasmtime::Result<()> {
        Ok(self.count_log(level, message, fields).map_err(EndStep::from)?)
    }

    fn count_log(&self, level: Level, message: String, mut fields: Vec<(String, String)>) -> Result<(), Failure> {
        fields.truncate(MAX_FIELDS);
        let bytes = message.len() + fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        let lines = 1 + message.bytes().filter(|byte| *byte == b'\n').count();
        self.count(&self.log_bytes, bytes as u64, Limit::LogBytes, "it logs too much")?;
        self.count(&self.log_lines, lines as u64, Limit::LogLines, "it logs too many lines")?;
        self.observer.event(StepEvent::Log { level, message, fields });
        Ok(())
    }

    /// Why the step fails although it may not know: what happens on its behalf floods the log.
    pub(crate) fn flooded(&self) -> Option<&Failure> {
        self.flooded.get()
    }

    /// Waits until there is a reason of that kind.
    pub(crate) async fn until_flooded(&self) -> Failure {
        loop {
            let heard = self.flooding.notified();
            if let Some(failure) = self.flooded() {
                return failure.clone();
            }
            heard.await;
        }
    }

    fn flood(&self, failure: Failure) {
        self.flooded.get_or_init(|| failure);
        self.flooding.notify_waiters();
    }

    /// How far the step is. It is shown live and never kept, so what comes too quickly for the eye is left out.
    pub(crate) fn progress(&self, done: u64, total: Option<u64>, note: String) {
        let mut last = self.last_progress.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < PROGRESS_INTERVAL) {
            return;
        }
        *last = Some(Instant::now());
        drop(last);
        // A secret across the cut would not be masked any more.
        let note = masked_start(self.observer.as_ref(), &note).chars().take(NOTE_LENGTH).collect();
        self.observer.event(StepEvent::Progress { done, total, note });
    }

    /// A change in a remote system, as the step says.
    pub(crate) fn change(&self, kind: ChangeKind, target: String, detail: &str) -> Result<(), Failure> {
        self.count_event()?;
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
        self.count_event()?;
        let bytes = (name.len() + value.len()) as u64;
        let value: Value =
            serde_json::from_str(value).map_err(|error| invalid(&format!("output `{name}` is no JSON: {error}")))?;
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).set(&name, bytes, &self.limits)?;
        if sensitive {
            // Who hears of the output masks them.
            leaf_texts(&value).iter().try_for_each(|text| self.count_masked(text))?;
        }
        self.observer.event(StepEvent::Output { name, value, sensitive });
        Ok(())
    }

    /// Masks a text from here on. What cannot be masked must not be said either: the caller passes the refusal on.
    pub(crate) fn hide(&self, text: &str) -> Result<(), Failure> {
        self.count_masked(text)?;
        self.observer.mask(text);
        Ok(())
    }

    fn count_masked(&self, text: &str) -> Result<(), Failure> {
        if self.masked.fetch_add(1, Ordering::Relaxed) >= MAX_MASKED {
            return Err(invalid(&format!("more than {MAX_MASKED} sensitive texts in one step cannot be masked")));
        }
        if text.len() > MAX_MASKED_BYTES {
            return Err(invalid(&format!("a sensitive text of more than {MAX_MASKED_BYTES} bytes cannot be masked")));
        }
        let bytes = text.len() as u64;
        if self.masked_bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > MAX_MASKED_TOTAL {
            let message =
                format!("sensitive texts of more than {MAX_MASKED_TOTAL} bytes together cannot be masked in one step");
            return Err(invalid(&message));
        }
        Ok(())
    }

    /// Counts the bytes of an artifact before it is kept.
    pub(crate) fn count_artifact(&self, bytes: u64) -> Result<(), Failure> {
        self.count_event()?;
        self.count(&self.artifacts, bytes, Limit::ArtifactBytes, "its artifacts are too large")
    }

    /// The value of a secret was revealed.
    pub(crate) fn revealed(&self, name: &str) -> Result<(), Failure> {
        self.count_event()?;
        self.observer.event(StepEvent::Revealed { name: name.to_owned() });
        Ok(())
    }

    /// Everything that a step says counts as a line at least: each is shown and kept.
    fn count_event(&self) -> Result<(), Failure> {
        self.count(&self.log_lines, 1, Limit::LogLines, "it reports too much")
    }

    fn count(&self, counter: &AtomicU64, more: u64, limit: Limit, what: &str) -> Result<(), Failure> {
        let most = self.limits.get(limit);
        let sum = counter.fetch_add(more, Ordering::Relaxed).saturating_add(more);
        if sum > most { Err(Failure::limit(limit, most, what)) } else { Ok(()) }
    }
}

/// For what happens on the step's behalf, what programs print and the requests that are sent or refused: it counts like
/// what the step says itself. Beyond the limit it is dropped, and the step is ended.
impl StepObserver for Report {
    fn event(&self, event: StepEvent) {
        match event {
            StepEvent::Log { level, message, fields } => {
                if let Err(failure) = self.count_log(level, message, fields) {
                    self.flood(failure);
                }
            }
            event @ StepEvent::Request { .. } => match self.count_event() {
                Ok(()) => self.observer.event(event),
                Err(failure) => self.flood(failure),
            },
            event => self.observer.event(event),
        }
    }

    fn mask(&self, value: &str) {
        self.observer.mask(value);
    }

    fn mask_part(&self, stream: &mut MaskStream, part: &str, is_end: bool) -> String {
        self.observer.mask_part(stream, part, is_end)
    }
}

/// The most bytes at the beginning of a text of a guest that people will read.
const MAX_TEXT: usize = 64 * 1024;

/// The beginning of a text that may be cut: with secrets masked, also one that is cut.
pub(crate) fn masked_start(observer: &dyn StepObserver, text: &str) -> String {
    let end = text.floor_char_boundary(MAX_TEXT);
    // What may go on behind the cut is held back and never shown.
    let mut start = observer.mask_part(&mut MaskStream::default(), &text[..end], end == text.len());
    if end < text.len() {
        start.push_str(" ...");
    }
    start
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

#[cfg(test)]
mod tests {
    use wharf_model::Masker;

    use super::*;

    struct Masking(Masker);

    impl StepObserver for Masking {
        fn event(&self, _: StepEvent) {}
        fn mask(&self, _: &str) {}
        fn mask_part(&self, stream: &mut MaskStream, part: &str, is_end: bool) -> String {
            stream.push_seen(&self.0, part, is_end)
        }
    }

    #[test]
    fn no_beginning_of_a_secret_is_left_where_a_text_is_cut() {
        let masking = Masking(Masker::new(["hunter2-secret"]));
        let filler = |length: usize| "x".repeat(length);
        let text = format!("{}hunter2-secret", filler(MAX_TEXT - 7));
        let start = masked_start(&masking, &text);
        // A little more is left out than what may belong to the secret.
        assert!(start.trim_start_matches('x') == " ..." && start.len() > MAX_TEXT - 100, "{}", start.len());
        let text = format!("{}hunter2-secret", filler(MAX_TEXT - 14));
        assert_eq!(masked_start(&masking, &text), format!("{}********", filler(MAX_TEXT - 14)));
    }
}
