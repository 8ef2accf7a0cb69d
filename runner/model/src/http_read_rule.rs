use thiserror::Error;
use url::Url;

use crate::HttpPattern;

/// Which requests are sent in a plan too: a method, an address as in a grant, and perhaps fields that must be in the query
/// or the form, such as `POST https://ec2.example.com Action=Describe*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReadRule {
    method: String,
    pattern: HttpPattern,
    fields: Vec<(String, String)>,
}

/// Why a text is no [`HttpReadRule`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{text}` {reason}: write a method, an address and perhaps fields, such as `POST https://ec2.example.com Action=Describe*`"
)]
pub struct HttpReadRuleError {
    /// What was written.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// The parts of a rule as it is written: the address may still have variables in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReadRuleParts<'a> {
    /// The method.
    pub method: &'a str,
    /// The address.
    pub address: &'a str,
    /// Names of fields with what their values must be; `*` stands for any text.
    pub fields: Vec<(String, String)>,
}

/// Whether a rule covers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMatch {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// That depends on the fields of the form in the request's body.
    NeedsForm,
}

/// The body of a request, as far as rules with fields look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadBody<'a> {
    /// There is none, or one that is no form and of a kind that says so, such as JSON: only the query has fields.
    NoForm,
    /// A form that was not read yet.
    UnreadForm,
    /// The fields of a form.
    Form(&'a [(String, String)]),
    /// It may be a form in a way that is not read here: compressed, in parts, or of no kind at all.
    Unreadable,
}

impl HttpReadRule {
    /// Divides a rule as it is written.
    pub fn split(text: &str) -> Result<HttpReadRuleParts<'_>, HttpReadRuleError> {
        let wrong = |reason| HttpReadRuleError { text: text.to_owned(), reason };
        let mut words = text.split_whitespace();
        let method = words.next().ok_or_else(|| wrong("is empty"))?;
        if !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(wrong("does not begin with a method in capitals"));
        }
        let address = words.next().ok_or_else(|| wrong("has no address"))?;
        let field = |word: &str| {
            let (name, value) = word.split_once('=').ok_or_else(|| wrong("has a word that is no `name=value`"))?;
            if name.is_empty() {
                Err(wrong("has a field without a name"))
            } else {
                Ok((name.to_owned(), value.to_owned()))
            }
        };
        Ok(HttpReadRuleParts { method, address, fields: words.map(field).collect::<Result<_, _>>()? })
    }

    /// A rule of its parts.
    pub fn new(method: &str, pattern: HttpPattern, fields: Vec<(String, String)>) -> Self {
        Self { method: method.to_owned(), pattern, fields }
    }

    /// Whether it covers a request with this body.
    pub fn matches(&self, method: &str, url: &Url, body: &ReadBody<'_>) -> ReadMatch {
        // Some servers take another method from the query.
        let has_method = url.query_pairs().any(|(name, _)| name.eq_ignore_ascii_case("_method"));
        if self.method != method || !self.pattern.matches(url) || has_method {
            return ReadMatch::No;
        }
        if self.fields.is_empty() {
            return ReadMatch::Yes;
        }
        let form = match body {
            ReadBody::UnreadForm => return ReadMatch::NeedsForm,
            ReadBody::Unreadable => return ReadMatch::No,
            ReadBody::NoForm => &[][..],
            ReadBody::Form(fields) => fields,
        };
        // Some servers take it for `&`.
        if url.query().is_some_and(|query| query.contains(';')) || form.iter().any(|(_, value)| value.contains(';')) {
            return ReadMatch::No;
        }
        // Of a name that is there twice, in whatever case, nobody knows which one the server takes: all must be covered.
        let is_covered = |(name, wanted): &(String, String)| {
            let of_query = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned()));
            let named = of_query.chain(form.iter().cloned()).filter(|(known, _)| known.eq_ignore_ascii_case(name));
            let named: Vec<(String, String)> = named.collect();
            named.iter().any(|(known, _)| known == name) && named.iter().all(|(_, value)| glob_matches(wanted, value))
        };
        if self.fields.iter().all(is_covered) { ReadMatch::Yes } else { ReadMatch::No }
    }
}

/// Whether a text is what the pattern says, in which `*` stands for any text.
fn glob_matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> HttpReadRule {
        let parts = HttpReadRule::split(text).expect("a rule");
        HttpReadRule::new(parts.method, HttpPattern::parse(parts.address).expect("a pattern"), parts.fields)
    }

    fn matches(rule: &HttpReadRule, method: &str, url: &str, form: Option<&[(&str, &str)]>) -> ReadMatch {
        let form: Option<Vec<(String, String)>> =
            form.map(|form| form.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect());
        let body = form.as_deref().map_or(ReadBody::NoForm, ReadBody::Form);
        rule.matches(method, &Url::parse(url).expect("an address"), &body)
    }

    #[test]
    fn method_address_and_every_field_must_fit() {
        let rule = rule("POST https://ec2.example.com/ Action=Describe* DryRun=true");
        let describe: &[(&str, &str)] = &[("Action", "DescribeHosts"), ("DryRun", "true")];
        assert_eq!(matches(&rule, "POST", "https://ec2.example.com/", Some(describe)), ReadMatch::Yes);
        assert_eq!(
            matches(&rule, "POST", "https://ec2.example.com/?Action=DescribeHosts&DryRun=true", None),
            ReadMatch::Yes
        );
        for (method, url, form) in [
            ("GET", "https://ec2.example.com/", Some(describe)),
            ("POST", "https://ec2.example.org/", Some(describe)),
            ("POST", "https://ec2.example.com/", None),
            ("POST", "https://ec2.example.com/", Some(&[("Action", "DescribeHosts")][..])),
            ("POST", "https://ec2.example.com/", Some(&[("Action", "DeleteHosts"), ("DryRun", "true")][..])),
            // The same name twice, in whatever place.
            ("POST", "https://ec2.example.com/?Action=DeleteHosts", Some(describe)),
            ("POST", "https://ec2.example.com/?action=DeleteHosts", Some(describe)),
            // What some servers take for two fields, or for another method.
            ("POST", "https://ec2.example.com/?Action=DescribeX;Action=Delete&DryRun=true", None),
            ("POST", "https://ec2.example.com/?_method=DELETE", Some(describe)),
            (
                "POST",
                "https://ec2.example.com/",
                Some(&[("Action", "DescribeHosts"), ("Action", "Delete"), ("DryRun", "true")][..]),
            ),
        ] {
            assert_eq!(matches(&rule, method, url, form), ReadMatch::No, "{method} {url} {form:?}");
        }
        let url = Url::parse("https://ec2.example.com/?Action=DescribeHosts&DryRun=true").expect("an address");
        assert_eq!(rule.matches("POST", &url, &ReadBody::UnreadForm), ReadMatch::NeedsForm);
        assert_eq!(rule.matches("POST", &url, &ReadBody::Unreadable), ReadMatch::No);
    }

    #[test]
    fn a_rule_without_fields_asks_for_none() {
        let rule = rule("GET https://api.example.com/v1");
        assert_eq!(matches(&rule, "GET", "https://api.example.com/v1/things?x=1", None), ReadMatch::Yes);
        assert_eq!(matches(&rule, "HEAD", "https://api.example.com/v1/things", None), ReadMatch::No);
        assert_eq!(matches(&rule, "GET", "https://api.example.com/v2", None), ReadMatch::No);
    }

    #[test]
    fn what_is_no_rule_says_why() {
        for (text, reason) in [
            ("", "is empty"),
            ("get https://x.example.com", "a method"),
            ("GET", "no address"),
            ("GET https://x.example.com dry", "no `name=value`"),
            ("GET https://x.example.com =x", "without a name"),
        ] {
            let error = HttpReadRule::split(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, fits) in [
            ("All", "All", true),
            ("All", "Allow", false),
            ("Describe*", "DescribeX", true),
            ("*All", "dryAll", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
            ("*", "", true),
        ] {
            assert_eq!(glob_matches(pattern, text), fits, "{pattern} {text}");
        }
    }
}
