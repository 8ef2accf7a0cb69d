//! Requests in a plan: those that a rule covers are sent, of all others it is told what they would have done.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING};
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;
use url::{Url, form_urlencoded};
use wasmtime_wasi_http::WasiBody;
use wharf_model::{Change, ChangeKind, ChangeSource, HttpPolicy, ReadMatch};

use super::reports::shown;

/// The longest form whose fields are looked at.
const FORM_BYTES: u64 = 64 * 1024;

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
    let is_form = content_type(&parts.headers) == "application/x-www-form-urlencoded"
        && !parts.headers.contains_key(CONTENT_ENCODING);
    match best_match(policy, &parts.method, url, None, is_form) {
        ReadMatch::Yes => InPlan::Send(Request::from_parts(parts, body)),
        ReadMatch::No => {
            let (bytes, _) = drain(body, most, 0).await;
            InPlan::Withhold(intended(&parts.method, url, &parts.headers, bytes))
        }
        ReadMatch::NeedsForm => {
            let (bytes, form) = drain(body, most, FORM_BYTES).await;
            let fields: Vec<(String, String)> = form_urlencoded::parse(&form).into_owned().collect();
            let is_whole = bytes == form.len() as u64;
            if !is_whole || best_match(policy, &parts.method, url, Some(&fields), false) != ReadMatch::Yes {
                return InPlan::Withhold(intended(&parts.method, url, &parts.headers, bytes));
            }
            parts.headers.remove(TRANSFER_ENCODING);
            let body = Full::new(Bytes::from(form)).map_err(|never| match never {}).boxed_unsync();
            InPlan::Send(Request::from_parts(parts, body))
        }
    }
}

/// What the rules say of a request together: one that covers it is enough.
fn best_match(
    policy: &HttpPolicy,
    method: &Method,
    url: &Url,
    form: Option<&[(String, String)]>,
    form_is_unread: bool,
) -> ReadMatch {
    let rules = policy.in_plan().iter();
    let matches: Vec<ReadMatch> = rules.map(|rule| rule.matches(method.as_str(), url, form, form_is_unread)).collect();
    if matches.contains(&ReadMatch::Yes) {
        ReadMatch::Yes
    } else if matches.contains(&ReadMatch::NeedsForm) {
        ReadMatch::NeedsForm
    } else {
        ReadMatch::No
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
        target: format!("{method} {}", shown(url)),
        summary,
        diff: None,
        detail: Value::Null,
    }
}
