use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// The order to end a program: politely at once, and by force at a moment that later orders can only bring forward.
#[derive(Clone)]
pub(super) struct EndOrder {
    by: Arc<watch::Sender<Option<Instant>>>,
}

impl EndOrder {
    pub(super) fn new() -> Self {
        Self { by: Arc::new(watch::Sender::new(None)) }
    }

    /// Orders the end within `grace`; without any, by force.
    pub(super) fn give(&self, grace: Duration) {
        let by = Instant::now() + grace.min(Duration::from_secs(24 * 60 * 60));
        self.by.send_if_modified(|known| {
            let sooner = known.is_none_or(|known| by < known);
            if sooner {
                *known = Some(by);
            }
            sooner
        });
    }

    /// Whether nobody is left who would obey.
    pub(super) fn is_forgotten(&self) -> bool {
        self.by.receiver_count() == 0
    }

    pub(super) fn listen(&self) -> watch::Receiver<Option<Instant>> {
        self.by.subscribe()
    }
}
