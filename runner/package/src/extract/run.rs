use std::collections::HashSet;
use std::io::{self, Read};
use std::ops::ControlFlow;

use thiserror::Error;

use super::{Destination, DestinationError};
use crate::content::{Content, ContentError};
use crate::{Archive, ArchiveError, EntryKind, EntryPatterns};

/// The mode of a file of which the archive holds none.
const FILE_MODE: u32 = 0o644;
/// The mode of a directory of which the archive holds none.
const DIRECTORY_MODE: u32 = 0o755;
/// What a directory's mode has in any case, so that the extraction can go on in it.
const OWNER_MAY_ALL: u32 = 0o700;
/// Progress is told again after so many bytes of one file.
const PROGRESS_BYTES: u64 = 1024 * 1024;

/// How far an extraction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtractProgress<'a> {
    /// The entry that is next, or under way.
    pub path: &'a str,
    /// Files and symlinks done.
    pub files: u64,
    /// Bytes done.
    pub bytes: u64,
    /// Of so many files and symlinks.
    pub total_files: u64,
    /// Of so many bytes.
    pub total_bytes: u64,
}

/// What was extracted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Files and symlinks.
    pub files: u64,
    /// Bytes of the files.
    pub bytes: u64,
}

/// Why an extraction stopped. What was extracted before stays: extract beside the real place, and rename.
#[derive(Debug, Error)]
pub enum ExtractError {
    /// The archive is at fault.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The destination is at fault.
    #[error("cannot extract `{entry}`: {problem}")]
    Destination {
        /// The entry.
        entry: String,
        /// What the destination says.
        #[source]
        problem: DestinationError,
    },
    /// The caller's progress function said so.
    #[error("the extraction was cancelled")]
    Cancelled,
}

impl Archive {
    /// Extracts the entries that `patterns` take. `progress` hears of each file before it is extracted, and again from time
    /// to time; it may stop the extraction.
    pub fn extract(
        &self,
        destination: &mut dyn Destination,
        patterns: &EntryPatterns,
        progress: &mut dyn FnMut(&ExtractProgress<'_>) -> ControlFlow<()>,
    ) -> Result<Extracted, ExtractError> {
        let taken = |kind: fn(EntryKind) -> bool| {
            let entries = self.entries().iter().enumerate();
            entries.filter(move |(_, entry)| kind(entry.kind) && patterns.matches(&entry.path))
        };
        let mut extraction = Extraction { archive: self, destination, content: Content::new(), made: HashSet::new() };
        let mut done = ExtractProgress { path: "", files: 0, bytes: 0, total_files: 0, total_bytes: 0 };
        for (_, entry) in taken(|kind| kind != EntryKind::Directory) {
            done.total_files += 1;
            done.total_bytes += entry.size;
        }
        // Before anything lies in them, so that their own modes are the ones they get.
        for (_, entry) in taken(|kind| kind == EntryKind::Directory) {
            extraction.make_parents(&entry.path)?;
            extraction.make_directory(&entry.path, entry.permissions.unwrap_or(DIRECTORY_MODE))?;
        }
        for (number, entry) in taken(|kind| kind == EntryKind::File) {
            done.path = &entry.path;
            if progress(&done).is_break() {
                return Err(ExtractError::Cancelled);
            }
            extraction.make_parents(&entry.path)?;
            extraction.write_file(number, &mut done, progress)?;
            done.files += 1;
        }
        for (_, entry) in taken(|kind| kind == EntryKind::Symlink) {
            done.path = &entry.path;
            if progress(&done).is_break() {
                return Err(ExtractError::Cancelled);
            }
            extraction.make_parents(&entry.path)?;
            extraction.make_symlink(&entry.path, entry.link.as_deref().unwrap_or_default())?;
            done.files += 1;
        }
        Ok(Extracted { files: done.files, bytes: done.bytes })
    }
}

struct Extraction<'a> {
    archive: &'a Archive,
    destination: &'a mut dyn Destination,
    content: Content,
    /// The directories that were made.
    made: HashSet<&'a str>,
}

impl<'a> Extraction<'a> {
    fn make_parents(&mut self, path: &'a str) -> Result<(), ExtractError> {
        if path.rsplit_once('/').is_none_or(|(parent, _)| self.made.contains(parent)) {
            return Ok(());
        }
        for (end, _) in path.match_indices('/') {
            let directory = &path[..end];
            let permissions = self.archive.find(directory).and_then(|entry| entry.permissions);
            self.make_directory(directory, permissions.unwrap_or(DIRECTORY_MODE))?;
        }
        Ok(())
    }

    fn make_directory(&mut self, path: &'a str, mode: u32) -> Result<(), ExtractError> {
        if self.made.insert(path) {
            self.destination.create_dir(path, mode | OWNER_MAY_ALL).map_err(|problem| refused(path, problem))?;
        }
        Ok(())
    }

    fn make_symlink(&mut self, path: &str, target: &str) -> Result<(), ExtractError> {
        self.destination.symlink(path, target).map_err(|problem| refused(path, problem))
    }

    fn write_file<'b>(
        &mut self,
        number: usize,
        done: &mut ExtractProgress<'b>,
        progress: &mut dyn FnMut(&ExtractProgress<'_>) -> ControlFlow<()>,
    ) -> Result<(), ExtractError> {
        let entry = &self.archive.entries()[number];
        let broken = |error: ContentError| ArchiveError::new(self.archive.path(), error.of(&entry.path));
        self.archive.begin(&mut self.content, number).map_err(broken)?;
        let mode = entry.permissions.unwrap_or(FILE_MODE);
        let mut reader = FileContent { content: &mut self.content, done, progress, untold: 0, stop: None };
        let written = self.destination.write_file(&entry.path, mode, &mut reader);
        match (reader.stop, written) {
            // The destination failed only because its source did.
            (Some(Stop::Broken(error)), _) => Err(broken(error).into()),
            (Some(Stop::Cancelled), _) => Err(ExtractError::Cancelled),
            (None, Err(problem)) => Err(refused(&entry.path, problem)),
            (None, Ok(())) => Ok(()),
        }
    }
}

fn refused(path: &str, problem: DestinationError) -> ExtractError {
    ExtractError::Destination { entry: path.to_owned(), problem }
}

/// A file's content as the destination reads it.
struct FileContent<'a, 'b> {
    content: &'a mut Content,
    done: &'a mut ExtractProgress<'b>,
    progress: &'a mut dyn FnMut(&ExtractProgress<'_>) -> ControlFlow<()>,
    /// Bytes since progress was told.
    untold: u64,
    stop: Option<Stop>,
}

enum Stop {
    Broken(ContentError),
    Cancelled,
}

impl Read for FileContent<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.untold >= PROGRESS_BYTES {
            self.untold = 0;
            if (self.progress)(self.done).is_break() {
                self.stop = Some(Stop::Cancelled);
            }
        }
        if self.stop.is_some() {
            return Err(io::Error::other("the extraction has stopped"));
        }
        match self.content.read(buffer) {
            Ok(read) => {
                self.done.bytes += read as u64;
                self.untold += read as u64;
                Ok(read)
            }
            Err(error) => {
                self.stop = Some(Stop::Broken(error));
                Err(io::Error::new(io::ErrorKind::InvalidData, "the package is damaged"))
            }
        }
    }
}
