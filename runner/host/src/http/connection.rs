use std::net::IpAddr;

use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use wasmtime_wasi_http::WasiBody;

use super::fault::Fault;
use super::stream::Stream;
use super::tasks::Tasks;

/// The most bytes that the headers of a message may have.
pub(super) const HEADER_BYTES: usize = 128 * 1024;

/// The most headers that a response may have.
const HEADERS: usize = 512;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    /// The server, at this address.
    Address(IpAddr),
    /// A proxy that looks the name up itself.
    Proxy,
}

/// An open connection to a server, or to a proxy for it.
pub(super) struct Connection {
    pub(super) peer: Peer,
    /// Set if the whole address is written into each request, as a proxy wants it for plain http.
    pub(super) absolute: Option<ProxyHeaders>,
    sender: Sender,
}

/// What each request through a proxy for plain http carries.
#[derive(Clone)]
pub(super) struct ProxyHeaders {
    pub(super) authorization: Option<HeaderValue>,
}

enum Sender {
    One(http1::SendRequest<WasiBody>),
    Two(http2::SendRequest<WasiBody>),
}

impl Connection {
    /// Begins to speak HTTP/1.1, or HTTP/2, over `stream`.
    pub(super) async fn begin(
        stream: Stream,
        http2: bool,
        peer: Peer,
        absolute: Option<ProxyHeaders>,
        host: &str,
        tasks: &Tasks,
    ) -> Result<Self, Fault> {
        let stream = TokioIo::new(stream);
        let failed = |error: hyper::Error| Fault::exchange(host, &error);
        let sender = if http2 {
            let (sender, connection) = http2::Builder::new(tasks.clone())
                .timer(TokioTimer::new())
                .max_header_list_size(HEADER_BYTES as u32)
                .handshake(stream)
                .await
                .map_err(failed)?;
            // Its errors reach the requests that are under way.
            tasks.spawn(async move { drop(connection.await) });
            Sender::Two(sender)
        } else {
            let (sender, connection) = http1::Builder::new()
                .max_headers(HEADERS)
                .max_header_size(HEADER_BYTES)
                .handshake(stream)
                .await
                .map_err(failed)?;
            tasks.spawn(async move { drop(connection.await) });
            Sender::One(sender)
        };
        Ok(Self { peer, absolute, sender })
    }

    pub(super) fn is_http2(&self) -> bool {
        matches!(self.sender, Sender::Two(_))
    }

    /// A second handle on the same connection, where requests may run beside each other.
    pub(super) fn shared(&self) -> Option<Self> {
        let Sender::Two(sender) = &self.sender else { return None };
        Some(Self { peer: self.peer, absolute: self.absolute.clone(), sender: Sender::Two(sender.clone()) })
    }

    pub(super) fn is_closed(&self) -> bool {
        match &self.sender {
            Sender::One(sender) => sender.is_closed(),
            Sender::Two(sender) => sender.is_closed(),
        }
    }

    /// Waits until the connection takes a request; whether it ever will.
    pub(super) async fn ready(&mut self) -> bool {
        match &mut self.sender {
            Sender::One(sender) => sender.ready().await.is_ok(),
            Sender::Two(sender) => sender.ready().await.is_ok(),
        }
    }

    /// Sends a request. The error gives it back if nothing of it was sent.
    pub(super) async fn send(
        &mut self,
        request: Request<WasiBody>,
    ) -> Result<Response<Incoming>, TrySendError<Request<WasiBody>>> {
        match &mut self.sender {
            Sender::One(sender) => sender.try_send_request(request).await,
            Sender::Two(sender) => sender.try_send_request(request).await,
        }
    }
}
