use std::error::Error as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use url::Url;

use super::body::Answer;
use super::origin::{Origin, is_plain_and_far, shown};
use super::tls;
use super::upload::Body;
use crate::{FeedSettings, FetchError, Limits, Secret};

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// What errors call it.
    pub(crate) what: String,
    pub(crate) headers: HeaderMap,
    /// Headers that go to the origin of `url` alone, wherever a redirect leads.
    pub(crate) secret: HeaderMap,
    pub(crate) body: Body,
    /// What an [`Authenticator`] is asked for.
    scope: Option<String>,
}

/// Answers challenges: for servers that hand out a token for each scope.
#[async_trait]
pub(crate) trait Authenticator: Send + Sync {
    /// What to send for a scope; none if nothing is known yet.
    fn header(&self, scope: &str) -> Option<HeaderValue>;

    /// After a 401 with these headers: whether there is something new to send.
    async fn challenged(&self, headers: &HeaderMap, scope: &str) -> Result<bool, FetchError>;
}

impl Ask {
    pub(crate) fn new(method: Method, url: Url, what: impl Into<String>) -> Self {
        let (headers, secret) = (HeaderMap::new(), HeaderMap::new());
        Self { method, url, what: what.into(), headers, secret, body: Body::Nothing, scope: None }
    }

    pub(crate) fn scope(mut self, scope: String) -> Self {
        self.scope = Some(scope);
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        // Values come from servers (entity tags) and from this crate; one that is no header value is not sent.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn secret(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.secret.insert(name, value);
        self
    }

    pub(crate) fn body(mut self, kind: &str, body: Body) -> Self {
        self.body = body;
        self.header(CONTENT_TYPE, kind)
    }
}

/// The HTTP side of one feed.
#[derive(Clone)]
pub(crate) struct Client {
    feed: Arc<str>,
    limits: Arc<Limits>,
    allow_plain_http: bool,
    /// What no message may hold.
    secrets: Arc<Mutex<Vec<Secret>>>,
    has_credentials: bool,
    /// Trusts nobody: for http, so that root certificates are loaded only when they are needed.
    plain: Arc<OnceLock<reqwest::Client>>,
    https: Arc<OnceLock<reqwest::Client>>,
    /// For http on this machine, where no proxy helps.
    local: Arc<OnceLock<reqwest::Client>>,
    authenticator: Option<Arc<dyn Authenticator>>,
}

impl Client {
    pub(crate) fn new(settings: &FeedSettings) -> Self {
        Self {
            feed: settings.name.as_str().into(),
            limits: Arc::new(settings.limits.clone()),
            allow_plain_http: settings.allow_plain_http,
            secrets: Arc::new(Mutex::new(settings.secrets())),
            has_credentials: !matches!(settings.credentials, crate::Credentials::None),
            plain: Arc::default(),
            https: Arc::default(),
            local: Arc::default(),
            authenticator: None,
        }
    }

    /// The same client, which trusts these roots alone.
    #[cfg(test)]
    pub(super) fn trusting(self, roots: rustls::RootCertStore) -> Self {
        let config = tls::with_roots(roots).expect("a configuration");
        let _ = self.https.set(build(&self.limits, &config, true).expect("a client"));
        self
    }

    /// The same client, which answers challenges.
    pub(crate) fn with_authenticator(self, authenticator: Arc<dyn Authenticator>) -> Self {
        Self { authenticator: Some(authenticator), ..self }
    }

    pub(crate) fn feed(&self) -> &str {
        &self.feed
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn shared_limits(&self) -> Arc<Limits> {
        Arc::clone(&self.limits)
    }

    /// `text` without any of the feed's secrets.
    pub(crate) fn hide(&self, text: &str) -> String {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().fold(text.to_owned(), |text, secret| secret.hide_in(&text))
    }

    /// Hides something more from now on.
    pub(crate) fn also_hide(&self, secret: Secret) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        if !secrets.contains(&secret) {
            secrets.push(secret);
        }
    }

    /// What to do about a 401 or a 403.
    pub(super) fn advice(&self, forbidden: bool) -> String {
        let feed = &self.feed;
        match (forbidden, self.has_credentials) {
            (false, false) => format!("give credentials for feed {feed}"),
            (false, true) => {
                format!("check the credentials of feed {feed}: they are wrong, expired or of another kind")
            }
            (true, false) => format!("give credentials for feed {feed} that may do this"),
            (true, true) => format!("the credentials of feed {feed} may not do this"),
        }
    }

    /// The library's client for such an address.
    pub(crate) fn inner(&self, url: &Url) -> Result<&reqwest::Client, FetchError> {
        let https = url.scheme() == "https";
        let local = !https && !is_plain_and_far(url);
        let cell = match (https, local) {
            (true, _) => &self.https,
            (false, true) => &self.local,
            (false, false) => &self.plain,
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let connect =
            |reason| FetchError::Connect { feed: self.feed.to_string(), place: shown(url), reason, transient: false };
        let trust = if https { tls::system() } else { tls::nobody() }.map_err(connect)?;
        let client = build(&self.limits, &trust, local).map_err(|error| connect(reason(&error)))?;
        Ok(cell.get_or_init(|| client))
    }

    /// One answer, whatever its status, after all redirects. One attempt.
    pub(crate) async fn send(&self, ask: &Ask) -> Result<Answer, FetchError> {
        let home = Origin::of(&ask.url);
        let (mut url, mut method, mut body) = (ask.url.clone(), ask.method.clone(), &ask.body);
        let (mut redirects, mut challenged) = (0, false);
        loop {
            let at_home = Origin::of(&url) == home;
            let answer = self.exchange(ask, &url, &method, body, at_home).await?;
            let status = answer.status();
            if status == StatusCode::UNAUTHORIZED
                && at_home
                && !challenged
                && let (Some(authenticator), Some(scope)) = (&self.authenticator, &ask.scope)
                && authenticator.challenged(answer.headers(), scope).await?
            {
                challenged = true;
                continue;
            }
            let Some(location) = location(&answer).filter(|_| leads_on(status)) else { return Ok(answer) };
            let target = location.map_err(|target| self.refused(&url, target, "it is no address"))?;
            redirects += 1;
            if redirects > self.limits.redirects {
                let (feed, place) = (self.feed.to_string(), shown(&ask.url));
                return Err(FetchError::TooManyRedirects { feed, place, limit: self.limits.redirects });
            }
            if !matches!(target.scheme(), "http" | "https") {
                return Err(self.refused(&url, shown(&target), "only http and https are followed"));
            }
            if url.scheme() == "https" && target.scheme() != "https" {
                return Err(self.refused(&url, shown(&target), "it leads from https to http"));
            }
            let keeps_method = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
            if !keeps_method && !matches!(method, Method::GET | Method::HEAD) {
                if status != StatusCode::SEE_OTHER {
                    return Err(self.refused(&url, shown(&target), "what was sent would be lost"));
                }
                (method, body) = (Method::GET, &Body::Nothing);
            }
            url = target;
        }
    }

    /// A success, or the error that the status means; with all attempts.
    pub(crate) async fn success(&self, ask: &Ask) -> Result<Answer, FetchError> {
        super::retrying(&self.limits, || self.success_once(ask)).await
    }

    /// A success, or the error that the status means; one attempt.
    pub(crate) async fn success_once(&self, ask: &Ask) -> Result<Answer, FetchError> {
        let answer = self.send(ask).await?;
        if answer.status().is_success() { Ok(answer) } else { Err(self.refusal(answer, &ask.what).await) }
    }

    /// An answer that is a success or `other`; with all attempts.
    pub(crate) async fn success_or(&self, ask: &Ask, other: &[StatusCode]) -> Result<Answer, FetchError> {
        let attempts = AtomicU64::new(0);
        super::retrying(&self.limits, || async {
            let retried = attempts.fetch_add(1, Ordering::Relaxed) > 0;
            let answer = self.send(ask).await?;
            let status = answer.status();
            let fine = status.is_success() || other.contains(&status);
            if fine { Ok(answer.after_failure(retried)) } else { Err(self.refusal(answer, &ask.what).await) }
        })
        .await
    }

    /// The whole body of a success, parsed.
    pub(crate) async fn json<T: serde::de::DeserializeOwned>(&self, ask: &Ask) -> Result<T, FetchError> {
        let bytes =
            super::retrying(&self.limits, || async { self.success_once(ask).await?.bytes(&ask.what).await }).await?;
        self.parse(ask, &bytes)
    }

    pub(crate) fn parse<T: serde::de::DeserializeOwned>(&self, ask: &Ask, bytes: &[u8]) -> Result<T, FetchError> {
        serde_json::from_slice(bytes).map_err(|error| self.nonsense(&ask.url, &ask.what, error.to_string()))
    }

    /// An answer that makes no sense.
    pub(crate) fn nonsense(&self, url: &Url, what: &str, reason: impl Into<String>) -> FetchError {
        FetchError::Answer {
            feed: self.feed.to_string(),
            place: shown(url),
            what: what.to_owned(),
            reason: reason.into(),
        }
    }

    fn refused(&self, url: &Url, target: String, reason: &'static str) -> FetchError {
        FetchError::Redirect { feed: self.feed.to_string(), place: shown(url), target, reason }
    }

    async fn exchange(
        &self,
        ask: &Ask,
        url: &Url,
        method: &Method,
        body: &Body,
        at_home: bool,
    ) -> Result<Answer, FetchError> {
        let mut headers = ask.headers.clone();
        if at_home {
            let mut secret = ask.secret.clone();
            let answer = self.authenticator.as_ref().zip(ask.scope.as_ref()).and_then(|(it, scope)| it.header(scope));
            secret.extend(answer.map(|answer| (AUTHORIZATION, answer)));
            if !secret.is_empty() && is_plain_and_far(url) && !self.allow_plain_http {
                return Err(FetchError::Insecure { feed: self.feed.to_string(), place: shown(url) });
            }
            headers.extend(secret);
        }
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("wharf/", env!("CARGO_PKG_VERSION"))));
        let sent = Arc::new(AtomicU64::new(0));
        let mut request = self.inner(url)?.request(method.clone(), url.clone());
        match body {
            Body::Nothing if matches!(*method, Method::PUT | Method::POST | Method::PATCH) => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
            }
            Body::Nothing => {
                headers.remove(CONTENT_TYPE);
            }
            Body::Bytes(bytes) => request = request.body(bytes.clone()),
            Body::File(upload) => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(upload.total()));
                request = request.body(reqwest::Body::wrap_stream(upload.stream(Arc::clone(&sent))));
            }
        }
        let answer = std::pin::pin!(request.headers(headers).send());
        let response = self.patiently(answer, url, ask, &sent).await?;
        Ok(Answer::new(response, Arc::clone(&self.feed), Arc::clone(&self.limits)))
    }

    /// Waits for the head of the answer, as long as something is being sent or the time is not over.
    async fn patiently(
        &self,
        mut answer: std::pin::Pin<&mut impl Future<Output = reqwest::Result<reqwest::Response>>>,
        url: &Url,
        ask: &Ask,
        sent: &AtomicU64,
    ) -> Result<reqwest::Response, FetchError> {
        // The time to connect is limited by itself; the first span covers both.
        let mut span = self.limits.idle_timeout + self.limits.connect_timeout;
        let mut before = 0;
        loop {
            match tokio::time::timeout(span, &mut answer).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(error)) => return Err(self.failure(&error, url, &ask.what)),
                Err(_) => {
                    let now = sent.load(Ordering::Relaxed);
                    if now < before + self.limits.min_bytes {
                        return Err(FetchError::Stalled {
                            feed: self.feed.to_string(),
                            place: shown(url),
                            what: ask.what.clone(),
                            min_bytes: self.limits.min_bytes,
                            milliseconds: self.limits.idle_timeout.as_millis(),
                        });
                    }
                    before = now;
                    span = self.limits.idle_timeout;
                }
            }
        }
    }

    /// What an error of the library means.
    fn failure(&self, error: &reqwest::Error, url: &Url, what: &str) -> FetchError {
        let (feed, place) = (self.feed.to_string(), shown(url));
        if error.is_connect() && error.is_timeout() {
            let reason =
                format!("no connection within {} ms (connect-timeout)", self.limits.connect_timeout.as_millis());
            return FetchError::Connect { feed, place, reason, transient: true };
        }
        if error.is_connect() {
            let reason = reason(error);
            // A certificate does not get better by asking again.
            let transient = !reason.contains("certificate");
            return FetchError::Connect { feed, place, reason, transient };
        }
        FetchError::Broken { feed, place, what: what.to_owned(), reason: reason(error) }
    }
}

fn build(limits: &Limits, trust: &rustls::ClientConfig, local: bool) -> reqwest::Result<reqwest::Client> {
    let builder = reqwest::Client::builder();
    let builder = if local { builder.no_proxy() } else { builder };
    builder
        .tls_backend_preconfigured(trust.clone())
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
        .connect_timeout(limits.connect_timeout)
        .build()
}

/// The innermost cause, which is what a person understands.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    let mut source = error.source();
    while let Some(inner) = source {
        cause = inner;
        source = inner.source();
    }
    let text = cause.to_string();
    wharf_model::sanitize(text.lines().next().unwrap_or_default()).into_owned()
}

fn leads_on(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    )
}

/// Where an answer leads, or the text that is no address.
fn location(answer: &Answer) -> Option<Result<Url, String>> {
    let text = answer.headers().get(LOCATION)?;
    let text = text.to_str().ok().map(str::to_owned).unwrap_or_default();
    Some(answer.url().join(&text).map_err(|_| wharf_model::sanitize(&text).chars().take(100).collect()))
}
