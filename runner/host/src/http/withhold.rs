//! Requests in a plan: those that a rule covers are sent, of all others it is told what they would have done.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING};
use http::{Method, Request};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;
use url::{Url, form_urlencoded};
use wasmtime_wasi_http::WasiBody;
use wharf_model::{Change, ChangeKind, ChangeSource, HttpPolicy, ReadBody, ReadMatch};

use super::reports::shown;

/// The longest form whose fields are looked at.
const FORM_BYTES: u64 = 64 * 1024;
/// Headers in which some servers look for another method.
const OTHER_METHODS: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// What becomes of a request in a plan.
pub(super) enum InPlan {
    /// It is sent.
    Send(Request<WasiBody>),
    /// It is not; what it would have done.
    Withhold(Change),
}

/// Decides about a request that is granted. The body of one that is not sent is taken to its end, as a server would, so
/// that the step goes the same way; of more than `most` bytes nothing is wanted any more.
pub(super) async fn in_plan(policy: &HttpPolicy, request: Request<WasiBody>, url: &Url, most: u64) -> InPlan {
    let (mut parts, body) = request.into_parts();
    let kind = if body.is_end_stream() { ReadBody::NoForm } else { kind_of_body(&parts.headers) };
    // Some servers take another method from a header.
    let has_method = OTHER_METHODS.iter().any(|name| parts.headers.contains_key(*name));
    let matched = if has_method { ReadMatch::No } else { best_match(policy, &parts.method, url, &kind) };
    match matched {
        ReadMatch::Yes => InPlan::Send(Request::from_parts(parts, body)),
        ReadMatch::No => {
            let (bytes, _) = drain(body, most, 0).await;
            InPlan::Withhold(intended(&parts.method, url, &parts.headers, bytes))
        }
        ReadMatch::NeedsForm => {
            let (bytes, form) = drain(body, most, FORM_BYTES).await;
            let fields: Vec<(String, String)> = form_urlencoded::parse(&form).into_owned().collect();
            let is_whole = bytes == form.len() as u64;
            let matched = best_match(policy, &parts.method, url, &ReadBody::Form(&fields));
            if !is_whole || matched != ReadMatch::Yes {
                return InPlan::Withhold(intended(&parts.method, url, &parts.headers, bytes));
            }
            parts.headers.remove(TRANSFER_ENCODING);
            let body = Full::new(Bytes::from(form)).map_err(|never| match never {}).boxed_unsync();
            InPlan::Send(Request::from_parts(parts, body))
        }
    }
}

/// Whether a rule says that a request only reads, as far as that can be said without its body.
pub(super) fn may_be_read(policy: &HttpPolicy, request: &Request<WasiBody>, url: &Url) -> bool {
    let kind = if request.body().is_end_stream() { ReadBody::NoForm } else { kind_of_body(request.headers()) };
    best_match(policy, request.method(), url, &kind) != ReadMatch::No
}

/// What the rules say of a request together: one that covers it is enough.
fn best_match(policy: &HttpPolicy, method: &Method, url: &Url, body: &ReadBody<'_>) -> ReadMatch {
    let rules = policy.in_plan().iter();
    let matches: Vec<ReadMatch> = rules.map(|rule| rule.matches(method.as_str(), url, body)).collect();
    if matches.contains(&ReadMatch::Yes) {
        ReadMatch::Yes
    } else if matches.contains(&ReadMatch::NeedsForm) {
        ReadMatch::NeedsForm
    } else {
        ReadMatch::No
    }
}

/// What a body is by its headers. Only what cannot be taken for a form is none.
fn kind_of_body(headers: &HeaderMap) -> ReadBody<'static> {
    let kinds: Vec<&[u8]> = headers.get_all(CONTENT_TYPE).iter().map(|value| value.as_bytes()).collect();
    let kind = content_type(headers);
    match kinds.as_slice() {
        [_] if headers.contains_key(CONTENT_ENCODING) => ReadBody::Unreadable,
        [_] if kind == "application/x-www-form-urlencoded" => ReadBody::UnreadForm,
        [_] if kind.contains('/') && !kind.contains("form") && !kind.contains(',') => ReadBody::NoForm,
        _ => ReadBody::Unreadable,
    }
}

/// Takes a body: how many bytes it has, and the first `keep` of them. One that breaks off has what came.
async fn drain(mut body: WasiBody, most: u64, keep: u64) -> (u64, Vec<u8>) {
    let (mut bytes, mut kept) = (0, Vec::new());
    while let Some(Ok(frame)) = body.frame().await {
        let Some(data) = frame.data_ref() else { continue };
        bytes += data.len() as u64;
        if bytes <= keep {
            kept.extend_from_slice(data);
        }
        if bytes > most {
            break;
        }
    }
    (bytes, kept)
}

fn content_type(headers: &HeaderMap) -> String {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase()
}

/// A request in the words in which a plan tells of it.
pub(super) fn effect(method: &Method, url: &Url) -> String {
    format!("{method} {}{}", shown(url), url.query().map(|query| format!("?{query}")).unwrap_or_default())
}

/// What a request would have done, as far as it can be said: what it asks, and how much it brings.
fn intended(method: &Method, url: &Url, headers: &HeaderMap, bytes: u64) -> Change {
    let kind = content_type(headers);
    let summary = match (bytes, kind.as_str()) {
        (0, _) => String::new(),
        (bytes, "") => format!("{bytes} bytes"),
        (bytes, kind) => format!("{bytes} bytes of {kind}"),
    };
    Change {
        kind: ChangeKind::Other,
        source: ChangeSource::Withheld,
        target: effect(method, url),
        summary,
        diff: None,
        detail: Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use wharf_model::{HttpPattern, HttpReadRule};

    use super::*;

    /// What becomes of a request: the body that is sent, or what is told instead.
    fn decided(query: &str, headers: &[(&str, &str)], body: &'static str) -> Result<String, String> {
        let mut policy = HttpPolicy::default();
        let parts = HttpReadRule::split("POST https://api.example.com Action=Describe*").expect("a rule");
        let pattern = HttpPattern::parse(parts.address).expect("a pattern");
        policy.allow_in_plan(HttpReadRule::new(parts.method, pattern, parts.fields));
        let address = format!("https://api.example.com/{query}");
        let mut request = Request::builder().method(Method::POST).uri(&address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body: WasiBody = Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync();
        let request = request.body(body).expect("a request");
        let url = Url::parse(&address).expect("an address");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            match in_plan(&policy, request, &url, 1024 * 1024).await {
                InPlan::Send(request) => {
                    let bytes = request.into_body().collect().await.expect("a body").to_bytes();
                    Ok(String::from_utf8_lossy(&bytes).into_owned())
                }
                InPlan::Withhold(change) => Err(format!("{} ({})", change.target, change.summary)),
            }
        })
    }

    #[test]
    fn a_form_is_read_and_sent_as_it_was() {
        let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        assert_eq!(decided("", &form, "Action=DescribeHosts&x=%20"), Ok("Action=DescribeHosts&x=%20".into()));
        let told = decided("", &form, "Action=DeleteHosts");
        assert_eq!(told, Err("POST https://api.example.com/ (18 bytes of application/x-www-form-urlencoded)".into()));
        assert!(decided("?Action=DescribeHosts", &form, "Action=DeleteHosts").is_err());
        assert!(decided("", &form, "Action=DescribeHosts&Action=DeleteHosts").is_err());
        assert!(decided("", &form, "Action=DescribeHosts;Action=DeleteHosts").is_err());
    }

    #[test]
    fn a_body_that_may_be_a_form_and_is_not_read_is_withheld() {
        let query = "?Action=DescribeHosts";
        let json = [("content-type", "application/json")];
        assert_eq!(decided(query, &json, "{}"), Ok("{}".into()));
        assert_eq!(decided(query, &[], ""), Ok(String::new()));
        for headers in [
            &[][..],
            &[("content-type", "application/x-www-form-urlencoded"), ("content-encoding", "identity")],
            &[("content-type", "application/x-www-form-urlencoded, x")],
            &[("content-type", "multipart/form-data; boundary=x")],
            &[("content-type", "application/json"), ("content-type", "application/x-www-form-urlencoded")],
            &[("content-type", "application/json"), ("x-http-method-override", "DELETE")],
        ] {
            assert!(decided(query, headers, "Action=DeleteHosts").is_err(), "{headers:?}");
        }
    }
}
