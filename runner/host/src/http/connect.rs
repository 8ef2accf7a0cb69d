use std::net::IpAddr;

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{Method, Request, StatusCode};
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use url::{Host, Url};
use wasmtime_wasi_http::Error;
use wharf_model::{AddressClass, Failure, FailureCode, HttpPolicy, classify_address};

use super::connection::{Connection, Peer, ProxyHeaders};
use super::dial::dial;
use super::environment::HttpEnvironment;
use super::fault::Fault;
use super::proxy::Proxy;
use super::refusals::Refusals;
use super::stream::Stream;
use super::tasks::Tasks;

/// Makes connections for the requests of one step.
pub(super) struct Connector {
    pub(super) policy: HttpPolicy,
    pub(super) environment: HttpEnvironment,
    pub(super) refusals: Refusals,
    pub(super) tasks: Tasks,
}

impl Connector {
    /// Connects for a request to `url`, which is allowed: looks the name up once, keeps the addresses that the policy
    /// accepts and connects to one of exactly those; or goes through the proxy that is set up for this name.
    pub(super) async fn connect(&self, url: &Url) -> Result<Connection, Fault> {
        match self.environment.proxies.of(url)? {
            None => self.connect_directly(url).await,
            Some(proxy) => {
                // The proxy looks names up itself; an address, however, is known here.
                if let Some(address) = literal_address(url) {
                    self.checked(url, vec![address])?;
                }
                if url.scheme() == "https" {
                    let tunnel = self.tunnel(url, &proxy).await?;
                    self.speak_tls(url, tunnel, Peer::Proxy).await
                } else {
                    let stream = self.reach(&proxy).await?;
                    let absolute = Some(ProxyHeaders { authorization: proxy.authorization.clone() });
                    Connection::begin(stream, false, Peer::Proxy, absolute, &proxy.place(), &self.tasks).await
                }
            }
        }
    }

    async fn connect_directly(&self, url: &Url) -> Result<Connection, Fault> {
        let (host, port) = (host_of(url)?, port_of(url));
        let found = match literal_address(url) {
            Some(address) => vec![address],
            None => self.look_up(host).await?,
        };
        let addresses = self.checked(url, found)?;
        let place = format!("{host}:{port}");
        let stream = dial(&addresses, port).await.map_err(|error| Fault::connect(&place, &error))?;
        let peer = stream.peer_addr().map_err(|error| Fault::connect(&place, &error))?;
        let peer = Peer::Address(peer.ip());
        if url.scheme() == "https" {
            self.speak_tls(url, Box::new(stream), peer).await
        } else {
            Connection::begin(Box::new(stream), false, peer, None, host, &self.tasks).await
        }
    }

    async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, Fault> {
        match self.environment.resolver.resolve(name).await {
            Ok(found) if !found.is_empty() => Ok(found),
            Ok(_) => Err(Fault::unknown_host(name, "it has no address")),
            Err(error) => Err(Fault::unknown_host(name, &error.to_string())),
        }
    }

    /// Those of the addresses to which a request to `url` may go; an error if there is none.
    fn checked(&self, url: &Url, found: Vec<IpAddr>) -> Result<Vec<IpAddr>, Fault> {
        let (allowed, refused): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|address| self.policy.allows_address(url, *address));
        if !allowed.is_empty() {
            return Ok(allowed);
        }
        let failure = refused_address(url, &refused);
        self.refusals.add(failure.clone());
        Err(Fault::new(Error::DestinationIpProhibited, failure.message))
    }

    /// A stream to the proxy itself. Its address is the operator's choice, not the step's, so no policy applies to it.
    async fn reach(&self, proxy: &Proxy) -> Result<Stream, Fault> {
        let addresses = match proxy.host.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => self.look_up(&proxy.host).await?,
        };
        let stream = dial(&addresses, proxy.port).await.map_err(|error| Fault::connect(&proxy.place(), &error))?;
        if proxy.tls {
            Ok(Box::new(self.environment.trust.connect(&proxy.host, Box::new(stream), false).await?))
        } else {
            Ok(Box::new(stream))
        }
    }

    /// A tunnel through the proxy to the server of `url`.
    async fn tunnel(&self, url: &Url, proxy: &Proxy) -> Result<Stream, Fault> {
        let place = format!("{}:{}", host_of(url)?, port_of(url));
        let stream = TokioIo::new(self.reach(proxy).await?);
        let failed = |error: hyper::Error| Fault::exchange(&proxy.place(), &error);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.map_err(failed)?;
        self.tasks.spawn(async move { drop(connection.with_upgrades().await) });
        let mut request = Request::builder().method(Method::CONNECT).uri(&place).header(HOST, &place);
        if let Some(authorization) = &proxy.authorization {
            request = request.header(PROXY_AUTHORIZATION, authorization);
        }
        let request = request
            .body(Empty::<Bytes>::new())
            .map_err(|_| Fault::new(Error::HttpRequestUriInvalid, format!("{place} cannot be reached by a proxy")))?;
        let response = sender.send_request(request).await.map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            let error = match status {
                StatusCode::PROXY_AUTHENTICATION_REQUIRED => Error::ConfigurationError,
                _ => Error::DestinationUnavailable,
            };
            return Err(Fault::new(error, format!("{} refused a tunnel to {place}: {status}", proxy.place())));
        }
        Ok(Box::new(TokioIo::new(hyper::upgrade::on(response).await.map_err(failed)?)))
    }

    async fn speak_tls(&self, url: &Url, stream: Stream, peer: Peer) -> Result<Connection, Fault> {
        let host = host_of(url)?;
        // The brackets of an IPv6 address belong to the URL, not to the address.
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let stream = self.environment.trust.connect(name, stream, true).await?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Connection::begin(Box::new(stream), http2, peer, None, host, &self.tasks).await
    }

    /// Whether a connection that was made for another request may serve one to `url`.
    pub(super) fn may_reuse(&self, url: &Url, peer: Peer) -> bool {
        match peer {
            Peer::Address(address) => self.policy.allows_address(url, address),
            Peer::Proxy => literal_address(url).is_none_or(|address| self.policy.allows_address(url, address)),
        }
    }
}

fn host_of(url: &Url) -> Result<&str, Fault> {
    url.host_str().ok_or_else(|| Fault::new(Error::HttpRequestUriInvalid, "the address has no host"))
}

fn port_of(url: &Url) -> u16 {
    url.port_or_known_default().unwrap_or_default()
}

fn literal_address(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// Why none of these addresses may be reached, and what would have to be granted.
fn refused_address(url: &Url, refused: &[IpAddr]) -> Failure {
    let origin = url.origin().ascii_serialization();
    let host = url.host_str().unwrap_or_default();
    let Some(address) = refused.first() else {
        return Failure::new(FailureCode::Denied, format!("the host {host} has no address"));
    };
    let grant = |origin: &str| format!("allow: {{ http: [\"{origin}\"] }}");
    match classify_address(*address) {
        AddressClass::Private => Failure::denied(
            format!("{host} is the private address {address}, which a wildcard does not grant"),
            grant(&origin),
        ),
        AddressClass::Metadata => {
            let mut named = url.clone();
            let message = format!("{host} is {address}, a cloud's metadata service, which only its own address grants");
            match named.set_ip_host(*address) {
                Ok(()) => Failure::denied(message, grant(&named.origin().ascii_serialization())),
                Err(()) => Failure::new(FailureCode::Denied, message),
            }
        }
        AddressClass::Unusable => {
            Failure::new(FailureCode::Denied, format!("{host} is {address}, an address that no server has"))
        }
        AddressClass::Public => Failure::denied(format!("{host} is not granted"), grant(&origin)),
    }
}
