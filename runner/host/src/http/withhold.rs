use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap};
use http_body_util::BodyExt as _;
use serde_json::Value;
use url::Url;
use wasmtime_wasi_http::WasiBody;
use wharf_model::{Change, ChangeKind, ChangeSource};

use super::reports::shown;

/// What a request that is not sent would have done, as far as it can be said: what it asks, and how much it brings. The
/// body is taken to its end, as a server would, so that the step goes the same way; of more than `most` bytes nothing is
/// wanted any more.
pub(super) async fn intended(method: &Method, url: &Url, headers: &HeaderMap, mut body: WasiBody, most: u64) -> Change {
    let mut bytes = 0;
    while let Some(Ok(frame)) = body.frame().await {
        bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        if bytes > most {
            break;
        }
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    let summary = match (bytes, kind) {
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
