use std::sync::Arc;

use crate::Event;

/// Consumes the events of a run: a reporter, the journal. Adding an output is adding a consumer.
pub trait EventSink: Send + Sync {
    /// An event happened. Events arrive in order and one at a time; secrets in them are masked already.
    fn event(&self, event: &Event);
}

/// Hands each event to several consumers, in this order.
impl EventSink for Vec<Arc<dyn EventSink>> {
    fn event(&self, event: &Event) {
        for sink in self {
            sink.event(event);
        }
    }
}
