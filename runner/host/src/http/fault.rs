use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;
use wasmtime_wasi_http::Error;

/// Why a request got no answer: the code that the step sees, and the words for people.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: Error,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(error: Error, message: impl Into<String>) -> Self {
        Self { error, message: message.into() }
    }

    /// The host `name` was looked up in vain.
    pub(super) fn unknown_host(name: &str, reason: &str) -> Self {
        let reason = reason.strip_prefix("failed to lookup address information: ").unwrap_or(reason).to_lowercase();
        let message = format!("cannot look up the host {name}: {reason}");
        Self::new(Error::DnsError { rcode: Some(reason), info_code: None }, message)
    }

    /// A connection to `place` could not be made.
    pub(super) fn connect(place: &str, error: &io::Error) -> Self {
        let code = match error.kind() {
            io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
            io::ErrorKind::TimedOut => Error::ConnectionTimeout,
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::AddrNotAvailable => {
                Error::DestinationIpUnroutable
            }
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Error::ConnectionTerminated,
            _ => Error::DestinationUnavailable,
        };
        Self::new(code, format!("cannot connect to {place}: {}", without_number(error)))
    }

    /// The TLS handshake with `host` failed.
    pub(super) fn tls(host: &str, error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(rustls::Error::InvalidCertificate(reason)) => {
                let reason = match reason {
                    CertificateError::UnknownIssuer => "its issuer is not known to this machine".to_owned(),
                    CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
                    CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                        "it is not valid yet".to_owned()
                    }
                    other => other.to_string(),
                };
                Self::new(Error::TlsCertificateError, format!("the certificate of {host} is not trusted: {reason}"))
            }
            Some(rustls::Error::AlertReceived(alert)) => {
                let words = format!("{alert:?}");
                let code =
                    Error::TlsAlertReceived { alert_id: Some((*alert).into()), alert_message: Some(words.clone()) };
                Self::new(code, format!("{host} refused the TLS handshake: {words}"))
            }
            Some(other) => Self::new(Error::TlsProtocolError, format!("no TLS with {host}: {other}")),
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::new(Error::TlsProtocolError, format!("no TLS with {host}: it closed the connection"))
            }
            None => Self::new(Error::TlsProtocolError, format!("no TLS with {host}: {}", without_number(error))),
        }
    }

    /// The exchange with `host` failed before the head of the response was complete.
    pub(super) fn exchange(host: &str, error: &hyper::Error) -> Self {
        if error.is_parse_too_large() {
            return Self::new(
                Error::HttpResponseHeaderSectionSize(None),
                format!("the headers of the response of {host} are too long"),
            );
        }
        if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
            return Self::new(Error::ConnectionTerminated, format!("{host} closed the connection without an answer"));
        }
        if error.is_user() {
            // What a step can do wrong was refused before; what is left is a connection whose task has ended.
            return Self::new(Error::ConnectionTerminated, format!("the connection to {host} was closed"));
        }
        if error.is_parse() {
            return Self::new(Error::HttpProtocolError, format!("{host} does not speak HTTP: {error}"));
        }
        match io_cause(error) {
            Some(cause) if is_disconnect(cause) => Self::new(
                Error::ConnectionTerminated,
                format!("{host} closed the connection: {}", without_number(cause)),
            ),
            _ => Self::new(Error::HttpProtocolError, format!("the exchange with {host} failed: {}", with_cause(error))),
        }
    }
}

/// The code for an error in the middle of a response's body.
pub(super) fn response_body_error(error: &hyper::Error) -> Error {
    if error.is_timeout() {
        return Error::HttpResponseTimeout;
    }
    let cut_off =
        error.is_incomplete_message() || error.is_closed() || error.is_canceled() || error.is_body_write_aborted();
    if cut_off || io_cause(error).is_some_and(is_disconnect) {
        return Error::HttpResponseIncomplete;
    }
    Error::HttpProtocolError
}

fn is_disconnect(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
    )
}

fn io_cause(error: &hyper::Error) -> Option<&io::Error> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return Some(io);
        }
        cause = inner.source();
    }
    None
}

fn with_cause(error: &hyper::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// The system's words without ` (os error 111)`, in lower case.
fn without_number(error: &io::Error) -> String {
    let words = error.to_string();
    words.split(" (os error").next().unwrap_or(&words).to_lowercase()
}
