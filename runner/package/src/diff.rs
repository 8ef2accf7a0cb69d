use std::collections::BTreeMap;

use crate::{Archive, ArchiveError, Entry, EntryKind};

/// What differs between two archives, file by file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveDiff {
    /// What was added, removed or changed, in the order of the paths.
    pub changes: Vec<EntryChange>,
    /// Entries that are the same in both.
    pub unchanged: u64,
}

/// One path that is not the same in both archives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryChange {
    /// The path.
    pub path: String,
    /// The entry in the first archive; none if it was added.
    pub before: Option<Entry>,
    /// The entry in the second archive; none if it was removed.
    pub after: Option<Entry>,
    /// Whether the content of a file differs, or what a symlink points to, or one is a file and the other is not.
    pub content: bool,
    /// Whether the permissions differ, as far as both archives hold them.
    pub permissions: bool,
}

impl Archive {
    /// What became of this archive's files in `after`. Only contents count, not how or when they were packed; directories
    /// count if they are empty. Files of the same size are read, unless their checksums differ already.
    pub fn diff(&self, after: &Self) -> Result<ArchiveDiff, ArchiveError> {
        let (before, afterwards) = (compared(self), compared(after));
        let mut diff = ArchiveDiff::default();
        let mut to_read = Vec::new();
        for (&path, &number) in &before {
            let entry = &self.entries()[number];
            let Some(&other_number) = afterwards.get(path) else {
                diff.changes.push(change(path, Some(entry), None, true, false));
                continue;
            };
            let other = &after.entries()[other_number];
            let permissions = permissions_differ(entry, other);
            let content = differs_at_first_sight(entry, other);
            if !content && entry.kind == EntryKind::File {
                to_read.push((number, other_number, permissions));
            } else if content || permissions {
                diff.changes.push(change(path, Some(entry), Some(other), content, permissions));
            } else {
                diff.unchanged += 1;
            }
        }
        for (&path, &number) in afterwards.iter().filter(|(path, _)| !before.contains_key(*path)) {
            diff.changes.push(change(path, None, Some(&after.entries()[number]), true, false));
        }
        let (numbers, other_numbers): (Vec<usize>, Vec<usize>) =
            to_read.iter().map(|&(number, other, _)| (number, other)).unzip();
        let (digests, other_digests) = (self.content_digests(&numbers)?, after.content_digests(&other_numbers)?);
        for (number, other_number, permissions) in to_read {
            let content = digests.get(&number) != other_digests.get(&other_number);
            if content || permissions {
                let (entry, other) = (&self.entries()[number], &after.entries()[other_number]);
                diff.changes.push(change(&entry.path, Some(entry), Some(other), content, permissions));
            } else {
                diff.unchanged += 1;
            }
        }
        diff.changes.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(diff)
    }
}

/// The entries that are compared, by their paths: all but directories that have something in them.
fn compared(archive: &Archive) -> BTreeMap<&str, usize> {
    let mut parents = std::collections::HashSet::new();
    for entry in archive.entries() {
        if let Some((parent, _)) = entry.path.rsplit_once('/') {
            parents.insert(parent);
        }
    }
    let entries = archive.entries().iter().enumerate();
    let counts = |entry: &Entry| entry.kind != EntryKind::Directory || !parents.contains(entry.path.as_str());
    entries.filter(|(_, entry)| counts(entry)).map(|(number, entry)| (entry.path.as_str(), number)).collect()
}

fn differs_at_first_sight(before: &Entry, after: &Entry) -> bool {
    let checksums_differ = matches!((before.crc, after.crc), (Some(a), Some(b)) if a != b);
    before.kind != after.kind || before.size != after.size || before.link != after.link || checksums_differ
}

/// A symlink's own permissions mean nothing.
fn permissions_differ(before: &Entry, after: &Entry) -> bool {
    let is_link = before.kind == EntryKind::Symlink || after.kind == EntryKind::Symlink;
    !is_link && matches!((before.permissions, after.permissions), (Some(a), Some(b)) if a != b)
}

fn change(path: &str, before: Option<&Entry>, after: Option<&Entry>, content: bool, permissions: bool) -> EntryChange {
    EntryChange { path: path.to_owned(), before: before.cloned(), after: after.cloned(), content, permissions }
}
