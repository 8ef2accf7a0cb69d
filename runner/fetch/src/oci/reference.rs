use url::Url;

use crate::http::{is_plain_and_far, parse_url};
use crate::{FeedSettings, FetchError};

/// A registry and a namespace in it.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    /// `https://host/v2/`.
    pub(super) root: Url,
    /// What stands before each repository: empty, or with `/` at its end.
    namespace: String,
}

impl Reference {
    /// Reads `[oci://|https://|http://]host[:port][/namespace]`. Without a scheme of the web it is https, but http to
    /// this machine and where plain http is allowed.
    pub(super) fn parse(settings: &FeedSettings, text: &str) -> Result<Self, FetchError> {
        let wrong = |reason: String| FetchError::Settings { feed: settings.name.clone(), reason };
        let text = text.strip_prefix("oci://").unwrap_or(text).trim_end_matches('/');
        let url = if text.contains("://") {
            let url = parse_url(&settings.name, text)?;
            if is_plain_and_far(&url) && !settings.allow_plain_http {
                return Err(wrong(
                    "its registry is to be spoken to without TLS: allow plain http, or use https".into(),
                ));
            }
            url
        } else {
            let https = parse_url(&settings.name, &format!("https://{text}"))?;
            let mut http = https.clone();
            let _ = http.set_scheme("http");
            // The port of `https://host:443` is lost on the way to http.
            if settings.allow_plain_http || !is_plain_and_far(&http) {
                parse_url(&settings.name, &format!("http://{text}"))?
            } else {
                https
            }
        };
        let namespace = url.path().trim_matches('/').to_owned();
        if !namespace.is_empty() && !namespace.split('/').all(is_component) {
            return Err(wrong(format!(
                "{namespace:?} is no namespace of a registry: lower-case letters, digits, . _ - and /"
            )));
        }
        let namespace = if namespace.is_empty() { namespace } else { format!("{namespace}/") };
        let mut root = url;
        root.set_path("/v2/");
        root.set_query(None);
        root.set_fragment(None);
        Ok(Self { root, namespace })
    }

    /// The repository of a package.
    pub(super) fn repository(&self, id: &str) -> Result<String, FetchError> {
        let name = id.to_ascii_lowercase();
        if !is_component(&name) {
            let reason = "in a registry it may hold letters and digits, with . _ __ or dashes between them";
            return Err(FetchError::BadName { name: id.to_owned(), what: "the ID", reason });
        }
        Ok(format!("{}{name}", self.namespace))
    }

    /// An address below the repository.
    pub(super) fn url(&self, repository: &str, rest: &str) -> Result<Url, FetchError> {
        self.root.join(&format!("{repository}/{rest}")).map_err(|_| FetchError::BadName {
            name: rest.to_owned(),
            what: "the version",
            reason: "it cannot be part of an address",
        })
    }

    /// `host[:port]/namespace`, for people and for keys.
    pub(super) fn shown(&self) -> String {
        let host = self.host();
        format!("{host}/{}", self.namespace.trim_end_matches('/'))
    }

    /// `host[:port]`.
    pub(super) fn host(&self) -> String {
        let host = self.root.host_str().unwrap_or_default();
        self.root.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
fn is_component(text: &str) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends_well = bytes.first().is_some_and(alphanumeric) && bytes.last().is_some_and(alphanumeric);
    ends_well
        && bytes
            .split(alphanumeric)
            .all(|between| matches!(between, b"" | b"." | b"_" | b"__") || between.iter().all(|byte| *byte == b'-'))
}

/// The tag of a version. A tag cannot hold `+`, so each is written as `_`; a version with `_` would not be read back.
pub(super) fn tag_of(version: &str) -> Result<String, FetchError> {
    let bad = |reason| FetchError::BadName { name: version.to_owned(), what: "the version", reason };
    if version.contains('_') {
        return Err(bad("in a registry _ stands for +, so a version with _ cannot be told apart"));
    }
    let tag = version.replace('+', "_");
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if tag.len() > 128 || tag.starts_with(['.', '-']) || !tag.bytes().all(fits) {
        return Err(bad("a tag of a registry has at most 128 letters, digits, dots, dashes and +"));
    }
    Ok(tag)
}

/// The version of a tag.
pub(super) fn version_of(tag: &str) -> String {
    tag.replace('_', "+")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FeedLocation;

    fn parse(text: &str, allow_plain_http: bool) -> String {
        let location = FeedLocation::Oci { reference: text.into(), chunk: 1 };
        let settings = FeedSettings { allow_plain_http, ..FeedSettings::new("images", location) };
        match Reference::parse(&settings, text).and_then(|it| it.url(&it.repository("Acme.Web")?, "tags/list")) {
            Ok(url) => url.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn registries_are_spoken_to_in_the_clear_only_on_this_machine_or_when_told() {
        insta::assert_snapshot!(parse("oci://registry.example.com/apps/web", false), @"https://registry.example.com/v2/apps/web/acme.web/tags/list");
        insta::assert_snapshot!(parse("registry.example.com:443", false), @"https://registry.example.com/v2/acme.web/tags/list");
        insta::assert_snapshot!(parse("registry.example.com:443", true), @"http://registry.example.com:443/v2/acme.web/tags/list");
        insta::assert_snapshot!(parse("localhost:5000/apps/", false), @"http://localhost:5000/v2/apps/acme.web/tags/list");
        insta::assert_snapshot!(parse("127.0.0.1:5000", false), @"http://127.0.0.1:5000/v2/acme.web/tags/list");
        insta::assert_snapshot!(parse("https://localhost:5000", false), @"https://localhost:5000/v2/acme.web/tags/list");
        insta::assert_snapshot!(parse("http://registry.example.com", false), @"feed images: its registry is to be spoken to without TLS: allow plain http, or use https");
        insta::assert_snapshot!(parse("registry.example.com/Apps", false), @r#"feed images: "Apps" is no namespace of a registry: lower-case letters, digits, . _ - and /"#);
        insta::assert_snapshot!(parse("user:pw@registry.example.com", false), @"feed images: its address holds a user or a password: give them as the feed's credentials");
    }

    #[test]
    fn versions_are_tags_and_back() {
        for version in ["1.0.0", "1.0.0-beta.1+build.7", "v1+a+b"] {
            assert_eq!(version_of(&tag_of(version).unwrap()), version);
        }
        assert!(tag_of("1.0_beta").is_err() && tag_of(&"1".repeat(129)).is_err() && tag_of("-1").is_err());
        for (name, fits) in [
            ("a", true),
            ("a.b__c---d_e", true),
            ("a..b", false),
            ("a___b", false),
            ("-a", false),
            ("A", false),
            ("", false),
            ("a._b", false),
        ] {
            assert_eq!(is_component(name), fits, "{name}");
        }
    }
}
