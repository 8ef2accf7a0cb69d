use std::io::{self, Read};
use std::time::{Duration, Instant};

use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode as HttpError, Fields, FutureIncomingResponse, IncomingBody, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme, http_error_code,
};
use wasip2::io::poll::{Pollable, poll};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

use crate::http::{Incoming, Outgoing};
use crate::{Context, Error, Result};

const CHUNK: usize = 64 * 1024;

pub(crate) fn send(outgoing: Outgoing<'_>) -> Result<Incoming> {
    let deadline = outgoing.deadline;
    let request = prepare(&outgoing)?;
    // A body is only asked for where there is one: the host would announce one of unknown length.
    let body = match outgoing.body {
        Some(from) => Some((from, request.body().map_err(|()| Error::other("the request has no body to write"))?)),
        None => None,
    };
    // The handler first: only then somebody takes what is written into the body.
    let answer = outgoing_handler::handle(request, options(deadline)?).map_err(|code| explain(&code))?;
    let mut unwritten = None;
    if let Some((from, body)) = body {
        match write(from, &body, deadline) {
            Ok(()) => unwritten = OutgoingBody::finish(body, None).err().map(|code| explain(&code)),
            Err(Unwritten::Refused(error)) => unwritten = error,
            Err(Unwritten::Unreadable(error)) => return Err(error),
        }
    }
    // A server may answer before it has read everything; only without an answer the unwritten body is the error.
    receive(&answer, deadline).map_err(|error| unwritten.unwrap_or(error))
}

fn prepare(outgoing: &Outgoing<'_>) -> Result<OutgoingRequest> {
    let headers = Fields::new();
    for (name, value) in outgoing.headers {
        let refused =
            |_| Error::invalid(format!("the header `{name}` cannot be sent: its name or its value is not allowed"));
        headers.append(name, value.as_bytes()).map_err(refused)?;
    }
    let method = match outgoing.method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    };
    let address = outgoing.address;
    let scheme = if address.is_https() { Scheme::Https } else { Scheme::Http };
    let request = OutgoingRequest::new(headers);
    let set = request
        .set_method(&method)
        .and_then(|()| request.set_scheme(Some(&scheme)))
        .and_then(|()| request.set_authority(Some(address.authority())))
        .and_then(|()| request.set_path_with_query(Some(&address.path_and_query())));
    set.map_err(|()| Error::invalid(format!("`{} {}` is not a request", outgoing.method, address.text())))?;
    Ok(request)
}

fn options(deadline: Option<Instant>) -> Result<Option<RequestOptions>> {
    let Some(deadline) = deadline else { return Ok(None) };
    let left = u64::try_from(left(deadline)?.as_nanos()).unwrap_or(u64::MAX);
    let options = RequestOptions::new();
    // A host may not know one of them; the deadline is kept here as well.
    let _ = options.set_connect_timeout(Some(left));
    let _ = options.set_first_byte_timeout(Some(left));
    let _ = options.set_between_bytes_timeout(Some(left));
    Ok(Some(options))
}

/// Why a request's body was not written to its end.
enum Unwritten {
    /// The source of the body failed.
    Unreadable(Error),
    /// The host took no more of it.
    Refused(Option<Error>),
}

fn write(mut from: Box<dyn Read>, body: &OutgoingBody, deadline: Option<Instant>) -> Result<(), Unwritten> {
    let stream = body.write().map_err(|()| Unwritten::Refused(None))?;
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Unwritten::Unreadable(Error::from(error).context("cannot read the body"))),
        };
        let mut rest = &buffer[..count];
        while !rest.is_empty() {
            let ready = room(&stream, deadline)?.min(rest.len());
            stream.write(&rest[..ready]).map_err(refused)?;
            rest = &rest[ready..];
        }
    }
    stream.flush().map_err(refused)?;
    room(&stream, deadline).map(|_| ())
}

/// Waits until the stream takes something, and answers how much.
fn room(stream: &OutputStream, deadline: Option<Instant>) -> Result<usize, Unwritten> {
    loop {
        match stream.check_write().map_err(refused)? {
            0 => wait(&stream.subscribe(), deadline).map_err(|error| Unwritten::Refused(Some(error)))?,
            room => return Ok(usize::try_from(room).unwrap_or(usize::MAX)),
        }
    }
}

fn refused(error: StreamError) -> Unwritten {
    Unwritten::Refused(match error {
        StreamError::Closed => None,
        StreamError::LastOperationFailed(error) => Some(match http_error_code(&error) {
            Some(code) => explain(&code),
            None => Error::transient(error.to_debug_string()),
        }),
    })
}

fn receive(answer: &FutureIncomingResponse, deadline: Option<Instant>) -> Result<Incoming> {
    let answer = loop {
        match answer.get() {
            Some(answer) => break answer.map_err(|()| Error::other("the answer was already taken"))?,
            None => wait(&answer.subscribe(), deadline)?,
        }
    };
    let answer = answer.map_err(|code| explain(&code))?;
    let headers = answer.headers().entries().into_iter();
    let headers = headers.map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned())).collect();
    let body = answer.consume().map_err(|()| Error::other("the answer's body was already taken"))?;
    let stream = body.stream().map_err(|()| Error::other("the answer's body was already taken"))?;
    let reader = BodyReader { stream, _body: body, deadline, rest: Vec::new(), at: 0 };
    Ok(Incoming { status: answer.status(), headers, body: Box::new(reader) })
}

/// Reads an answer's body. The stream is declared first: it must be dropped before the body that it belongs to.
struct BodyReader {
    stream: InputStream,
    _body: IncomingBody,
    deadline: Option<Instant>,
    rest: Vec<u8>,
    at: usize,
}

impl Read for BodyReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.rest.len() {
            match self.stream.read(CHUNK as u64) {
                Ok(bytes) if bytes.is_empty() => {
                    wait(&self.stream.subscribe(), self.deadline).map_err(Error::into_io)?;
                }
                Ok(bytes) => (self.rest, self.at) = (bytes, 0),
                Err(StreamError::Closed) => return Ok(0),
                Err(StreamError::LastOperationFailed(error)) => {
                    let error = match http_error_code(&error) {
                        Some(code) => explain(&code),
                        None => Error::transient(error.to_debug_string()),
                    };
                    return Err(error.into_io());
                }
            }
        }
        let count = buffer.len().min(self.rest.len() - self.at);
        buffer[..count].copy_from_slice(&self.rest[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

fn wait(ready: &Pollable, deadline: Option<Instant>) -> Result {
    let Some(deadline) = deadline else {
        ready.block();
        return Ok(());
    };
    let left = u64::try_from(left(deadline)?.as_nanos()).unwrap_or(u64::MAX);
    let alarm = subscribe_duration(left);
    poll(&[ready, &alarm]);
    Ok(())
}

fn left(deadline: Instant) -> Result<Duration> {
    deadline
        .checked_duration_since(Instant::now())
        .filter(|left| !left.is_zero())
        .ok_or_else(|| Error::transient("no answer in time"))
        .context("the request took too long")
}

/// What the host's word for a failed request means for a step.
fn explain(code: &HttpError) -> Error {
    use HttpError as E;
    match code {
        E::HttpRequestDenied => Error::denied("the step is not granted this address"),
        E::DestinationIpProhibited => {
            Error::denied("the host's name leads to an address that is private or otherwise closed to steps")
        }
        E::DnsTimeout => Error::transient("the host's name could not be resolved in time"),
        E::DnsError(payload) => Error::transient(match &payload.rcode {
            Some(code) => format!("the host's name could not be resolved ({code})"),
            None => "the host's name could not be resolved".to_owned(),
        }),
        E::DestinationNotFound => Error::transient("there is no host of this name"),
        E::DestinationUnavailable | E::DestinationIpUnroutable => Error::transient("the host cannot be reached"),
        E::ConnectionRefused => Error::transient("the connection was refused"),
        E::ConnectionTerminated => Error::transient("the connection was closed before the answer was complete"),
        E::ConnectionTimeout => Error::transient("the connection was not made in time"),
        E::ConnectionReadTimeout | E::HttpResponseTimeout => Error::transient("the server did not answer in time"),
        E::ConnectionWriteTimeout => Error::transient("the server did not take the request in time"),
        E::HttpResponseIncomplete => Error::transient("the answer ended too early"),
        E::ConnectionLimitReached => Error::limit("too many requests are under way at once"),
        E::HttpRequestBodySize(size) => Error::limit(with_size("the request's body is too large", *size)),
        E::HttpResponseBodySize(size) => Error::limit(with_size("the answer's body is too large", *size)),
        E::TlsCertificateError => Error::failed("the server's certificate is not trusted"),
        E::TlsProtocolError => Error::failed("no encrypted connection could be agreed on"),
        E::TlsAlertReceived(payload) => Error::failed(match &payload.alert_message {
            Some(alert) => format!("the server ended the encrypted connection: {alert}"),
            None => "the server ended the encrypted connection".to_owned(),
        }),
        E::HttpRequestMethodInvalid => Error::invalid("the method is not allowed"),
        E::HttpRequestUriInvalid | E::HttpRequestUriTooLong => Error::invalid("the address is not allowed"),
        E::InternalError(Some(message)) => Error::failed(message.clone()),
        E::LoopDetected => Error::failed("a proxy found a loop"),
        E::ConfigurationError => Error::failed("the host is not set up for this request"),
        E::HttpUpgradeFailed => Error::failed("the server asks for another protocol"),
        _ => Error::failed("the exchange broke the rules of HTTP"),
    }
}

fn with_size(message: &str, size: Option<u64>) -> String {
    match size {
        Some(size) => format!("{message} ({size} bytes)"),
        None => message.to_owned(),
    }
}
