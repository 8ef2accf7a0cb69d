use std::fmt;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::files::Replacement;
use crate::{Context, Error, Result};

/// An answer as it comes from the host's interface.
pub(crate) struct Incoming {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Box<dyn Read>,
}

/// An answer. Its body is read once, by one of the methods or through [`Read`].
pub struct Response {
    url: String,
    /// What messages show of it.
    shown: String,
    incoming: Incoming,
}

impl Response {
    pub(crate) fn new(url: String, shown: String, incoming: Incoming) -> Self {
        Self { url, shown, incoming }
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.incoming.status
    }

    /// The address that answered: after redirects, the last one.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What messages may show of the address: not its query, and no more than scheme and host if a secret stands in it
    /// ([`Request::private_address`](super::Request::private_address)).
    pub fn shown_url(&self) -> &str {
        &self.shown
    }

    /// All headers in the order received. Bytes that are not UTF-8 are replaced.
    pub fn headers(&self) -> &[(String, String)] {
        &self.incoming.headers
    }

    /// The first header of this name, compared without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.incoming.headers.iter();
        headers.find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A status of 400 or more becomes an error: `transient` where trying again may help (408, 425, 429 and 5xx, with
    /// `retry-after` if the server says it), `failed` otherwise.
    ///
    /// ```
    /// use wharf_step::{http, testing::{Host, Reply}, ErrorCode};
    ///
    /// let host = Host::new().http(|_| Ok(Reply::new(503).header("retry-after", "2").body("busy")));
    /// let error = host.enter(|| http::get("http://localhost/a").send()?.check()).unwrap_err();
    /// assert_eq!(error.code(), ErrorCode::Transient);
    /// assert_eq!(error.to_string(), "http://localhost/a answers 503: busy");
    /// assert_eq!(error.detail()["retry-after-ms"], 2000);
    /// ```
    pub fn check(mut self) -> Result<Self> {
        let status = self.status();
        if status < 400 {
            return Ok(self);
        }
        let mut start = Vec::new();
        // What the server says is a help only; without it the status must do.
        let _ = self.by_ref().take(300).read_to_end(&mut start);
        let said = String::from_utf8_lossy(&start);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let url = &self.shown;
        let colon = if said.is_empty() { "" } else { ": " };
        let message = format!("{url} answers {status}{colon}{said}");
        if !matches!(status, 408 | 425 | 429 | 500..) {
            return Err(Error::failed(message));
        }
        let wait = self.header("retry-after").and_then(|seconds| seconds.trim().parse().ok());
        Err(match wait {
            Some(seconds) => Error::transient(message).with_retry_after(Duration::from_secs(seconds)),
            None => Error::transient(message),
        })
    }

    /// The whole body as text (UTF-8).
    pub fn text(self) -> Result<String> {
        let url = self.shown.clone();
        String::from_utf8(self.bytes()?).map_err(|_| Error::failed(format!("the answer of {url} is not UTF-8")))
    }

    /// The whole body.
    pub fn bytes(mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes).with_context(|| format!("cannot read the answer of {}", self.shown))?;
        Ok(bytes)
    }

    /// The whole body, from JSON.
    pub fn json<T: DeserializeOwned>(self) -> Result<T> {
        let url = self.shown.clone();
        let bytes = self.bytes()?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Error::failed(format!("the answer of {url} is not the JSON that was expected: {error}")))
    }

    /// Writes the body, of any size, into a file, which has its old or its new content at any time and is left alone if
    /// that is the same. Answers the number of bytes.
    ///
    /// ```
    /// use wharf_step::{files, http, testing::Host};
    ///
    /// let host = Host::new().http(|_| Ok("content".into()));
    /// host.enter(|| {
    ///     let path = files::work().join("download");
    ///     assert_eq!(http::get("http://localhost/file").send()?.check()?.save_to(&path)?, 7);
    ///     assert_eq!(std::fs::read(path)?, b"content");
    ///     Ok::<(), wharf_step::Error>(())
    /// })?;
    /// # Ok::<(), wharf_step::Error>(())
    /// ```
    pub fn save_to(mut self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        let mut file = Replacement::new(path, None)?;
        let doing = || format!("cannot save the answer of {} to {}", self.shown, path.display());
        let count = io::copy(&mut self.incoming.body, &mut file).with_context(doing)?;
        file.commit_if_different()?;
        Ok(count)
    }
}

impl Read for Response {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.incoming.body.read(buffer)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.incoming.status, self.shown)
    }
}
