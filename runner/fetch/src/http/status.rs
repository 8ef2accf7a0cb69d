use std::time::Duration;

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use super::body::Answer;
use super::client::Client;
use super::shown;
use crate::FetchError;

/// Bytes of an error's body that are looked at.
const BODY: u64 = 16 * 1024;
/// Characters of it that are shown.
const SHOWN: usize = 300;

impl Client {
    /// What an answer that is no success means.
    pub(crate) async fn refusal(&self, answer: Answer, what: &str) -> FetchError {
        let (feed, place, what) = (self.feed().to_owned(), shown(answer.url()), what.to_owned());
        let (status, retry_after) = (answer.status(), retry_after(answer.headers()));
        let words = self.words(answer).await;
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                FetchError::Unauthorized { feed, place, what, words, advice: self.advice(false) }
            }
            StatusCode::FORBIDDEN => FetchError::Forbidden { feed, place, what, words, advice: self.advice(true) },
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                FetchError::NotFound { feed, what, place, hint: words.replacen(": ", "; the server says: ", 1) }
            }
            _ => FetchError::Status { feed, place, what, status: status.as_u16(), words, retry_after },
        }
    }

    /// The server's own words: `: ` and one line, or nothing.
    async fn words(&self, answer: Answer) -> String {
        let kind =
            answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        let body = answer.beginning(BODY).await;
        self.hide(&words_of(&kind, &String::from_utf8_lossy(&body)))
    }
}

/// What a person can use of an error's body: `: ` and one line, or nothing.
pub(crate) fn words_of(kind: &str, body: &str) -> String {
    let text = if kind.contains("json") || body.trim_start().starts_with('{') {
        serde_json::from_str(body).ok().and_then(|value| message_of(&value)).unwrap_or_default()
    } else if let Some(message) = between(body, "<Message>", "</Message>") {
        message.to_owned()
    } else if kind.contains("html") || body.trim_start().starts_with('<') {
        between(body, "<title>", "</title>").map_or_else(|| without_tags(body), str::to_owned)
    } else {
        body.to_owned()
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = wharf_model::sanitize(&line);
    if line.is_empty() {
        return String::new();
    }
    let mut cut: String = line.chars().take(SHOWN).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    format!(": {cut}")
}

/// The message of the JSON errors of registries (`errors: [{ code, message }]`), of problem documents and others.
fn message_of(value: &serde_json::Value) -> Option<String> {
    if let Some(errors) = value.get("errors").and_then(|errors| errors.as_array()) {
        let messages: Vec<String> = errors.iter().filter_map(message_of).collect();
        return Some(messages.join("; ")).filter(|text| !text.is_empty());
    }
    ["message", "detail", "error_description", "title", "error", "details", "code"].iter().find_map(|key| {
        match value.get(key) {
            Some(serde_json::Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(inner @ serde_json::Value::Object(_)) => message_of(inner),
            _ => None,
        }
    })
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let rest = &text[text.find(begin)? + begin.len()..];
    Some(&rest[..rest.find(end)?])
}

fn without_tags(text: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for character in text.chars() {
        match character {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                plain.push(' ');
            }
            _ if inside => {}
            _ => plain.push(character),
        }
    }
    plain
}

/// `Retry-After` in seconds. The form with a date is rare and depends on two clocks: it counts as absent.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::words_of;

    #[test]
    fn the_words_of_servers() {
        let cases = [
            ("application/json", r#"{"errors":[{"code":"DENIED","message":"requested access"},{"code":"X"}]}"#),
            ("application/problem+json", r#"{"title":"Conflict","detail":"it is there"}"#),
            ("application/xml", "<?xml version='1.0'?><Error><Code>No</Code><Message>no such bucket</Message></Error>"),
            ("text/html", "<html><head><title>502 Bad Gateway</title></head><body><h1>x</h1></body></html>"),
            ("text/html", "<p>not  <b>today</b></p>"),
            ("text/plain", "two\r\n lines \u{1b}[31mred\u{1b}[0m\u{7}"),
            ("application/json", "{broken"),
            ("", ""),
        ];
        let words: Vec<String> = cases.iter().map(|(kind, body)| words_of(kind, body)).collect();
        insta::assert_debug_snapshot!(words, @r#"
        [
            ": requested access; X",
            ": it is there",
            ": no such bucket",
            ": 502 Bad Gateway",
            ": not today",
            ": two lines red",
            "",
            "",
        ]
        "#);
        assert_eq!(words_of("text/plain", &"x".repeat(10_000)).chars().count(), 2 + 300 + 1);
    }
}
