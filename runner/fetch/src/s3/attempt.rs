use std::error::Error as _;
use std::future::Future;

use object_store::Error;

use super::feed::S3Feed;
use super::service::{Said, listening};
use crate::FetchError;
use crate::http::retrying;

/// What a store answers that is no failure.
pub(super) enum Outcome<T> {
    Done(T),
    NotFound,
    /// A condition did not hold: something is there, or something else than expected.
    Taken,
}

impl S3Feed {
    /// Tries until it works or cannot.
    pub(super) async fn retried<T, F: Future<Output = object_store::Result<T>>>(
        &self,
        what: &str,
        mut work: impl FnMut() -> F,
    ) -> Result<Outcome<T>, FetchError> {
        retrying(&self.settings.limits, || self.once(what, work())).await
    }

    /// Tries once.
    pub(super) async fn once<T>(
        &self,
        what: &str,
        work: impl Future<Output = object_store::Result<T>>,
    ) -> Result<Outcome<T>, FetchError> {
        match listening(work).await {
            (Ok(done), _) => Ok(Outcome::Done(done)),
            // A bucket that is not there is no package that is not there.
            (Err(error @ Error::NotFound { .. }), said) => match said {
                Some(said) if said.words.contains("bucket") => Err(self.failure(what, &error, Some(said))),
                _ => Ok(Outcome::NotFound),
            },
            (Err(Error::AlreadyExists { .. } | Error::Precondition { .. }), _) => Ok(Outcome::Taken),
            (Err(error), said) => Err(self.failure(what, &error, said)),
        }
    }

    /// What an error of the library means, with what the server said.
    pub(super) fn failure(&self, what: &str, error: &Error, said: Option<Said>) -> FetchError {
        let (feed, place, what) = (self.settings.name.clone(), self.shown.clone(), what.to_owned());
        let hide = |text: &str| self.client.hide(text);
        if let Some(Said { status, words, retry_after }) = said {
            let words = hide(&words);
            let name = &self.settings.name;
            return match status {
                401 => {
                    let advice = format!("check the access key and the secret key of feed {name}");
                    FetchError::Unauthorized { feed, place, what, words, advice }
                }
                403 => {
                    let advice =
                        format!("check the access key and the secret key of feed {name}, and what they may do");
                    FetchError::Forbidden { feed, place, what, words, advice }
                }
                404 => FetchError::NotFound { feed, what, place, hint: words.replacen(": ", "; the server says: ", 1) },
                _ => FetchError::Status { feed, place, what, status, words, retry_after },
            };
        }
        let mut cause: &dyn std::error::Error = error;
        let mut source = error.source();
        while let Some(inner) = source {
            cause = inner;
            source = inner.source();
        }
        let reason = hide(&wharf_model::sanitize(&cause.to_string()));
        FetchError::Broken { feed, place, what, reason }
    }
}
