use std::fs;
use std::path::PathBuf;

use super::acquire::Cache;
use super::index::Record;
use super::layout::entries;
use crate::Sha256Digest;

/// A version of a package that is in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cached {
    /// Which feed it is from, as [`Feed::identity`](crate::Feed::identity) says it.
    pub feed: String,
    /// The ID.
    pub id: String,
    /// The version.
    pub version: String,
    /// What the feed calls the file.
    pub file_name: String,
    /// Where it is; several versions may be the same file.
    pub path: PathBuf,
    /// Bytes of the file.
    pub bytes: u64,
    /// The digest of the file, as it was when it was downloaded.
    pub digest: Sha256Digest,
}

impl Cache {
    /// The packages that are here, by feed, ID and version as texts. Nothing is held: a clean-up may take them away.
    pub fn list(&self) -> Vec<Cached> {
        let records = entries(&self.layout.index()).into_iter().filter_map(|file| Record::read(&file));
        let cached = records.filter_map(|record| {
            let digest = record.digest()?;
            let path = self.layout.blob(digest);
            let about = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
            let Record { feed, id, version, file_name, .. } = record;
            Some(Cached { feed, id, version, file_name, path, bytes: about.len(), digest })
        });
        let mut cached: Vec<Cached> = cached.collect();
        cached.sort_by(|one, other| (&one.feed, &one.id, &one.version).cmp(&(&other.feed, &other.id, &other.version)));
        cached
    }
}
