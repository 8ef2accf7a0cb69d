use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use wharf_step::packages::{Entry, EntryKind};
use wharf_step::prelude::*;

use crate::manifest::{FileRecord, Manifest, sha256};
use crate::site::names_in;
use crate::state::Release;

/// What a release has to be.
pub struct Expected<'a> {
    pub package: &'a Package,
    pub entries: &'a [Entry],
    /// The content of files that are not as they are in the package.
    pub contents: &'a BTreeMap<String, Vec<u8>>,
}

impl Expected<'_> {
    /// The paths of the files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|entry| entry.kind == EntryKind::File).map(|entry| entry.path.as_str())
    }

    /// The first thing in which the directory of a release differs, if there is one: contents and permissions are
    /// compared. What else is in the directory does not matter: applications write there.
    pub fn difference(&self, release: &Release, manifest: &Manifest, directory: &Path) -> Result<Option<String>> {
        for entry in self.entries {
            context::check_cancelled()?;
            let path = directory.join(&entry.path);
            let is_right = match (entry.kind, fs::symlink_metadata(&path)) {
                (EntryKind::Other, _) => true,
                (_, Err(_)) => return Ok(Some(format!("{} is missing", entry.path))),
                (EntryKind::Directory, Ok(metadata)) => metadata.is_dir(),
                (EntryKind::Symlink, Ok(metadata)) => {
                    metadata.is_symlink()
                        && fs::read_link(&path).ok().as_deref().and_then(Path::to_str) == entry.link.as_deref()
                }
                (EntryKind::File, Ok(metadata)) => {
                    let record = manifest.get(&entry.path);
                    let is_right =
                        metadata.is_file() && self.content_is_right(entry, release, record, &path, metadata.len())?;
                    if let (true, Some(was), Some(is)) =
                        (is_right, record.and_then(|record| record.mode), files::permissions(&path)?)
                        && was != is
                    {
                        let path = &entry.path;
                        return Ok(Some(format!("{path} has the permissions {is:04o} instead of {was:04o}")));
                    }
                    is_right
                }
            };
            if !is_right {
                return Ok(Some(format!("{} is not as it should be", entry.path)));
            }
        }
        Ok(None)
    }

    fn content_is_right(
        &self,
        entry: &Entry,
        release: &Release,
        record: Option<&FileRecord>,
        path: &Path,
        size: u64,
    ) -> Result<bool> {
        let read = || fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        match (self.contents.get(&entry.path), record) {
            (Some(content), _) => Ok(size == content.len() as u64 && read()? == *content),
            (None, _) if size != entry.size => Ok(false),
            (None, Some(record)) if !release.substituted.contains(&entry.path) => Ok(sha256(path)? == record.sha256),
            // It had tokens that were evaluated, and is now to be as it is in the package; or nothing is known of it.
            (None, _) => Ok(read()? == self.package.read(&entry.path)?),
        }
    }

    /// What is in the directory of a release beyond the package: the files, and directories that are none of its own.
    pub fn added(&self, directory: &Path) -> Result<Vec<String>> {
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for entry in self.entries {
            let mut path = entry.path.trim_end_matches('/');
            known.insert(path);
            while let Some((above, _)) = path.rsplit_once('/') {
                known.insert(above);
                path = above;
            }
        }
        let mut added = Vec::new();
        let mut directories = vec![String::new()];
        while let Some(inside) = directories.pop() {
            for name in names_in(&directory.join(&inside))? {
                let path = if inside.is_empty() { name } else { format!("{inside}/{name}") };
                if !known.contains(path.as_str()) {
                    added.push(path);
                } else if fs::symlink_metadata(directory.join(&path)).is_ok_and(|metadata| metadata.is_dir()) {
                    directories.push(path);
                }
            }
        }
        added.sort();
        Ok(added)
    }
}
