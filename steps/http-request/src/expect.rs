use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use wharf_step::http::Response;
use wharf_step::prelude::*;

use crate::json_path;
use crate::status::{self, Statuses};

/// What an answer must be like.
#[inputs]
#[derive(Default)]
pub struct Expect {
    /// The status: a number, a class such as `2xx`, or a list of these. Below 400 if it is left out.
    status: Option<Statuses>,
    /// A text that the body holds.
    body: Option<String>,
    /// Values in a JSON body, by place: `/status` or `services.0.healthy`.
    #[input(default)]
    json: BTreeMap<String, Value>,
}

impl Expect {
    fn statuses(&self) -> &[String] {
        self.status.as_ref().map_or(&[], |statuses| &statuses.0)
    }

    /// Refuses what can never be met, before anything is sent.
    pub fn check_form(&self) -> Result {
        match self.statuses().iter().find(|status| !status::is_sensible(status)) {
            None => Ok(()),
            Some(status) => {
                Err(Error::invalid(format!("`{}` is no status: write `200` or `2xx`", status))
                    .with_input("/expect/status"))
            }
        }
    }

    /// Whether something is expected of the body.
    pub fn is_of_body(&self) -> bool {
        self.body.is_some() || !self.json.is_empty()
    }

    /// Passes the answer on if its status is expected.
    pub fn check_status(&self, mut answer: Response) -> Result<Response> {
        let (status, expected) = (answer.status(), self.statuses());
        let met =
            if expected.is_empty() { status < 400 } else { expected.iter().any(|one| status::matches(one, status)) };
        if met {
            return Ok(answer);
        }
        let expected = match expected {
            [] => "a status below 400".to_owned(),
            statuses => statuses.join(" or "),
        };
        let url = answer.shown_url().to_owned();
        let wait =
            answer.header("retry-after").and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
        let mut start = Vec::new();
        // What the server says helps; the status alone must do if it cannot be read.
        let _ = answer.by_ref().take(4096).read_to_end(&mut start);
        let said = match excerpt(&without_tags(&String::from_utf8_lossy(&start))) {
            said if said.is_empty() => String::new(),
            said => format!("; it says: {said}"),
        };
        let error = Error::transient(format!("{url} answers {status}, expected {expected}{said}"));
        Err(match wait {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        })
    }

    /// Checks the body.
    pub fn check_body(&self, url: &str, body: &[u8]) -> Result {
        if let Some(expected) = &self.body {
            let text = String::from_utf8_lossy(body);
            if !text.contains(expected.as_str()) {
                let actual = match excerpt(&text) {
                    text if text.is_empty() => "it is empty".to_owned(),
                    text => format!("it begins: {text}"),
                };
                return Err(Error::transient(format!(
                    "the body of {url} does not hold `{}`; {actual}",
                    excerpt(expected)
                )));
            }
        }
        if self.json.is_empty() {
            return Ok(());
        }
        let value: Value = serde_json::from_slice(body).map_err(|error| {
            let text = excerpt(&String::from_utf8_lossy(body));
            Error::transient(format!("the body of {url} is no JSON ({error}); it begins: {text}"))
        })?;
        for (path, expected) in &self.json {
            match json_path::find(&value, path) {
                Some(actual) if json_path::is(actual, expected) => {}
                Some(actual) => {
                    let actual = excerpt(&actual.to_string());
                    return Err(Error::transient(format!("`{path}` of {url} is {actual}, expected {expected}")));
                }
                None => {
                    return Err(Error::transient(format!("the JSON of {url} has no `{path}`, expected {expected}")));
                }
            }
        }
        Ok(())
    }
}

/// What a page of HTML says; other text as it is.
fn without_tags(text: &str) -> String {
    if !text.trim_start().starts_with('<') {
        return text.to_owned();
    }
    let mut said = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find('<') {
        said.push_str(&rest[..begin]);
        said.push(' ');
        let tag = &rest[begin..];
        // What is in these is not said to anybody.
        let hidden = ["script", "style", "title"].into_iter().find_map(|name| {
            let inside = tag[1..].get(..name.len()).is_some_and(|given| given.eq_ignore_ascii_case(name));
            inside.then(|| tag.find("</")).flatten()
        });
        let tag = hidden.map_or(tag, |end| &tag[end..]);
        rest = tag.find('>').map_or("", |end| &tag[end + 1..]);
    }
    said.push_str(rest);
    said
}

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    const MOST: usize = 200;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_say_their_text() {
        let page = "<!DOCTYPE html>\n<title>Error</title><STYLE>p { a > b }</style><p>Not &amp; <b>found</b>.</p><script>x<y</script><br";
        assert_eq!(excerpt(&without_tags(page)), "Not &amp; found .");
        assert_eq!(without_tags("1 < 2"), "1 < 2");
        assert_eq!(excerpt(&without_tags("<<<>")), "");
        assert_eq!(excerpt(&without_tags("<title")), "");
    }
}
