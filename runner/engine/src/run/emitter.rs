use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use wharf_model::{Event, EventKind, EventSink, Failure, MaskStream, Masker};

use super::mask_event::{LogTrails, mask_event, mask_failure};

/// The one way by which events leave the engine: in order, one at a time, with every secret masked.
pub(super) struct Emitter {
    sink: Arc<dyn EventSink>,
    began: Instant,
    masker: Mutex<Masker>,
}

impl Emitter {
    pub(super) fn new(sink: Arc<dyn EventSink>, masker: Masker) -> Self {
        Self { sink, began: Instant::now(), masker: Mutex::new(masker) }
    }

    pub(super) fn emit(&self, kind: EventKind) {
        self.emit_behind(&mut LogTrails::default(), kind);
    }

    /// The same for an event that follows others of the same step.
    pub(super) fn emit_behind(&self, trails: &mut LogTrails, kind: EventKind) {
        // The lock is held while the sink works, so that the order is the same for all.
        let masker = self.masker.lock().unwrap_or_else(PoisonError::into_inner);
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let event = Event {
            at: u64::try_from(at).unwrap_or(u64::MAX),
            elapsed: microseconds(self.began),
            kind: mask_event(&masker, trails, kind),
        };
        self.sink.event(&event);
    }

    /// Masks a text from now on.
    pub(super) fn mask(&self, value: &str) {
        self.masker.lock().unwrap_or_else(PoisonError::into_inner).add(value);
    }

    /// Whether a value is shown in another form than it has.
    pub(super) fn hides(&self, value: &Value) -> bool {
        self.masker.lock().unwrap_or_else(PoisonError::into_inner).mask_json(value) != *value
    }

    /// What can be shown of a text that comes in parts.
    pub(super) fn mask_part(&self, stream: &mut MaskStream, part: &str, is_end: bool) -> String {
        let masker = self.masker.lock().unwrap_or_else(PoisonError::into_inner);
        stream.push_seen(&masker, part, is_end)
    }

    /// The failure as it is shown.
    pub(super) fn mask_failure(&self, failure: Failure) -> Failure {
        mask_failure(&self.masker.lock().unwrap_or_else(PoisonError::into_inner), failure)
    }

    /// Microseconds since the run began.
    pub(super) fn elapsed(&self) -> u64 {
        microseconds(self.began)
    }
}

/// Microseconds since then.
pub(super) fn microseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
