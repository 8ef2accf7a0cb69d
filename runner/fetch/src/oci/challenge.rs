use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// How a registry wants to be told who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// With a token from `realm`.
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
    /// With the user and the password themselves.
    Basic,
}

/// The first challenge of an answer that is understood.
pub(super) fn of_headers(headers: &HeaderMap) -> Option<Challenge> {
    headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).find_map(parse)
}

fn parse(text: &str) -> Option<Challenge> {
    let text = text.trim();
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let (mut realm, mut service, mut scope) = (None, None, None);
    for (name, value) in parameters(rest) {
        match name.to_ascii_lowercase().as_str() {
            "realm" => realm = Some(value),
            "service" => service = Some(value),
            "scope" => scope = Some(value),
            _ => {}
        }
    }
    Some(Challenge::Bearer { realm: realm?, service, scope })
}

/// `name=value` or `name="value"`, separated by commas; a quoted value may hold commas and escaped quotes.
fn parameters(mut rest: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    while let Some((name, behind)) = rest.trim_start_matches([' ', ',']).split_once('=') {
        let mut value = String::new();
        if let Some(quoted) = behind.strip_prefix('"') {
            let mut escaped = false;
            let mut end = quoted.len();
            for (at, character) in quoted.char_indices() {
                match character {
                    _ if escaped => {
                        value.push(character);
                        escaped = false;
                    }
                    '\\' => escaped = true,
                    '"' => {
                        end = at + 1;
                        break;
                    }
                    _ => value.push(character),
                }
            }
            rest = &quoted[end..];
        } else {
            let end = behind.find(',').unwrap_or(behind.len());
            value.push_str(behind[..end].trim());
            rest = &behind[end..];
        }
        found.push((name.trim(), value));
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn challenges_of_registries() {
        let bearer = parse(
            r#"Bearer realm="https://auth.example.com/token?a=b",service=registry.example.com, scope="repository:a/b:pull,push",error="x\"y""#,
        );
        let expected = Challenge::Bearer {
            realm: "https://auth.example.com/token?a=b".into(),
            service: Some("registry.example.com".into()),
            scope: Some("repository:a/b:pull,push".into()),
        };
        assert_eq!(bearer, Some(expected));
        assert_eq!(parse("basic realm=x"), Some(Challenge::Basic));
        assert_eq!(parse("Bearer service=x"), None);
        assert_eq!(parse("Negotiate"), None);
    }

    proptest! {
        #[test]
        fn no_challenge_is_too_strange(text in "(Bearer )?([a-z =,\"\\\\é]|realm=){0,40}") {
            parse(&text);
        }
    }
}
