use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use crate::content::{Content, ContentError};
use crate::{Archive, ArchiveError, ArchiveProblem, EntryKind, EntryProblem, workers};

const BUFFER_BYTES: usize = 128 * 1024;

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Files that were read, also those that only describe the package.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// The files whose content cannot be had as the archive declares it, in the archive's order.
    pub damaged: Vec<DamagedEntry>,
}

/// A file of an archive whose content cannot be had as the archive declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedEntry {
    /// Its path.
    pub path: String,
    /// What is wrong with it.
    pub problem: EntryProblem,
}

/// A file to be read.
struct Item<'a> {
    /// Its place in the archive's order.
    order: usize,
    path: &'a str,
    size: u64,
    source: Source<'a>,
}

enum Source<'a> {
    Entry(usize),
    Hidden(&'a crate::zip::Hidden),
}

impl Archive {
    /// Reads every file to its end, on all cores, and compares sizes and checksums with what the archive declares. Of a
    /// tar, opening it has read everything already: its files have no checksums of their own, and those of its
    /// compression were right. `progress` hears of the bytes that were read; it may stop the verification, which answers
    /// none then.
    pub fn verify(&self, progress: &(dyn Fn(u64) -> ControlFlow<()> + Sync)) -> Result<Option<Verified>, ArchiveError> {
        let mut items = self.items();
        let total = items.iter().map(|item| item.size).sum();
        let mut verified = Verified { files: items.len() as u64, bytes: total, damaged: Vec::new() };
        if self.was_read_when_opened() {
            return Ok(Some(verified));
        }
        items.sort_by_key(|item| std::cmp::Reverse(item.size));
        let damaged = Mutex::new(Vec::new());
        let read = workers::for_each(&items, workers::count(items.len(), total), Tools::new, |tools, item| match self
            .read_to_end(tools, item, progress)
        {
            Ok(()) => Ok(()),
            Err(Stop::Broken(ContentError::Entry(problem))) => {
                let damage = DamagedEntry { path: item.path.to_owned(), problem };
                damaged.lock().unwrap_or_else(PoisonError::into_inner).push((item.order, damage));
                Ok(())
            }
            Err(stop) => Err(stop),
        });
        match read {
            Ok(()) => {
                let mut damaged = damaged.into_inner().unwrap_or_else(PoisonError::into_inner);
                damaged.sort_by_key(|&(order, _)| order);
                verified.damaged = damaged.into_iter().map(|(_, damage)| damage).collect();
                Ok(Some(verified))
            }
            Err(Stop::Cancelled) => Ok(None),
            Err(Stop::Broken(error)) => Err(ArchiveError::new(self.path(), error.of(""))),
        }
    }

    fn items(&self) -> Vec<Item<'_>> {
        let entries = self.entries().iter().enumerate().filter(|(_, entry)| entry.kind == EntryKind::File);
        let files = entries.map(|(order, entry)| {
            let (path, size) = (entry.path.as_str(), entry.size);
            Item { order, path, size, source: Source::Entry(order) }
        });
        let hidden = self.hidden().iter().enumerate().map(|(at, hidden)| {
            let order = self.entries().len() + at;
            Item { order, path: &hidden.name, size: hidden.size, source: Source::Hidden(hidden) }
        });
        files.chain(hidden).collect()
    }

    fn read_to_end(
        &self,
        tools: &mut Tools,
        item: &Item<'_>,
        progress: &(dyn Fn(u64) -> ControlFlow<()> + Sync),
    ) -> Result<(), Stop> {
        let content = &mut tools.content;
        match item.source {
            Source::Entry(number) => self.begin(content, number).map_err(Stop::Broken)?,
            Source::Hidden(hidden) => self.begin_hidden(content, hidden).map_err(Stop::Broken)?,
        }
        loop {
            let read = content.read(&mut tools.buffer).map_err(Stop::Broken)?;
            if progress(read as u64).is_break() {
                return Err(Stop::Cancelled);
            }
            if read == 0 {
                return Ok(());
            }
        }
    }
}

/// What one thread needs to read files.
struct Tools {
    content: Content,
    buffer: Vec<u8>,
}

impl Tools {
    fn new() -> Self {
        Self { content: Content::new(), buffer: vec![0; BUFFER_BYTES] }
    }
}

enum Stop {
    Broken(ContentError),
    Cancelled,
}

impl Verified {
    /// An error for the first file that is damaged, if there is one.
    pub fn into_result(self, archive: &Archive) -> Result<Self, ArchiveError> {
        match self.damaged.first() {
            Some(DamagedEntry { path, problem }) => {
                Err(ArchiveError::new(archive.path(), ArchiveProblem::entry(path, problem.clone())))
            }
            None => Ok(self),
        }
    }
}
