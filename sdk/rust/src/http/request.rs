use std::fmt;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::{Address, Response};
use crate::{Context, Error, ErrorCode, Result, sys};

/// Headers of a request that must not follow it to another origin, beside those that hold a secret.
const CREDENTIALS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// Where a request's body comes from; it can be read again after a redirect.
#[derive(Debug, Clone)]
enum Body {
    Bytes(Vec<u8>),
    File(PathBuf),
}

/// One hop of a request, as the host's interface takes it.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: &'a str,
    pub(crate) address: &'a Address,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: Option<Box<dyn Read>>,
    /// When the whole exchange must be over.
    pub(crate) deadline: Option<Instant>,
}

/// A request that is being put together.
///
/// ```
/// use std::time::Duration;
/// use wharf_step::{http, testing::Host};
///
/// let host = Host::new().http(|request| {
///     assert_eq!((request.method.as_str(), request.url.as_str()), ("PATCH", "https://api.example.com/v1/sites"));
///     assert_eq!(request.header("accept"), Some("application/json"));
///     Ok(wharf_step::testing::Reply::new(200).header("etag", "\"7\"").body("{\"id\":7}"))
/// });
/// host.enter(|| {
///     let answer = http::request("PATCH", "https://api.example.com/v1/sites")
///         .header("accept", "application/json")
///         .body("name=shop")
///         .timeout(Duration::from_secs(10))
///         .send()?
///         .check()?;                                  // a status of 400 or more becomes an error
///     assert_eq!(answer.header("ETag"), Some("\"7\""));
///     assert_eq!(answer.json::<serde_json::Value>()?["id"], 7);
///     Ok::<(), wharf_step::Error>(())
/// })?;
/// # Ok::<(), wharf_step::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Body>,
    redirects: u32,
    timeout: Option<Duration>,
    invalid: Option<Error>,
    /// A secret stands in the address.
    is_private: bool,
}

/// A request of any method. Redirects are followed up to ten times; there is no time limit but the step's own.
///
/// ```
/// use wharf_step::{http, testing::Host};
///
/// let host = Host::new().http(|request| Ok(if request.method == "HEAD" { 200 } else { 405 }.into()));
/// assert_eq!(host.enter(|| http::request("HEAD", "http://localhost/").send())?.status(), 200);
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn request(method: &str, url: &str) -> Request {
    Request {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: None,
        redirects: 10,
        timeout: None,
        invalid: None,
        is_private: false,
    }
}

impl Request {
    /// Adds a header. Where a secret's reference stands in the value, the host puts in the secret.
    pub fn header(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// Signs in with a token (RFC 6750), which may be a secret.
    pub fn bearer(self, token: impl fmt::Display) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Sends these bytes, whose type (`content-type`) is yours to say.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(Body::Bytes(body.into()));
        self
    }

    /// Sends a file of any size.
    ///
    /// ```
    /// use wharf_step::{files, http, testing::Host};
    ///
    /// let host = Host::new().http(|request| Ok(request.header("content-length").unwrap().into()));
    /// host.enter(|| {
    ///     std::fs::write(files::work().join("a.zip"), [0; 5000])?;
    ///     assert_eq!(http::put("http://store/a.zip").body_file(files::work().join("a.zip")).send()?.text()?, "5000");
    ///     Ok::<(), wharf_step::Error>(())
    /// })?;
    /// # Ok::<(), wharf_step::Error>(())
    /// ```
    pub fn body_file(mut self, path: impl AsRef<Path>) -> Self {
        self.body = Some(Body::File(path.as_ref().to_owned()));
        self
    }

    /// Sends a value as JSON, and says so.
    pub fn json(mut self, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.body = Some(Body::Bytes(bytes)),
            Err(error) => self.invalid = Some(Error::invalid(format!("the body is no JSON: {error}"))),
        }
        if !self.has_header("content-type") {
            self.headers.push(("content-type".into(), "application/json".into()));
        }
        self
    }

    /// The most time for the whole exchange: connecting, sending, and reading the answer to its end.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Says that a secret stands in the address: messages then name no more of it than scheme and host.
    ///
    /// ```
    /// use wharf_step::{http, testing::Host};
    ///
    /// let host = Host::new();
    /// let error = host.enter(|| http::get("https://hooks.example/t0ken").private_address(true).send().err());
    /// assert_eq!(error.unwrap().message(), "GET https://hooks.example/…: the step is not granted this address");
    /// ```
    pub fn private_address(mut self, is_private: bool) -> Self {
        self.is_private = is_private;
        self
    }

    /// How many redirects to follow; with 0 the redirect itself is the answer.
    ///
    /// ```
    /// use wharf_step::{http, testing::{Host, Reply}};
    ///
    /// let host = Host::new().http(|request| Ok(match request.url.as_str() {
    ///     "http://localhost/" => Reply::new(302).header("location", "/home"),
    ///     _ => Reply::new(200),
    /// }));
    /// let answer = host.enter(|| http::get("http://localhost/").send())?;
    /// assert_eq!((answer.status(), answer.url()), (200, "http://localhost/home"));
    /// assert_eq!(host.enter(|| http::get("http://localhost/").redirects(0).send())?.status(), 302);
    /// # Ok::<(), wharf_step::Error>(())
    /// ```
    pub fn redirects(mut self, most: u32) -> Self {
        self.redirects = most;
        self
    }

    /// Sends it and waits for the answer's head; its body is read afterwards. Every status is an answer, see
    /// [`Response::check`]. Code `denied` if the grant does not allow it, `transient` if the server cannot be reached
    /// or does not answer in time.
    pub fn send(mut self) -> Result<Response> {
        if let Some(error) = self.invalid.take() {
            return Err(error);
        }
        let mut address = Address::parse(&self.url)?;
        let deadline = self.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut followed = 0;
        loop {
            let answer = self.send_once(&address, deadline)?;
            let redirect = matches!(answer.status(), 301 | 302 | 303 | 307 | 308);
            let Some(location) = answer.header("location").filter(|_| redirect && self.redirects > 0) else {
                return Ok(answer);
            };
            if followed == self.redirects {
                return Err(Error::failed(format!("{} redirects more than {followed} times", self.shown(&address))));
            }
            followed += 1;
            let next = address.join(location)?;
            self.follow(answer.status(), address.origin() == next.origin());
            address = next;
        }
    }

    /// Changes the request as a redirect asks for it (RFC 9110, section 15.4).
    fn follow(&mut self, status: u16, same_origin: bool) {
        let becomes_get = match status {
            303 => self.method != "HEAD",
            301 | 302 => self.method == "POST",
            _ => false,
        };
        if becomes_get {
            "GET".clone_into(&mut self.method);
            self.body = None;
            self.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("content-"));
        }
        if !same_origin {
            self.headers.retain(|(name, value)| {
                !CREDENTIALS.contains(&name.to_ascii_lowercase().as_str()) && !value.contains("secret:")
            });
        }
    }

    fn send_once(&self, address: &Address, deadline: Option<Instant>) -> Result<Response> {
        let (body, length): (Option<Box<dyn Read>>, Option<u64>) = match &self.body {
            None => (None, matches!(self.method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE").then_some(0)),
            Some(Body::Bytes(bytes)) => (Some(Box::new(Cursor::new(bytes.clone()))), Some(bytes.len() as u64)),
            Some(Body::File(path)) => {
                let doing = || format!("cannot read the body from {}", path.display());
                let file = File::open(path).with_context(doing)?;
                let length = file.metadata().with_context(doing)?.len();
                (Some(Box::new(file)), Some(length))
            }
        };
        let mut headers = self.headers.clone();
        if let Some(length) = length.filter(|_| !self.has_header("content-length")) {
            headers.push(("content-length".into(), length.to_string()));
        }
        if !self.has_header("user-agent") {
            headers.push(("user-agent".into(), concat!("wharf-step/", env!("CARGO_PKG_VERSION")).into()));
        }
        let outgoing = Outgoing { method: &self.method, address, headers: &headers, body, deadline };
        let incoming =
            sys::send(outgoing).map_err(|error| explain(error, &self.method, address, &self.shown(address)))?;
        Ok(Response::new(address.text().to_owned(), self.shown(address), incoming))
    }

    /// What messages show of an address: not the query, in which keys stand now and then.
    fn shown(&self, address: &Address) -> String {
        if self.is_private {
            return format!("{}/…", address.origin());
        }
        address.text().split('?').next().unwrap_or_default().to_owned()
    }

    fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
    }
}

/// Names the request in the error, and for a refused one the line to add.
fn explain(error: Error, method: &str, address: &Address, url: &str) -> Error {
    let error = match error.code() {
        ErrorCode::Denied if !error.detail().contains_key("add") => {
            error.with_line_to_add(format!("allow: {{ http: [\"{}\"] }}", address.origin()))
        }
        _ => error,
    };
    error.context(format!("{method} {url}"))
}
