use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use wharf_model::CancelToken;

/// Waits, and ends at once when the run is cancelled. Answers whether it was.
pub(super) fn wait(duration: Duration, cancel: &CancelToken) -> bool {
    let signal = Arc::new((Mutex::new(false), Condvar::new()));
    let watched = Arc::clone(&signal);
    // The watch calls back at once if the token is cancelled already.
    let _watch = cancel.watch(move || {
        *watched.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        watched.1.notify_all();
    });
    let (cancelled, changed) = &*signal;
    let guard = cancelled.lock().unwrap_or_else(PoisonError::into_inner);
    let (guard, _) =
        changed.wait_timeout_while(guard, duration, |cancelled| !*cancelled).unwrap_or_else(PoisonError::into_inner);
    *guard
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_ends_the_wait() {
        let token = CancelToken::new();
        assert!(!wait(Duration::ZERO, &token));
        let other = token.clone();
        let thread = std::thread::spawn(move || wait(Duration::from_secs(3600), &other));
        token.cancel();
        assert!(thread.join().expect("the wait ends"));
        assert!(wait(Duration::from_secs(3600), &token));
    }
}
