use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use wharf_step::packages::{Entry, EntryKind};
use wharf_step::prelude::*;

use crate::state::Release;

/// What a release has to be.
pub struct Expected<'a> {
    pub package: &'a Package,
    pub entries: &'a [Entry],
    /// The content of files that are not as they are in the package.
    pub contents: &'a BTreeMap<String, Vec<u8>>,
}

impl Expected<'_> {
    /// The first thing in which the directory of a release differs, if there is one. Sizes are compared, and the content
    /// of files that have or had tokens. What else is in the directory does not matter: applications write there.
    pub fn difference(&self, release: &Release, directory: &Path) -> Result<Option<String>> {
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
                    metadata.is_file() && self.file_is_right(entry, release, &path, metadata.len())?
                }
            };
            if !is_right {
                return Ok(Some(format!("{} is not as it should be", entry.path)));
            }
        }
        Ok(None)
    }

    fn file_is_right(&self, entry: &Entry, release: &Release, path: &Path, size: u64) -> Result<bool> {
        let read = || fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        match self.contents.get(&entry.path) {
            Some(content) => Ok(size == content.len() as u64 && read()? == *content),
            None if size != entry.size => Ok(false),
            // It had tokens that were evaluated, and is now to be as it is in the package.
            None if release.substituted.contains(&entry.path) => Ok(read()? == self.package.read(&entry.path)?),
            None => Ok(true),
        }
    }
}
