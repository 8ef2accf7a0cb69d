use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

/// What a step and its helpers answer: `Result` alone is `Result<(), Error>`.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// What kind of trouble an [`Error`] tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// What the user wrote is wrong; trying again cannot help.
    Invalid,
    /// A power was not granted.
    Denied,
    /// Granted, but not in plan mode.
    Withheld,
    /// A value that only the run can know.
    NotYetKnown,
    /// What was named does not exist.
    NotFound,
    /// Trying again later may help: the `retry` of a step applies to this code only.
    Transient,
    /// A limit of the host was reached.
    Limit,
    /// The run was cancelled, or the step's time is up.
    Cancelled,
    /// The step did what it could and failed; trying again would fail in the same way.
    Failed,
    /// Anything else.
    Other,
}

/// Why a step failed, or why a helper could not do what it was asked for.
///
/// Every [`std::error::Error`] becomes one with `?`; those of files and of connections get the code that fits.
/// (Like `anyhow::Error` it is no `std::error::Error` itself, so that this is possible.)
///
/// ```
/// use std::time::Duration;
/// use wharf_step::prelude::*;
///
/// fn check(port: u32) -> Result {
///     if port > 65_535 {
///         return Err(Error::invalid(format!("port {port} does not exist")).with_input("/port"));
///     }
///     Err(Error::transient("the service is still starting").with_retry_after(Duration::from_secs(5)))
/// }
/// assert_eq!(check(70_000).unwrap_err().to_string(), "port 70000 does not exist");
/// assert_eq!(check(80).unwrap_err().code(), ErrorCode::Transient);
/// ```
#[derive(Clone, PartialEq)]
pub struct Error {
    code: ErrorCode,
    message: String,
    detail: Map<String, Value>,
}

impl Error {
    /// An error of any code. `message` is one sentence in lower case that names the thing and what to do.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: Map::new() }
    }

    /// What the user wrote is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Invalid, message)
    }

    /// A power is missing.
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Denied, message)
    }

    /// What was named does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, message)
    }

    /// Trying again later may help.
    pub fn transient(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Transient, message)
    }

    /// A limit was reached.
    pub fn limit(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Limit, message)
    }

    /// The run was cancelled.
    pub fn cancelled(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Cancelled, message)
    }

    /// The step did what it could and failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Failed, message)
    }

    /// Anything else.
    pub fn other(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Other, message)
    }

    /// The same, and which input is meant, as a JSON pointer: `/url`.
    #[must_use]
    pub fn with_input(self, pointer: impl Into<String>) -> Self {
        self.with("input", Value::from(pointer.into()))
    }

    /// The same, and what to do about it.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        self.with("help", Value::from(help.into()))
    }

    /// The same, and the line to add to the process file.
    #[must_use]
    pub fn with_line_to_add(self, line: impl Into<String>) -> Self {
        self.with("add", Value::from(line.into()))
    }

    /// The same, and when trying again is worth it.
    #[must_use]
    pub fn with_retry_after(self, wait: Duration) -> Self {
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.with("retry-after-ms", Value::from(milliseconds))
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.detail.insert(key.to_owned(), value);
        self
    }

    /// The same error behind what was being done: `cannot read the list: no such file`.
    #[must_use]
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }

    /// What kind of trouble it is.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The detail: an object of `wit/schemas/error-detail.schema.json`.
    pub fn detail(&self) -> &Map<String, Value> {
        &self.detail
    }

    /// Wraps the error for a place where only an [`std::io::Error`] may pass; `?` unwraps it again.
    pub fn into_io(self) -> std::io::Error {
        std::io::Error::other(Carried(self))
    }

    #[cfg(target_family = "wasm")]
    pub(crate) fn from_contract(code: ErrorCode, message: String, detail: &str) -> Self {
        let detail = serde_json::from_str(detail).unwrap_or_default();
        Self { code, message, detail }
    }
}

/// The sentence.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The code and the sentence, so that `unwrap` in a test says both.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.code, self.message)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, " {}", Value::Object(self.detail.clone())) }
    }
}

/// An [`Error`] on its way through an interface that only knows [`std::io::Error`].
#[derive(Debug)]
struct Carried(Error);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Carried {}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        let error: Box<dyn std::error::Error + Send + Sync> = Box::new(error);
        match error.downcast::<std::io::Error>() {
            Ok(error) => from_io(*error),
            Err(error) => Self::failed(error.to_string()),
        }
    }
}

fn from_io(error: std::io::Error) -> Error {
    use std::io::ErrorKind as Kind;
    let code = match error.kind() {
        Kind::NotFound => ErrorCode::NotFound,
        Kind::QuotaExceeded | Kind::FileTooLarge => ErrorCode::Limit,
        Kind::ConnectionRefused
        | Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::NotConnected
        | Kind::BrokenPipe
        | Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::NetworkDown
        | Kind::TimedOut
        | Kind::WouldBlock
        | Kind::Interrupted
        | Kind::ResourceBusy => ErrorCode::Transient,
        Kind::InvalidInput | Kind::InvalidFilename => ErrorCode::Invalid,
        _ => ErrorCode::Failed,
    };
    // `denied` is the host's own word, which puts it in the place of `failed` where it has refused something itself.
    let help = match error.kind() {
        Kind::PermissionDenied => Some("look at the owner and the permissions of the file and of its directories"),
        Kind::ReadOnlyFilesystem => Some("the file system is mounted read-only: choose another place"),
        Kind::NotADirectory => Some("a part of the path is a file: move it away, or choose another place"),
        Kind::StorageFull | Kind::QuotaExceeded => Some("make room, or choose another place"),
        _ => None,
    };
    let message = sentence(&error);
    match error.into_inner().map(|inner| inner.downcast::<Carried>()) {
        Some(Ok(carried)) => carried.0,
        _ => {
            let error = Error::new(code, message);
            match help {
                Some(help) => error.with_help(help),
                None => error,
            }
        }
    }
}

/// The system's words without its number, in lower case: `no such file or directory`.
fn sentence(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        // A word such as `EOF` keeps its capitals.
        Some(first) if letters.clone().next().is_none_or(|second| !second.is_uppercase()) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// Says what was being done when something went wrong.
///
/// ```
/// use wharf_step::prelude::*;
///
/// fn read() -> Result<String> {
///     std::fs::read_to_string("/no/such/file").context("cannot read the list of sites")
/// }
/// let error = read().unwrap_err();
/// assert_eq!(error.code(), ErrorCode::NotFound);
/// assert_eq!(error.to_string(), "cannot read the list of sites: no such file or directory");
///
/// let first: Option<&str> = None;
/// assert_eq!(first.context("the list is empty").unwrap_err().to_string(), "the list is empty");
/// ```
pub trait Context<T> {
    /// Puts `doing` and a colon before the message.
    fn context(self, doing: impl fmt::Display) -> Result<T>;

    /// The same with a text that is only made when it is needed.
    fn with_context<D: fmt::Display>(self, doing: impl FnOnce() -> D) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for std::result::Result<T, E> {
    fn context(self, doing: impl fmt::Display) -> Result<T> {
        self.map_err(|error| error.into().context(doing))
    }

    fn with_context<D: fmt::Display>(self, doing: impl FnOnce() -> D) -> Result<T> {
        self.map_err(|error| error.into().context(doing()))
    }
}

/// Nothing there is an error of code `not-found`.
impl<T> Context<T> for Option<T> {
    fn context(self, doing: impl fmt::Display) -> Result<T> {
        self.ok_or_else(|| Error::not_found(doing.to_string()))
    }

    fn with_context<D: fmt::Display>(self, doing: impl FnOnce() -> D) -> Result<T> {
        self.ok_or_else(|| Error::not_found(doing().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error as IoError, ErrorKind};

    use super::*;

    #[test]
    fn the_systems_refusals_are_failures_with_help() {
        for kind in [
            ErrorKind::PermissionDenied,
            ErrorKind::ReadOnlyFilesystem,
            ErrorKind::NotADirectory,
            ErrorKind::StorageFull,
        ] {
            let error = Err::<(), _>(IoError::from(kind)).context("cannot write /srv/a").expect_err("it is one");
            assert_eq!(error.code(), ErrorCode::Failed, "{kind}");
            assert!(
                error.message().starts_with("cannot write /srv/a: ") && error.detail().contains_key("help"),
                "{kind}"
            );
        }
        let carried = Error::from(Error::denied("the step may not read it").into_io());
        assert_eq!(carried.code(), ErrorCode::Denied, "the host's own word stays");
    }
}
