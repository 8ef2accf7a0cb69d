use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::client::HttpErrorKind;
use object_store::retry::{RetryContext, RetryFailure, RetryPolicy};

use super::service::said_last;
use crate::http::pause;
use crate::{FetchError, Limits};

/// The attempts and waits of [`Limits`], for the parts of a large upload.
pub(super) struct Patience(pub(super) Arc<Limits>);

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Patience")
    }
}

#[async_trait]
impl RetryPolicy for Patience {
    async fn retry(&self, context: RetryContext) -> bool {
        let said = said_last();
        let status = match context.failure {
            RetryFailure::Status(status) => status.as_u16(),
            RetryFailure::Transport(HttpErrorKind::Decode) => return false,
            // What is no status is an answer that did not come in time.
            _ => 408,
        };
        // Nobody sees this error: it only says how long to wait.
        let error = FetchError::Status {
            feed: String::new(),
            place: String::new(),
            what: String::new(),
            status,
            words: String::new(),
            retry_after: said.and_then(|said| said.retry_after),
        };
        let attempt = u32::try_from(context.attempt).unwrap_or(u32::MAX);
        if !error.is_transient() {
            return false;
        }
        match pause(&self.0, attempt, error) {
            Ok(wait) => {
                tokio::time::sleep(wait).await;
                true
            }
            Err(_) => false,
        }
    }
}
