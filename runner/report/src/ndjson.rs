use std::io::Write;
use std::sync::{Mutex, PoisonError};

use wharf_model::{Event, EventSink};

/// Writes one event per line as JSON, each at once. The form is that of [`EVENTS_SCHEMA`](crate::EVENTS_SCHEMA).
pub struct NdjsonReporter {
    out: Mutex<Option<Box<dyn Write + Send>>>,
}

impl NdjsonReporter {
    /// A reporter that writes to `out`.
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out: Mutex::new(Some(out)) }
    }
}

impl EventSink for NdjsonReporter {
    fn event(&self, event: &Event) {
        let mut guard = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(out) = guard.as_mut() else { return };
        let line = serde_json::to_vec(event).map_err(std::io::Error::from).and_then(|mut line| {
            line.push(b'\n');
            out.write_all(&line)?;
            out.flush()
        });
        // Nobody reads any more: the run goes on, silently.
        if line.is_err() {
            *guard = None;
        }
    }
}
