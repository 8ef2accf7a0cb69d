use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use wharf_model::{Event, EventKind, EventSink, Masker};

use super::mask_event::mask_event;

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
        // The lock is held while the sink works, so that the order is the same for all.
        let masker = self.masker.lock().unwrap_or_else(PoisonError::into_inner);
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let event = Event {
            at: u64::try_from(at).unwrap_or(u64::MAX),
            elapsed: microseconds(self.began),
            kind: mask_event(&masker, kind),
        };
        self.sink.event(&event);
    }

    /// Masks a text from now on.
    pub(super) fn mask(&self, value: &str) {
        self.masker.lock().unwrap_or_else(PoisonError::into_inner).add(value);
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
