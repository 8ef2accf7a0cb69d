use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::{FetchError, Secret};

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    auth: Option<String>,
}

/// The user and the password that `docker login` kept for `host`; none if it kept none.
pub(super) fn credentials(feed: &str, path: &Path, host: &str) -> Result<Option<(String, Secret)>, FetchError> {
    let text = std::fs::read(path).map_err(FetchError::file("read", path))?;
    let wrong = |reason: &str| FetchError::Settings {
        feed: feed.to_owned(),
        reason: format!("{} is no configuration of docker: {reason}", path.display()),
    };
    // The parser's message could quote a password.
    let config: Config =
        serde_json::from_slice(&text).map_err(|error| wrong(&format!("the JSON is wrong in line {}", error.line())))?;
    let bare = |key: &str| {
        let key = key.split_once("://").map_or(key, |(_, rest)| rest);
        key.split('/').next().unwrap_or_default().to_owned()
    };
    let entry = config
        .auths
        .get(host)
        .or_else(|| config.auths.iter().find(|(key, _)| bare(key) == host).map(|(_, entry)| entry));
    let Some(auth) = entry.and_then(|entry| entry.auth.as_ref()).filter(|auth| !auth.is_empty()) else {
        return Ok(None);
    };
    let decoded = STANDARD.decode(auth).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let (user, password) = decoded
        .as_deref()
        .and_then(|text| text.split_once(':'))
        .ok_or_else(|| wrong(&format!("the entry for {host} is not the Base64 of user:password")))?;
    Ok(Some((user.to_owned(), Secret::new(password))))
}
