use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::{Either, select};
use tokio::sync::Notify;
use wharf_model::CancelToken;

use crate::FetchError;

/// Does `work` until it is done or until the caller cancels. What was begun is dropped then; every place that works
/// here leaves behind only what the next attempt can go on with.
///
/// # Errors
/// [`FetchError::Cancelled`], and those of the work.
pub async fn unless_cancelled<T>(
    cancel: &CancelToken,
    work: impl Future<Output = Result<T, FetchError>>,
) -> Result<T, FetchError> {
    let notify = Arc::new(Notify::new());
    let waker = Arc::clone(&notify);
    // A permit is kept for whoever waits later.
    let _watch = cancel.watch(move || waker.notify_one());
    if cancel.is_cancelled() {
        return Err(FetchError::Cancelled);
    }
    match select(pin!(notify.notified()), pin!(work)).await {
        Either::Left(_) => Err(FetchError::Cancelled),
        Either::Right((done, _)) => done,
    }
}
