use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http_body_util::{BodyExt as _, Limited};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};

use crate::http::words_of;

/// Bytes of an error's body that are looked at.
const ERROR_BODY: usize = 64 * 1024;
/// A request may take this much longer for each byte that it carries: 32 KiB a second.
const NANOSECONDS_PER_BYTE: u64 = 1_000_000_000 / (32 * 1024);

/// What a server said when it refused: `object_store` keeps that to itself.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) words: String,
    pub(super) retry_after: Option<Duration>,
}

tokio::task_local! {
    static SAID: Arc<Mutex<Option<Said>>>;
}

/// Runs `work`, and answers what the server said last if it refused.
pub(super) async fn listening<T>(work: impl Future<Output = T>) -> (T, Option<Said>) {
    let said = Arc::new(Mutex::new(None));
    let done = SAID.scope(Arc::clone(&said), work).await;
    let said = said.lock().unwrap_or_else(PoisonError::into_inner).take();
    (done, said)
}

/// What the server said last in the work that is going on.
pub(super) fn said_last() -> Option<Said> {
    SAID.try_with(|said| said.lock().unwrap_or_else(PoisonError::into_inner).clone()).ok().flatten()
}

/// Lends the feed's HTTP client to `object_store`.
#[derive(Debug, Clone)]
pub(super) struct Service {
    client: HttpClient,
    idle: Duration,
}

impl Service {
    pub(super) fn new(client: reqwest::Client, idle: Duration) -> Self {
        Self { client: HttpClient::new(client), idle }
    }
}

impl HttpConnector for Service {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let carried = request.body().content_length() as u64;
        let patience = self.idle + Duration::from_nanos(carried.saturating_mul(NANOSECONDS_PER_BYTE));
        let answer = tokio::time::timeout(patience, self.client.execute(request)).await.map_err(|_| {
            let text = format!("no answer within {} ms (idle-timeout)", patience.as_millis());
            HttpError::new(HttpErrorKind::Timeout, io::Error::new(io::ErrorKind::TimedOut, text))
        })??;
        if answer.status().is_success() || answer.status().is_redirection() {
            return Ok(answer);
        }
        let (parts, body) = answer.into_parts();
        // Whether it says anything more is not important enough to fail in another way.
        let collected = tokio::time::timeout(self.idle, Limited::new(body, ERROR_BODY).collect()).await;
        let body = collected.ok().and_then(Result::ok).map(|body| body.to_bytes()).unwrap_or_default();
        let header = |name| parts.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        let said = Said {
            status: parts.status.as_u16(),
            words: words_of(header(CONTENT_TYPE).unwrap_or_default(), &String::from_utf8_lossy(&body)),
            retry_after: header(RETRY_AFTER).and_then(|text| text.trim().parse().ok()).map(Duration::from_secs),
        };
        let _ = SAID.try_with(|place| *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(said));
        Ok(HttpResponse::from_parts(parts, body.into()))
    }
}
