use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use http::{HeaderMap, Method, StatusCode};

use super::body::Answer;
use super::client::{Ask, Client};
use crate::{FetchError, Opened, Sha256Digest};

/// What a server says of a file without sending it.
pub(crate) struct Probe {
    pub(crate) size: Option<u64>,
    pub(crate) digest: Option<Sha256Digest>,
    pub(crate) validator: Option<String>,
}

/// Asks for the head of a file. None if the server has no such file.
pub(crate) async fn probe(client: &Client, ask: &Ask) -> Result<Option<Probe>, FetchError> {
    const ABSENT: [StatusCode; 2] = [StatusCode::NOT_FOUND, StatusCode::GONE];
    const NO_HEAD: [StatusCode; 2] = [StatusCode::METHOD_NOT_ALLOWED, StatusCode::NOT_IMPLEMENTED];
    let mut head = ask.clone().header(ACCEPT_ENCODING, "identity");
    head.method = Method::HEAD;
    let mut answer = client.success_or(&head, &[&ABSENT[..], &NO_HEAD].concat()).await?;
    if NO_HEAD.contains(&answer.status()) {
        // A server that knows no HEAD may still send the first byte alone.
        let mut first = head.header(RANGE, "bytes=0-0");
        first.method = Method::GET;
        answer = client.success_or(&first, &ABSENT).await?;
    }
    if ABSENT.contains(&answer.status()) {
        return Ok(None);
    }
    let headers = answer.headers();
    let size = match answer.status() {
        StatusCode::PARTIAL_CONTENT => content_range(headers).and_then(|range| range.total),
        _ => number(headers, CONTENT_LENGTH.as_str()),
    };
    Ok(Some(Probe { size, digest: digest_of(headers), validator: validator(headers) }))
}

/// Begins to read a file at `from`, if it is still the one of `validator`.
pub(crate) async fn open_at(
    client: &Client,
    mut ask: Ask,
    from: u64,
    known: Option<&str>,
) -> Result<Opened, FetchError> {
    ask = ask.header(ACCEPT_ENCODING, "identity");
    if from > 0 {
        ask = ask.header(RANGE, &format!("bytes={from}-"));
        if let Some(known) = known {
            ask = ask.header(IF_RANGE, known);
        }
    }
    let mut answer = client.send(&ask).await?;
    if answer.status() == StatusCode::RANGE_NOT_SATISFIABLE && from > 0 {
        // Less is there now than was fetched before: it is another file.
        ask.headers.remove(RANGE);
        ask.headers.remove(IF_RANGE);
        answer = client.send(&ask).await?;
    }
    match answer.status() {
        StatusCode::PARTIAL_CONTENT => partial(client, answer, &ask, from),
        status if status.is_success() => {
            let size = number(answer.headers(), CONTENT_LENGTH.as_str());
            let validator = validator(answer.headers());
            Ok(Opened { stream: answer.stream(&ask.what), offset: 0, size, validator })
        }
        _ => Err(client.refusal(answer, &ask.what).await),
    }
}

fn partial(client: &Client, answer: Answer, ask: &Ask, from: u64) -> Result<Opened, FetchError> {
    let range = content_range(answer.headers()).filter(|range| range.first == from).ok_or_else(|| {
        client.nonsense(answer.url(), &ask.what, "it is another part than the one that was asked for")
    })?;
    let validator = validator(answer.headers());
    Ok(Opened { stream: answer.stream(&ask.what), offset: from, size: range.total, validator })
}

/// What identifies the content: a strong entity tag, or the time of the last change. Both may stand in `If-Range`.
fn validator(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    text(ETAG).filter(|tag| tag.starts_with('"')).or_else(|| text(LAST_MODIFIED))
}

/// The digest of the whole, if a header tells it: `Repr-Digest` (RFC 9530), or the older `Digest` (RFC 3230).
fn digest_of(headers: &HeaderMap) -> Option<Sha256Digest> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let structured = text("repr-digest").and_then(|value| {
        value.split(',').find_map(|part| {
            let digest = part.trim().strip_prefix("sha-256=:")?.strip_suffix(':')?;
            Sha256Digest::from_base64(digest)
        })
    });
    structured.or_else(|| {
        text("digest")?.split(',').find_map(|part| {
            let (name, digest) = part.trim().split_once('=')?;
            if name.eq_ignore_ascii_case("sha-256") { Sha256Digest::from_base64(digest) } else { None }
        })
    })
}

struct Range {
    first: u64,
    total: Option<u64>,
}

fn content_range(headers: &HeaderMap) -> Option<Range> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = text.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some(Range { first: first.trim().parse().ok()?, total: total.trim().parse().ok() })
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}
