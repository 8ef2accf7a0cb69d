//! The standard step `http-request`.

mod duration;
mod expect;
mod json_path;
mod secrets;
mod status;

use std::collections::BTreeMap;
use std::io::{Read, Write};

use wharf_step::files::Replacement;
use wharf_step::http::{Request, Response};
use wharf_step::prelude::*;
use wharf_step::reveal_all;

use wharf_step_support::check_path;

use expect::Expect;

/// The most bytes of an answer that become an output.
const MOST_OUTPUT: usize = 64 * 1024;
/// The most bytes of an answer in which something is looked for.
const MOST_READ: usize = 64 * 1024 * 1024;

#[inputs]
struct HttpRequest {
    /// The address.
    #[input(power = "http", secret)]
    #[schemars(length(min = 1))]
    url: String,
    /// The method.
    #[input(default = "GET")]
    method: String,
    /// Headers by name.
    #[input(default)]
    headers: BTreeMap<String, String>,
    /// A text to send.
    #[input(secret)]
    body: Option<String>,
    /// A value to send as JSON, instead of `body`.
    #[input(secret)]
    json: Option<Value>,
    /// A file to send, of any size, instead of `body`.
    #[input(power = "read")]
    #[schemars(length(min = 1))]
    body_file: Option<String>,
    /// What the answer must be like. What is missed is a transient failure, so that the step's `retry` waits for it.
    expect: Option<Expect>,
    /// Where the answer's body is saved. The file is left alone if it has this content already.
    #[input(power = "write")]
    #[schemars(length(min = 1))]
    save_to: Option<String>,
    /// The most time for the request and its answer: `500ms`, `30s`, `5m`.
    #[input(default = "1m")]
    #[schemars(regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    timeout: String,
    /// Whether redirects are followed, as far as the addresses are granted.
    #[input(default = true)]
    follow_redirects: bool,
}

#[outputs]
struct Answer {
    /// The status code.
    status: u16,
    /// The address that answered: after redirects, the last one. Only its scheme and host if a secret stands in `url`.
    url: String,
    /// The headers, their names in lower case.
    headers: BTreeMap<String, String>,
    /// The body, if it is text of at most 64 KiB and was not saved.
    body: Option<String>,
    /// The size of the saved body in bytes.
    saved_bytes: Option<u64>,
}

/// Sends an HTTP request and checks the answer.
///
/// Without an expectation of a status, one below 400 is expected. The powers that are needed follow from `url`, `body-file`
/// and `save-to`; redirects to other hosts need `allow: { http: […] }`.
#[step]
fn run(input: HttpRequest) -> Result<Answer> {
    let nothing = Expect::default();
    let expect = input.expect.as_ref().unwrap_or(&nothing);
    expect.check_form()?;
    for (path, input) in [(&input.save_to, "save-to"), (&input.body_file, "body-file")] {
        path.as_deref().map_or(Ok(()), |path| check_path(path, input))?;
    }
    if input.url.trim().is_empty() {
        return Err(Error::invalid("`url` is empty").with_input("/url"));
    }
    let url = reveal_all(&input.url)?;
    // A secret stands in it. It is masked, but not where it is encoded or cut.
    let is_private = url != input.url;
    let answer = request(&input, &url)?.private_address(is_private).send()?;
    let shown = answer.shown_url().to_owned();
    let mut outputs = Answer {
        status: answer.status(),
        url: if is_private { shown.clone() } else { answer.url().to_owned() },
        headers: headers(&answer),
        body: None,
        saved_bytes: None,
    };
    if let Some(path) = &input.save_to {
        let answer = expect.check_status(answer)?;
        outputs.saved_bytes = Some(if expect.is_of_body() {
            let body = read(answer)?;
            expect.check_body(&shown, &body)?;
            save(&body, path)?
        } else {
            answer.save_to(path)?
        });
        debug!("the answer is in {path}"; bytes = outputs.saved_bytes.unwrap_or_default());
        return Ok(outputs);
    }
    let answer = expect.check_status(answer)?;
    let body = if expect.is_of_body() { read(answer)? } else { begin(answer)? };
    expect.check_body(&shown, &body)?;
    outputs.body = if body.len() <= MOST_OUTPUT { String::from_utf8(body).ok() } else { None };
    Ok(outputs)
}

fn request(input: &HttpRequest, url: &str) -> Result<Request> {
    let timeout = duration::parse(&input.timeout)?;
    let mut request = http::request(&input.method, url).timeout(timeout);
    for (name, value) in &input.headers {
        request = request.header(name, value);
    }
    if !input.follow_redirects {
        request = request.redirects(0);
    }
    match (&input.body, &input.json, &input.body_file) {
        (None, None, None) => Ok(request),
        (Some(body), None, None) => {
            let named = input.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
            let request = if named { request } else { request.header("content-type", "text/plain; charset=utf-8") };
            Ok(request.body(reveal_all(body)?))
        }
        (None, Some(value), None) => Ok(request.json(&secrets::put_in(value)?)),
        (None, None, Some(path)) => Ok(request.body_file(path)),
        _ => Err(Error::invalid("give one of `body`, `json` and `body-file`").with_input("/body")),
    }
}

fn headers(answer: &Response) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in answer.headers() {
        let all = headers.entry(name.to_ascii_lowercase()).or_default();
        if !all.is_empty() {
            all.push_str(", ");
        }
        all.push_str(value);
    }
    headers
}

/// The whole body.
fn read(answer: Response) -> Result<Vec<u8>> {
    let url = answer.shown_url().to_owned();
    let body = up_to(answer, MOST_READ)?;
    if body.len() > MOST_READ {
        return Err(Error::limit(format!("the answer of {url} is larger than 64 MiB, too large to look into")));
    }
    Ok(body)
}

/// As much of the body as could be an output, and a byte more to know that there is more.
fn begin(answer: Response) -> Result<Vec<u8>> {
    up_to(answer, MOST_OUTPUT)
}

fn up_to(answer: Response, most: usize) -> Result<Vec<u8>> {
    let doing = format!("cannot read the answer of {}", answer.shown_url());
    let mut body = Vec::new();
    answer.take(most as u64 + 1).read_to_end(&mut body).context(doing)?;
    Ok(body)
}

fn save(body: &[u8], path: &str) -> Result<u64> {
    let mut file = Replacement::new(path, None)?;
    file.write_all(body).with_context(|| format!("cannot write {path}"))?;
    file.commit_if_different()?;
    Ok(body.len() as u64)
}

#[cfg(test)]
mod tests;
