use fluent_uri::{Uri, UriRef};

use crate::{Error, Result};

/// An absolute `http` or `https` address (RFC 3986), in the parts that `wasi:http` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    uri: Uri<String>,
}

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let uri = Uri::parse(text)
            .map_err(|error| {
                let place = text.get(..error.index()).unwrap_or(text).chars().count() + 1;
                let shown = shown(text);
                Error::invalid(format!("{shown} is not an address: it cannot be read from character {place} on"))
                    .with_help("write `http://` or `https://`, the host, and the path with spaces and the like percent-encoded")
            })?
            .to_owned();
        Self::of(uri)
    }

    fn of(uri: Uri<String>) -> Result<Self> {
        let scheme = uri.scheme().as_str().to_ascii_lowercase();
        let Some(authority) = uri.authority().filter(|authority| !authority.host().is_empty()) else {
            let shown = shown(uri.as_str());
            return Err(Error::invalid(format!("{shown} has no host: write `https://host/path`")));
        };
        if !matches!(scheme.as_str(), "http" | "https") {
            let shown = shown(uri.as_str());
            return Err(Error::invalid(format!("{shown} is neither an `http` nor an `https` address")));
        }
        if authority.has_userinfo() {
            return Err(Error::invalid(format!(
                "the address of {} holds a user: send it as a header",
                authority.host()
            ))
            .with_help("set the header `authorization` instead"));
        }
        Ok(Self { uri })
    }

    /// Where a `Location` of an answer from here leads.
    pub(crate) fn join(&self, location: &str) -> Result<Self> {
        let bad = || {
            let shown = shown(location);
            Error::failed(format!("{} redirects to {shown}, which is not an address", self.origin()))
        };
        let reference = UriRef::parse(location).map_err(|_| bad())?;
        let mut base = self.uri.clone();
        base.set_fragment(None);
        Self::of(reference.resolve_against(&base).map_err(|_| bad())?)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.uri.scheme().as_str().eq_ignore_ascii_case("https")
    }

    /// Host and port as written: `example.com:8080`.
    pub(crate) fn authority(&self) -> &str {
        self.uri.authority().map_or("", |authority| authority.as_str())
    }

    /// Path and query, at least `/`.
    pub(crate) fn path_and_query(&self) -> String {
        let path = self.uri.path().as_str();
        let path = if path.is_empty() { "/" } else { path };
        match self.uri.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }
    }

    /// Scheme, host and port in the normal form: `https://example.com`, `http://example.com:8080`.
    pub(crate) fn origin(&self) -> String {
        let (scheme, own_port) = if self.is_https() { ("https", "443") } else { ("http", "80") };
        let authority = self.authority().to_ascii_lowercase();
        let authority = authority.strip_suffix(&format!(":{own_port}")).unwrap_or(&authority);
        format!("{scheme}://{}", authority.trim_end_matches(':'))
    }

    /// The whole address without its fragment.
    pub(crate) fn text(&self) -> &str {
        self.uri.as_str().split('#').next().unwrap_or_default()
    }
}

/// What messages show of a text that should be an address: the scheme and the host. In all that follows, and in what
/// has another form, a secret may stand that is not masked because it is encoded or cut.
fn shown(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at(end);
    let plain = |text: &str| text.bytes().all(|letter| letter.is_ascii_alphanumeric() || b".-:[]+".contains(&letter));
    if text.is_empty() || !plain(scheme) || !plain(host) {
        return "the text".to_owned();
    }
    let separator = if text.contains("://") { "://" } else { "" };
    let more = if rest.is_empty() { "" } else { "/…" };
    format!("`{scheme}{separator}{host}{more}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_is_not_said() {
        for (text, said) in [
            ("http://127.0.0.1:9/p@ss w0rd", "`http://127.0.0.1:9/…` is not an address"),
            ("http://h/?key=p@ss w0rd", "`http://h/…` is not an address"),
            ("http://user:p@ss w0rd@h/", "the text is not an address"),
            ("ftp://h/p@ss", "`ftp://h/…` is neither"),
        ] {
            let error = Address::parse(text).expect_err("it is none");
            assert!(error.message().starts_with(said) && !error.message().contains("p@ss"), "{error}");
        }
    }

    fn address(text: &str) -> Address {
        Address::parse(text).expect("a test's address parses")
    }

    #[test]
    fn parts() {
        let all = address("HTTPS://Example.com:443/a/b?x=1#top");
        assert_eq!(all.origin(), "https://example.com");
        assert_eq!(all.path_and_query(), "/a/b?x=1");
        assert_eq!(all.text(), "HTTPS://Example.com:443/a/b?x=1");
        let least = address("http://[::1]:8080");
        assert_eq!((least.origin().as_str(), least.path_and_query().as_str()), ("http://[::1]:8080", "/"));
        assert_eq!(address("http://h?q").path_and_query(), "/?q");
    }

    #[test]
    fn redirects_are_resolved_like_links() {
        let from = address("https://example.com/a/b?x=1#top");
        for (location, to) in [
            ("/c", "https://example.com/c"),
            ("c?y=2", "https://example.com/a/c?y=2"),
            ("../c", "https://example.com/c"),
            ("//other.com/d", "https://other.com/d"),
            ("http://other.com:81", "http://other.com:81"),
        ] {
            assert_eq!(from.join(location).expect("it resolves").text(), to, "{location}");
        }
        for location in ["ftp://x/", "http://u:p@x/", "http://", "http://a b"] {
            assert!(from.join(location).is_err(), "{location}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", "localhost:8080", "/path", "http://", "ftp://x", "http://a b/", "http://user@host/", "http://ü/"]
        {
            assert_eq!(Address::parse(text).expect_err(text).code(), crate::ErrorCode::Invalid, "{text}");
        }
    }
}
