use std::fmt;
use std::sync::Arc;

use wharf_model::CancelToken;

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are here, those of earlier attempts included.
    pub done: u64,
    /// Bytes of the whole, if the feed says.
    pub total: Option<u64>,
}

type Listener = Arc<dyn Fn(Progress) + Send + Sync>;

/// What accompanies a transfer: who hears of its progress, and who may end it.
#[derive(Clone, Default)]
pub struct Transfer {
    /// Ends it. What came so far is kept for the next time.
    pub cancel: CancelToken,
    listener: Option<Listener>,
}

impl Transfer {
    /// One that can be cancelled.
    pub fn new(cancel: CancelToken) -> Self {
        Self { cancel, listener: None }
    }

    /// Calls `listener` with each chunk that arrives, on the thread that works: it must be quick.
    #[must_use]
    pub fn on_progress(self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Arc::new(listener)), ..self }
    }

    pub(crate) fn tell(&self, done: u64, total: Option<u64>) {
        if let Some(listener) = &self.listener {
            listener(Progress { done, total });
        }
    }
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer").field("cancel", &self.cancel).finish_non_exhaustive()
    }
}
