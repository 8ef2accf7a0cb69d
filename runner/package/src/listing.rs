use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::time::SystemTime;

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::entry_path::{NormalPath, normalise};
use crate::link::check_link;
use crate::{ArchiveLimits, ArchiveProblem, Entry, EntryKind, EntryProblem};

/// An entry as a reader finds it, before anything about it is believed.
pub(crate) struct FoundEntry<'a> {
    /// The name as the archive has it, decoded.
    pub(crate) name: &'a str,
    /// What it claims to be.
    pub(crate) kind: EntryKind,
    /// The declared size of a file.
    pub(crate) size: u64,
    /// Permission bits.
    pub(crate) permissions: Option<u32>,
    /// The target of a symlink.
    pub(crate) link: Option<String>,
    /// When it was changed last.
    pub(crate) modified: Option<SystemTime>,
    /// Bytes of a file in the archive.
    pub(crate) packed_bytes: Option<u64>,
    /// The CRC-32 of a file.
    pub(crate) crc: Option<u32>,
}

impl<'a> FoundEntry<'a> {
    /// An entry of which nothing else is known.
    pub(crate) fn new(name: &'a str, kind: EntryKind) -> Self {
        Self { name, kind, size: 0, permissions: None, link: None, modified: None, packed_bytes: None, crc: None }
    }
}

/// All entries of an archive, each checked by itself and against all others.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The entries in the archive's order.
    pub(crate) entries: Vec<Entry>,
    /// Bytes of all files.
    pub(crate) total_bytes: u64,
    nodes: HashMap<String, Node>,
}

/// A path of the tree that the archive's entries make, under the form that it has in common with all those that are the
/// same file on some system.
#[derive(Debug)]
struct Node {
    spelled: String,
    /// The entry, or none for a directory that is only part of others' paths.
    entry: Option<usize>,
}

impl Listing {
    /// The number of the entry with this path, if there is one.
    pub(crate) fn find(&self, path: &str) -> Option<usize> {
        self.nodes.get(&*folded(path)).filter(|node| node.spelled == path)?.entry
    }

    /// The symlink at a path, whatever its case.
    pub(crate) fn symlink_at(&self, path: &str) -> Option<&Entry> {
        let entry = &self.entries[self.nodes.get(&*folded(path))?.entry?];
        (entry.kind == EntryKind::Symlink).then_some(entry)
    }
}

/// A path in lower case and with its characters composed: Windows and macOS do not tell cases apart, and macOS does not
/// tell `ü` from `u` with dots behind it.
fn folded(path: &str) -> Cow<'_, str> {
    if path.is_ascii() {
        return match path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(path.to_ascii_lowercase()),
            false => Cow::Borrowed(path),
        };
    }
    let normalizer = const { ComposingNormalizerBorrowed::new_nfc() };
    // Lower case may decompose again what was composed.
    Cow::Owned(normalizer.normalize(&normalizer.normalize(path).to_lowercase()).into_owned())
}

/// Why a path cannot be beside one that is the same file on some system.
fn collision(spelled: &str, path: &str) -> EntryProblem {
    let spelled_as = spelled.to_owned();
    match spelled.to_lowercase() == path.to_lowercase() {
        true => EntryProblem::CaseCollision(spelled_as),
        false => EntryProblem::UnicodeCollision(spelled_as),
    }
}

/// Makes a [`Listing`], one entry after the other.
pub(crate) struct ListingBuilder<'a> {
    limits: &'a ArchiveLimits,
    /// The size of the archive's file, if its content can be larger than it.
    file_bytes: Option<u64>,
    listing: Listing,
    /// The parent of the entry before: most entries have the same one.
    known_parent: String,
}

impl<'a> ListingBuilder<'a> {
    /// A builder for an archive of a size, or for one that cannot be larger than what it holds.
    pub(crate) fn new(limits: &'a ArchiveLimits, file_bytes: Option<u64>) -> Self {
        Self { limits, file_bytes, listing: Listing::default(), known_parent: String::new() }
    }

    /// The file, symlink or directory that has been taken and has this name.
    pub(crate) fn find(&self, name: &str) -> Option<(usize, &Entry)> {
        let number = self.listing.find(&normalise(name, self.limits).ok()?.path)?;
        Some((number, &self.listing.entries[number]))
    }

    /// Takes an entry. Answers its number, or none if it is the root or a directory that is listed already.
    pub(crate) fn push(&mut self, found: FoundEntry<'_>) -> Result<Option<usize>, ArchiveProblem> {
        let refuse = |problem| ArchiveProblem::entry(found.name, problem);
        let NormalPath { path, directory } = normalise(found.name, self.limits).map_err(refuse)?;
        if directory && found.kind != EntryKind::Directory {
            return Err(refuse(EntryProblem::FileAndDirectory));
        }
        if path.is_empty() {
            return if found.kind == EntryKind::Directory { Ok(None) } else { Err(refuse(EntryProblem::NoName)) };
        }
        self.count(found.size)?;
        self.add_parents(&path).map_err(refuse)?;
        let number = self.listing.entries.len();
        match self.listing.nodes.entry(folded(&path).into_owned()) {
            Slot::Vacant(slot) => {
                slot.insert(Node { spelled: path.clone(), entry: Some(number) });
            }
            Slot::Occupied(mut slot) => {
                let node = slot.get_mut();
                if node.spelled != path {
                    return Err(refuse(collision(&node.spelled, &path)));
                }
                let is_directory = found.kind == EntryKind::Directory;
                match node.entry.map(|other| self.listing.entries[other].kind) {
                    None if is_directory => node.entry = Some(number),
                    Some(EntryKind::Directory) if is_directory => return Ok(None),
                    Some(other) if other != EntryKind::Directory && !is_directory => {
                        return Err(refuse(EntryProblem::Duplicate));
                    }
                    _ => return Err(refuse(EntryProblem::FileAndDirectory)),
                }
            }
        }
        self.listing.entries.push(Entry {
            path,
            kind: found.kind,
            size: found.size,
            permissions: found.permissions,
            link: found.link,
            packed_bytes: found.packed_bytes,
            crc: found.crc,
            modified: found.modified,
        });
        Ok(Some(number))
    }

    /// Checks what can be checked only when everything is known.
    pub(crate) fn finish(self) -> Result<Listing, ArchiveProblem> {
        for entry in &self.listing.entries {
            if let Some(target) = &entry.link {
                check_link(&entry.path, target, &self.listing, self.limits)
                    .map_err(|problem| ArchiveProblem::entry(&entry.path, problem))?;
            }
        }
        Ok(self.listing)
    }

    /// Counts a file of which no entry is made.
    pub(crate) fn count(&mut self, size: u64) -> Result<(), ArchiveProblem> {
        let ArchiveLimits { total_bytes, entries, ratio, harmless_bytes, .. } = *self.limits;
        if self.listing.entries.len() as u64 >= entries {
            return Err(ArchiveProblem::Entries { value: entries });
        }
        let total = self.listing.total_bytes.saturating_add(size);
        if total > total_bytes {
            return Err(ArchiveProblem::TotalBytes { value: total_bytes });
        }
        if let Some(file_bytes) = self.file_bytes
            && total > harmless_bytes
            && total > file_bytes.saturating_mul(ratio)
        {
            return Err(ArchiveProblem::Ratio { value: ratio });
        }
        self.listing.total_bytes = total;
        Ok(())
    }

    fn add_parents(&mut self, path: &str) -> Result<(), EntryProblem> {
        let Some((parent, _)) = path.rsplit_once('/') else { return Ok(()) };
        if parent == self.known_parent {
            return Ok(());
        }
        for (end, _) in path.match_indices('/') {
            let parent = &path[..end];
            match self.listing.nodes.entry(folded(parent).into_owned()) {
                Slot::Vacant(slot) => {
                    slot.insert(Node { spelled: parent.to_owned(), entry: None });
                }
                Slot::Occupied(slot) => {
                    let node = slot.get();
                    if node.entry.is_some_and(|number| self.listing.entries[number].kind != EntryKind::Directory) {
                        return Err(EntryProblem::BeneathFile(node.spelled.clone()));
                    }
                    if node.spelled != parent {
                        return Err(collision(&node.spelled, parent));
                    }
                }
            }
        }
        parent.clone_into(&mut self.known_parent);
        Ok(())
    }
}
