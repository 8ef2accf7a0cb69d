use std::net::IpAddr;

use url::{Host, Url};

use crate::FetchError;

/// Scheme, host and port: credentials meant for one are sent to no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin(url::Origin);

impl Origin {
    pub(crate) fn of(url: &Url) -> Self {
        Self(url.origin())
    }
}

/// An address as errors show it: without what may be a credential.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    wharf_model::sanitize(url.as_str()).into_owned()
}

/// Whether what is sent there can be read on the way.
pub(crate) fn is_plain_and_far(url: &Url) -> bool {
    url.scheme() != "https" && !is_loopback(url)
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// The address of a feed.
pub(crate) fn parse_url(feed: &str, text: &str) -> Result<Url, FetchError> {
    let wrong = |reason: &str| FetchError::Settings { feed: feed.to_owned(), reason: reason.to_owned() };
    // The address itself is not shown: it may hold a password.
    let url = Url::parse(text).map_err(|error| wrong(&format!("its address is not one: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("its address has to begin with https:// or http:// and a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("its address holds a user or a password: give them as the feed's credentials"));
    }
    Ok(url)
}
