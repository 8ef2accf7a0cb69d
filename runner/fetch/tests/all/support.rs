use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;
use wharf_fetch::{
    Cache, Feed, FeedLocation, FeedSettings, FetchError, Limits, NameParts, PackageFile, PackageNames, Transfer,
    open_feed,
};

/// A simple rule: the version begins at the first part that begins with a digit; numbers are compared as such.
pub struct Names;

impl PackageNames for Names {
    fn split<'a>(&self, file_name: &'a str) -> Option<NameParts<'a>> {
        let extension = ["tar.gz", "zip", "nupkg"].into_iter().find(|it| file_name.ends_with(&format!(".{it}")))?;
        let stem = &file_name[..file_name.len() - extension.len() - 1];
        let digit = |at: usize| stem[at + 1..].starts_with(|character: char| character.is_ascii_digit());
        let at = stem.match_indices('.').map(|(at, _)| at).find(|at| digit(*at))?;
        let extension = &file_name[stem.len() + 1..];
        Some(NameParts { id: &stem[..at], version: &stem[at + 1..], extension })
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        let numbers = |text: &str| {
            let numbers = text.split('+').next().unwrap_or_default().split('.');
            numbers.map(|part| part.parse().unwrap_or(0)).collect::<Vec<u64>>()
        };
        numbers(one).cmp(&numbers(other))
    }
}

/// Limits that fail fast.
pub fn limits() -> Limits {
    Limits {
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Duration::from_secs(20),
        attempts: 3,
        backoff: Duration::from_millis(1),
        max_backoff: Duration::from_millis(4),
        ..Limits::default()
    }
}

pub fn settings(location: FeedLocation) -> FeedSettings {
    FeedSettings {
        limits: limits(),
        extensions: ["zip", "tar.gz", "nupkg"].map(str::to_owned).to_vec(),
        ..FeedSettings::new("builds", location)
    }
}

pub fn http(url: String) -> FeedSettings {
    settings(FeedLocation::Http { url, index: None })
}

pub fn open(settings: FeedSettings) -> Box<dyn Feed> {
    open_feed(settings, Arc::new(Names)).expect("a feed")
}

/// The error of a result, as text without what changes from run to run.
pub fn error<T>(result: Result<T, FetchError>) -> String {
    match result {
        Ok(_) => "no error".into(),
        Err(error) => redact(&error.to_string()),
    }
}

/// Ports of loopback are different each time.
pub fn redact(text: &str) -> String {
    let mut redacted = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("127.0.0.1:") {
        let (before, behind) = rest.split_at(at + "127.0.0.1:".len());
        redacted.push_str(before);
        redacted.push_str("PORT");
        rest = behind.trim_start_matches(|character: char| character.is_ascii_digit());
    }
    redacted + rest
}

/// Bytes that repeat nowhere, so that no wrong offset goes unseen.
pub fn content(length: usize) -> Bytes {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

pub fn package(folder: &Path, id: &str, version: &str, extension: &str, content: &[u8]) -> PackageFile {
    let path = folder.join(format!("source-{id}-{version}.{extension}"));
    std::fs::write(&path, content).expect("a file");
    PackageFile { path, id: id.into(), version: version.into(), extension: extension.into() }
}

pub fn temp() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

pub fn cache(folder: &TempDir) -> Cache {
    Cache::open(&folder.path().join("cache")).expect("a cache")
}

pub fn quiet() -> Transfer {
    Transfer::default()
}

/// The files of a directory and below it, with their sizes.
pub fn files(folder: &Path) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path();
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                all.insert(name, entry.metadata().map_or(0, |about| about.len()));
            }
        }
    }
    all
}
