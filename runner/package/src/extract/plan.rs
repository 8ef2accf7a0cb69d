use std::collections::HashSet;
use std::time::SystemTime;

use crate::{Archive, EntryKind, EntryPatterns, Extracted};

/// The mode of a directory of which the archive holds none.
const DIRECTORY_MODE: u32 = 0o755;
/// What a directory's mode has in any case, so that the extraction can go on in it.
const OWNER_MAY_ALL: u32 = 0o700;

/// What an extraction makes, in the order in which it can be made.
pub(super) struct Plan<'a> {
    /// Directories, each before what is in it.
    pub(super) directories: Vec<PlannedDirectory<'a>>,
    /// The numbers of files, in the order in which their content can be had at the lowest cost.
    pub(super) files: Vec<usize>,
    /// The numbers of symlinks.
    pub(super) symlinks: Vec<usize>,
    /// Everything together.
    pub(super) total: Extracted,
}

/// A directory, listed or only part of other entries' paths.
pub(super) struct PlannedDirectory<'a> {
    pub(super) path: &'a str,
    pub(super) mode: u32,
    pub(super) modified: Option<SystemTime>,
}

impl<'a> Plan<'a> {
    /// What the entries that `patterns` take need.
    pub(super) fn new(archive: &'a Archive, patterns: &EntryPatterns) -> Self {
        let mut plan =
            Self { directories: Vec::new(), files: Vec::new(), symlinks: Vec::new(), total: Extracted::default() };
        let mut made = HashSet::new();
        for (number, entry) in archive.entries().iter().enumerate() {
            if !patterns.matches(&entry.path) {
                continue;
            }
            if entry.path.rsplit_once('/').is_some_and(|(parent, _)| !made.contains(parent)) {
                for (end, _) in entry.path.match_indices('/') {
                    plan.directory(archive, &mut made, &entry.path[..end]);
                }
            }
            match entry.kind {
                EntryKind::Directory => plan.directory(archive, &mut made, &entry.path),
                EntryKind::File => plan.files.push(number),
                EntryKind::Symlink => plan.symlinks.push(number),
            }
            if entry.kind != EntryKind::Directory {
                plan.total.files += 1;
                plan.total.bytes += entry.size;
            }
        }
        archive.sort_for_reading(&mut plan.files);
        plan
    }

    fn directory(&mut self, archive: &Archive, made: &mut HashSet<&'a str>, path: &'a str) {
        if made.insert(path) {
            let entry = archive.find(path);
            let mode = entry.and_then(|entry| entry.permissions).unwrap_or(DIRECTORY_MODE) | OWNER_MAY_ALL;
            let modified = entry.and_then(|entry| entry.modified);
            self.directories.push(PlannedDirectory { path, mode, modified });
        }
    }
}
