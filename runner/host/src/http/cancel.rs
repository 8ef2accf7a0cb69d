use tokio::sync::watch;
use wharf_model::{CancelToken, CancelWatch};

/// Tells requests that the run was cancelled. A request ends at the first cancel behind its own beginning, so that a
/// step can still tidy up with new ones; the second cancel ends those too.
pub(super) struct CancelSignal {
    cancels: watch::Receiver<u8>,
    _watch: CancelWatch,
}

impl CancelSignal {
    pub(super) fn new(token: &CancelToken) -> Self {
        let (sender, cancels) = watch::channel(0);
        let watched = token.clone();
        let watch = token.watch(move || {
            let cancels = u8::from(watched.is_cancelled()) + u8::from(watched.is_immediate());
            sender.send_replace(cancels);
        });
        Self { cancels, _watch: watch }
    }

    /// Ends at the next cancel; at once if "now" was said already.
    pub(super) fn next(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut cancels = self.cancels.clone();
        let heard = (*cancels.borrow()).min(1);
        async move {
            if cancels.wait_for(|cancels| *cancels > heard).await.is_err() {
                // The power is gone and with it everyone who could cancel.
                std::future::pending::<()>().await;
            }
        }
    }
}
