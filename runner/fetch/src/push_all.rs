use futures_util::stream::{self, StreamExt as _};
use wharf_model::CancelToken;

use crate::cancel::unless_cancelled;
use crate::{Feed, FetchError, Overwrite, PackageFile, Pushed};

/// Packages that are sent at the same time.
const AT_ONCE: usize = 4;

/// Sends one package, unless it is cancelled.
///
/// # Errors
/// Those of [`Feed::push`], and [`FetchError::Cancelled`].
pub async fn push(
    feed: &dyn Feed,
    file: &PackageFile,
    mode: Overwrite,
    cancel: &CancelToken,
) -> Result<Pushed, FetchError> {
    unless_cancelled(cancel, feed.push(file, mode)).await
}

/// Sends every package, whatever becomes of the others. The results are in the order of `files`; `done` hears of each
/// as it ends, with its index.
pub async fn push_all(
    feed: &dyn Feed,
    files: &[PackageFile],
    mode: Overwrite,
    cancel: &CancelToken,
    done: impl Fn(usize, &Result<Pushed, FetchError>) + Send + Sync,
) -> Vec<Result<Pushed, FetchError>> {
    let done = &done;
    let sending = files.iter().enumerate().map(|(index, file)| async move {
        let pushed = push(feed, file, mode, cancel).await;
        done(index, &pushed);
        pushed
    });
    // Collected first: a closure that borrows would not be general enough for the stream.
    let sending: Vec<_> = sending.collect();
    stream::iter(sending).buffered(AT_ONCE).collect().await
}
