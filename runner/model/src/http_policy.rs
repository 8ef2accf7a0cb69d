use std::fmt;
use std::net::IpAddr;

use thiserror::Error;
use url::{Host, Url};

use crate::{AddressClass, GrantOrigin, HttpReadRule, classify_address};

/// A pattern in a grant: `scheme://host[:port][/prefix]`. The host may begin with `*.`, which stands for one or more
/// labels. The port is the scheme's own if none is given. The prefix matches whole path segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpPattern {
    written: String,
    scheme: String,
    host: PatternHost,
    port: u16,
    prefix: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PatternHost {
    Name(String),
    SubDomains(String),
    Address(IpAddr),
}

/// Why a text is no [`HttpPattern`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HttpPatternError {
    /// It has no `http://` or `https://`.
    #[error("`{0}` needs a scheme: write `https://{0}`")]
    Scheme(String),
    /// It names every host.
    #[error("`{0}` would grant every host: name the hosts, or the sub-domains of one (`https://*.example.com`)")]
    EveryHost(String),
    /// It has a wildcard in another place than the first label.
    #[error("`{0}`: `*` may only be the whole first label of the host (`https://*.example.com`)")]
    Wildcard(String),
    /// It carries a user, a password, a query or a fragment.
    #[error("`{0}`: a grant has no user, query or fragment")]
    Extra(String),
    /// It is no address at all.
    #[error("`{written}` is not an address: {reason}")]
    Malformed {
        /// What was written.
        written: String,
        /// What the parser says.
        reason: String,
    },
}

impl HttpPattern {
    /// Parses a pattern.
    pub fn parse(written: &str) -> Result<Self, HttpPatternError> {
        let Some((scheme, rest)) = written.split_once("://") else {
            return Err(HttpPatternError::Scheme(written.to_owned()));
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.trim_start_matches("*.").split(':').next() == Some("*") {
            return Err(HttpPatternError::EveryHost(written.to_owned()));
        }
        let (sub_domains, rest) = match rest.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        if rest.split('/').next().is_some_and(|authority| authority.contains('*')) {
            return Err(HttpPatternError::Wildcard(written.to_owned()));
        }
        let url = Url::parse(&format!("{scheme}://{rest}"))
            .map_err(|error| HttpPatternError::Malformed { written: written.to_owned(), reason: error.to_string() })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpPatternError::Scheme(written.to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(HttpPatternError::Extra(written.to_owned()));
        }
        let host = match (url.host(), sub_domains) {
            (Some(Host::Domain(name)), true) if name.contains('.') => PatternHost::SubDomains(name.to_owned()),
            (_, true) => return Err(HttpPatternError::EveryHost(written.to_owned())),
            (Some(Host::Domain(name)), false) => PatternHost::Name(without_root_dot(name).to_owned()),
            (Some(Host::Ipv4(address)), false) => PatternHost::Address(address.into()),
            (Some(Host::Ipv6(address)), false) => PatternHost::Address(address.into()),
            (None, false) => {
                return Err(HttpPatternError::Malformed { written: written.to_owned(), reason: "no host".into() });
            }
        };
        Ok(Self {
            written: written.to_owned(),
            scheme: url.scheme().to_owned(),
            host,
            port: url.port_or_known_default().unwrap_or_default(),
            prefix: url.path().trim_end_matches('/').to_owned(),
        })
    }

    pub(crate) fn matches(&self, url: &Url) -> bool {
        let host = match (&self.host, url.host()) {
            (PatternHost::Name(name), Some(Host::Domain(host))) => name == without_root_dot(host),
            (PatternHost::SubDomains(parent), Some(Host::Domain(host))) => without_root_dot(host)
                .strip_suffix(parent.as_str())
                .and_then(|labels| labels.strip_suffix('.'))
                .is_some_and(|labels| !labels.is_empty()),
            (PatternHost::Address(address), Some(Host::Ipv4(host))) => *address == IpAddr::from(host),
            (PatternHost::Address(address), Some(Host::Ipv6(host))) => *address == IpAddr::from(host),
            _ => false,
        };
        host && self.scheme == url.scheme()
            && url.port_or_known_default() == Some(self.port)
            && path_is_under(url.path(), &self.prefix)
    }

    /// Whether the host is named exactly, so that it may be a private one.
    fn is_exact(&self) -> bool {
        !matches!(self.host, PatternHost::SubDomains(_))
    }
}

impl fmt::Display for HttpPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

fn without_root_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

/// Whether `path` is `prefix` or lies below it. A path in which an encoded separator or a dot segment could mean
/// something else to the server is under no prefix but the empty one.
fn path_is_under(path: &str, prefix: &str) -> bool {
    if prefix.is_empty() {
        return true;
    }
    let lower = path.to_ascii_lowercase();
    if lower.contains("%2f") || lower.contains("%5c") || lower.contains("%2e") || lower.contains('\\') {
        return false;
    }
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a policy says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpDecision {
    /// It may be sent, to addresses that [`HttpPolicy::allows_address`] accepts.
    Allowed,
    /// It may not; this pattern would allow it.
    Denied {
        /// What to add under `allow: { http: […] }`.
        add: String,
    },
}

/// Which HTTP requests a step may send: an allow-list, empty by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpPolicy {
    patterns: Vec<HttpPattern>,
    /// Where each comes from.
    origins: Vec<GrantOrigin>,
    in_plan: Vec<HttpReadRule>,
}

impl HttpPolicy {
    /// A policy of these patterns.
    pub fn new(patterns: Vec<HttpPattern>) -> Self {
        let origins = vec![GrantOrigin::Host; patterns.len()];
        Self { patterns, origins, in_plan: Vec::new() }
    }

    /// Adds a pattern.
    pub fn allow(&mut self, pattern: HttpPattern, origin: GrantOrigin) {
        if !self.patterns.contains(&pattern) {
            self.patterns.push(pattern);
            self.origins.push(origin);
        }
    }

    /// Adds a rule for requests that are sent in a plan too, if the patterns allow them.
    pub fn allow_in_plan(&mut self, rule: HttpReadRule) {
        self.in_plan.push(rule);
    }

    /// The rules for requests that are sent in a plan too.
    pub fn in_plan(&self) -> &[HttpReadRule] {
        &self.in_plan
    }

    /// The patterns.
    pub fn patterns(&self) -> &[HttpPattern] {
        &self.patterns
    }

    /// The patterns, with where each comes from.
    pub fn granted(&self) -> impl Iterator<Item = (&HttpPattern, &GrantOrigin)> {
        self.patterns.iter().zip(&self.origins)
    }

    /// Whether a request to this address may be sent.
    pub fn check(&self, url: &Url) -> HttpDecision {
        if self.patterns.iter().any(|pattern| pattern.matches(url)) {
            return HttpDecision::Allowed;
        }
        HttpDecision::Denied { add: url.origin().ascii_serialization() }
    }

    /// Whether a connection to `address` may be made for a request to `url` that is allowed. Public addresses always
    /// may; private ones for an exactly named host; metadata services only where the address itself is granted.
    pub fn allows_address(&self, url: &Url, address: IpAddr) -> bool {
        let mut matching = self.patterns.iter().filter(|pattern| pattern.matches(url));
        match classify_address(address) {
            AddressClass::Public => matching.next().is_some(),
            AddressClass::Private => matching.any(HttpPattern::is_exact),
            AddressClass::Metadata => matching.any(|pattern| pattern.host == PatternHost::Address(address)),
            AddressClass::Unusable => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(patterns: &[&str]) -> HttpPolicy {
        HttpPolicy::new(patterns.iter().map(|text| HttpPattern::parse(text).expect("pattern parses")).collect())
    }

    fn allows(policy: &HttpPolicy, url: &str) -> bool {
        policy.check(&Url::parse(url).expect("url parses")) == HttpDecision::Allowed
    }

    #[test]
    fn scheme_host_port_and_prefix_must_all_match() {
        let policy = policy(&["https://api.example.com/v1", "http://localhost:8080"]);
        assert!(allows(&policy, "https://api.example.com/v1"));
        assert!(allows(&policy, "https://API.example.com:443/v1/things?x=1"));
        assert!(allows(&policy, "http://localhost:8080/any"));
        for url in [
            "http://api.example.com/v1",
            "https://api.example.com/v10",
            "https://api.example.com/v1/../v2",
            "https://api.example.com/v1/%2e%2e/v2",
            "https://api.example.com/v1%2f..%2fv2",
            "https://api.example.com:8443/v1",
            "https://api.example.com.evil.com/v1",
            "https://evil.com/v1",
            "https://api.example.com@evil.com/v1",
            "http://localhost/any",
        ] {
            assert!(!allows(&policy, url), "{url}");
        }
    }

    #[test]
    fn a_wildcard_stands_for_labels() {
        let policy = policy(&["https://*.example.com"]);
        assert!(allows(&policy, "https://a.example.com/"));
        assert!(allows(&policy, "https://a.b.example.com/"));
        assert!(!allows(&policy, "https://example.com/"));
        assert!(!allows(&policy, "https://evilexample.com/"));
    }

    #[test]
    fn patterns_that_would_grant_too_much_are_refused_with_a_lesson() {
        for (text, part) in [
            ("*", "needs a scheme"),
            ("https://*", "every host"),
            ("https://*.com", "every host"),
            ("https://a.*.com", "first label"),
            ("https://*.*.com", "first label"),
            ("ftp://x.example.com", "needs a scheme"),
            ("https://u:p@example.com", "no user"),
            ("https://", "not an address"),
            ("https://*:443", "every host"),
        ] {
            let error = HttpPattern::parse(text).expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn private_hosts_need_an_exact_name_and_metadata_its_address() {
        let wild = policy(&["http://*.example.com"]);
        let url = Url::parse("http://a.example.com/").expect("url parses");
        assert!(!wild.allows_address(&url, "10.0.0.1".parse().expect("address")));
        assert!(wild.allows_address(&url, "1.1.1.1".parse().expect("address")));
        let exact = policy(&["http://a.example.com"]);
        assert!(exact.allows_address(&url, "10.0.0.1".parse().expect("address")));
        assert!(!exact.allows_address(&url, "169.254.169.254".parse().expect("address")));
        assert!(!exact.allows_address(&url, "::ffff:169.254.169.254".parse().expect("address")));
        let metadata = policy(&["http://169.254.169.254"]);
        let url = Url::parse("http://169.254.169.254/latest").expect("url parses");
        assert!(metadata.allows_address(&url, "169.254.169.254".parse().expect("address")));
    }

    #[test]
    fn decimal_and_octal_addresses_are_what_they_mean() {
        let policy = policy(&["http://127.0.0.1:8080"]);
        assert!(allows(&policy, "http://2130706433:8080/"));
        let names = HttpPolicy::new(vec![HttpPattern::parse("http://example.com").expect("pattern")]);
        assert!(!allows(&names, "http://0x7f.1/"));
    }
}
