use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::client::reason;
use super::shown;
use crate::{ByteStream, FetchError, Limits};

/// The head of an answer, with its body still to come.
pub(crate) struct Answer {
    response: reqwest::Response,
    feed: Arc<str>,
    limits: Arc<Limits>,
    /// Whether an earlier attempt of the same request failed, and may yet have had its effect.
    retried: bool,
}

impl Answer {
    pub(super) fn new(response: reqwest::Response, feed: Arc<str>, limits: Arc<Limits>) -> Self {
        Self { response, feed, limits, retried: false }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    pub(super) fn after_failure(self, retried: bool) -> Self {
        Self { retried, ..self }
    }

    /// Whether an earlier attempt of the same request failed, and may yet have had its effect.
    pub(crate) fn is_retried(&self) -> bool {
        self.retried
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// Where the answer came from, after all redirects.
    pub(crate) fn url(&self) -> &Url {
        self.response.url()
    }

    /// The body of a package.
    pub(crate) fn stream(self, what: &str) -> ByteStream {
        let place = shown(self.url());
        let broken = Broken { feed: Arc::clone(&self.feed), place: place.clone(), what: what.to_owned() };
        let chunks = self.response.bytes_stream().map(move |chunk| chunk.map_err(|error| broken.error(&error)));
        watched(Box::pin(chunks), self.feed, self.limits, place, what.to_owned())
    }

    /// The body of a list or a manifest, of at most `max-listing` bytes.
    pub(crate) async fn bytes(self, what: &str) -> Result<Bytes, FetchError> {
        let (feed, limit) = (Arc::clone(&self.feed), self.limits.max_listing);
        let mut stream = self.stream(what);
        let mut all = BytesMut::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk?;
            if (all.len() + chunk.len()) as u64 > limit {
                let (feed, what) = (feed.to_string(), format!("the answer for {what}"));
                return Err(FetchError::TooLarge { feed, what, limit, unit: "bytes", name: "max-listing" });
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// As much of the body as there is, up to `limit` bytes.
    pub(super) async fn beginning(self, limit: u64) -> Vec<u8> {
        let mut stream = self.stream("its message");
        let mut all = Vec::new();
        while let Some(Ok(chunk)) = stream.next().await {
            all.extend_from_slice(&chunk);
            if all.len() as u64 >= limit {
                all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                break;
            }
        }
        all
    }
}

struct Broken {
    feed: Arc<str>,
    place: String,
    what: String,
}

impl Broken {
    fn error(&self, error: &reqwest::Error) -> FetchError {
        FetchError::Broken {
            feed: self.feed.to_string(),
            place: self.place.clone(),
            what: self.what.clone(),
            reason: reason(error),
        }
    }
}

/// The same stream, but it fails when fewer than `min-bytes` arrive in one `idle-timeout`.
pub(crate) fn watched(
    stream: Pin<Box<dyn Stream<Item = Result<Bytes, FetchError>> + Send>>,
    feed: Arc<str>,
    limits: Arc<Limits>,
    place: String,
    what: String,
) -> ByteStream {
    struct Watch {
        stream: ByteStream,
        limits: Arc<Limits>,
        /// When the current span ends.
        until: Instant,
        /// Bytes in it.
        seen: u64,
        silent: Box<dyn Fn() -> FetchError + Send>,
        over: bool,
    }
    let min_bytes = limits.min_bytes;
    let milliseconds = limits.idle_timeout.as_millis();
    let silent = Box::new(move || FetchError::Stalled {
        feed: feed.to_string(),
        place: place.clone(),
        what: what.clone(),
        min_bytes,
        milliseconds,
    });
    let until = Instant::now() + limits.idle_timeout;
    let watch = Watch { stream, limits, until, seen: 0, silent, over: false };
    Box::pin(stream::unfold(watch, |mut watch| async move {
        if watch.over {
            return None;
        }
        let chunk = match timeout_at(watch.until, watch.stream.next()).await {
            Ok(chunk) => chunk?,
            Err(_) => Err((watch.silent)()),
        };
        match &chunk {
            Err(_) => watch.over = true,
            Ok(chunk) => {
                watch.seen += chunk.len() as u64;
                if watch.seen >= watch.limits.min_bytes {
                    watch.seen = 0;
                    watch.until = Instant::now() + watch.limits.idle_timeout;
                }
            }
        }
        Some((chunk, watch))
    }))
}
