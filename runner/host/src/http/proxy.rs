use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

use super::fault::Fault;
use wasmtime_wasi_http::Error;

/// Which requests go through which proxy.
pub struct Proxies {
    matcher: Matcher,
}

/// A proxy for one request.
#[derive(Clone)]
pub(super) struct Proxy {
    pub(super) host: String,
    pub(super) port: u16,
    /// Whether one speaks TLS with the proxy itself.
    pub(super) tls: bool,
    pub(super) authorization: Option<HeaderValue>,
}

impl Proxies {
    /// Those that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name, or the same in lower case.
    pub fn from_env() -> Self {
        Self { matcher: Matcher::from_env() }
    }

    /// None at all.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Self { matcher: Matcher::builder().build() }
    }

    /// One proxy for everything but the names in `no_proxy`, which has the form of `NO_PROXY`.
    #[cfg(test)]
    pub(super) fn all(proxy: &str, no_proxy: &str) -> Self {
        Self { matcher: Matcher::builder().all(proxy).no(no_proxy).build() }
    }

    /// The proxy for a request to `url`. The machine itself is never behind a proxy.
    pub(super) fn of(&self, url: &Url) -> Result<Option<Proxy>, Fault> {
        if is_this_machine(url) {
            return Ok(None);
        }
        let Some(found) = url.as_str().parse::<Uri>().ok().and_then(|uri| self.matcher.intercept(&uri)) else {
            return Ok(None);
        };
        let uri = found.uri();
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            other => {
                return Err(Fault::new(
                    Error::ConfigurationError,
                    format!(
                        "the proxy {}://{} cannot be used: only http and https proxies can",
                        other.unwrap_or_default(),
                        uri.authority().map_or("", |authority| authority.as_str())
                    ),
                ));
            }
        };
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Ok(Some(Proxy { host, port, tls, authorization: found.basic_auth().cloned() }))
    }
}

impl Proxy {
    /// As messages name it.
    pub(super) fn place(&self) -> String {
        format!("the proxy {}:{}", self.host, self.port)
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
