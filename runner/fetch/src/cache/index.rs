use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::layout::{Layout, write_whole};
use crate::{Feed, FetchError, Remote, Sha256Digest};

/// Which digest a version of a feed has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) feed: String,
    pub(super) id: String,
    pub(super) version: String,
    pub(super) file_name: String,
    pub(super) digest: String,
    pub(super) validator: Option<String>,
}

impl Record {
    pub(super) fn new(feed: &dyn Feed, id: &str, version: &str, remote: &Remote, digest: Sha256Digest) -> Self {
        Self {
            feed: feed.identity(),
            id: id.to_owned(),
            version: version.to_owned(),
            file_name: remote.file_name.clone(),
            digest: digest.to_string(),
            validator: remote.validator.clone(),
        }
    }

    pub(super) fn digest(&self) -> Option<Sha256Digest> {
        self.digest.parse().ok()
    }

    pub(super) fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), FetchError> {
        write_whole(path, &serde_json::to_vec(self).unwrap_or_default())
    }
}

/// The record of a version.
pub(super) fn path(layout: &Layout, feed: &dyn Feed, id: &str, version: &str) -> PathBuf {
    layout.index().join(format!("{}.json", key(&[&feed.identity(), &id.to_ascii_lowercase(), version])))
}

/// A file name of texts: those of no two lists are the same.
pub(super) fn key(texts: &[&str]) -> String {
    let mut all = String::new();
    for text in texts {
        all.push_str(&format!("{}:{text}\n", text.len()));
    }
    Sha256Digest::of(all.as_bytes()).hex()
}
