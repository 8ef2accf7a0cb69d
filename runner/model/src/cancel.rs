use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

const RUNNING: u8 = 0;
const CANCELLED: u8 = 1;
const NOW: u8 = 2;

type Callback = Box<dyn FnMut() + Send>;

#[derive(Default)]
struct Shared {
    state: AtomicU8,
    callbacks: Mutex<Vec<(u64, Callback)>>,
}

/// Tells everyone who works for a run that it was cancelled: once politely, and a second time for "now".
#[derive(Clone, Default)]
pub struct CancelToken {
    shared: Arc<Shared>,
}

impl CancelToken {
    /// A token that nobody has cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels. The second call means: now, without a grace period.
    pub fn cancel(&self) {
        let _ = self.shared.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |state| Some((state + 1).min(NOW)));
        let mut callbacks = self.shared.callbacks.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, callback) in callbacks.iter_mut() {
            callback();
        }
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.shared.state.load(Ordering::SeqCst) >= CANCELLED
    }

    /// Whether it was cancelled twice.
    pub fn is_immediate(&self) -> bool {
        self.shared.state.load(Ordering::SeqCst) >= NOW
    }

    /// Calls `callback` at each [`cancel`](Self::cancel) to come (and at once if one has been), until the watch is
    /// dropped. The callback must be quick and must not call back into the token.
    pub fn watch(&self, mut callback: impl FnMut() + Send + 'static) -> CancelWatch {
        let mut callbacks = self.shared.callbacks.lock().unwrap_or_else(PoisonError::into_inner);
        if self.shared.state.load(Ordering::SeqCst) != RUNNING {
            callback();
        }
        let id = callbacks.last().map_or(0, |(id, _)| id + 1);
        callbacks.push((id, Box::new(callback)));
        CancelWatch { shared: Arc::clone(&self.shared), id }
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken").field("cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}

/// Keeps a callback of [`CancelToken::watch`] alive.
#[must_use = "dropping the watch removes the callback"]
pub struct CancelWatch {
    shared: Arc<Shared>,
    id: u64,
}

impl Drop for CancelWatch {
    fn drop(&mut self) {
        self.shared.callbacks.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, _)| *id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn watchers_hear_each_cancel_until_dropped() {
        let token = CancelToken::new();
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&calls);
        let watch = token.watch(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        assert!(!token.is_cancelled());
        token.cancel();
        assert!(token.is_cancelled() && !token.is_immediate());
        token.cancel();
        assert!(token.is_immediate());
        drop(watch);
        token.cancel();
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }
}
