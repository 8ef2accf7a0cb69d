use std::io::{self, Read};
use std::ops::ControlFlow;

use super::feed::Feed;
use super::plan::Plan;
use super::{Destination, DestinationError, ExtractError};
use crate::content::ContentError;
use crate::{Archive, ArchiveError, EntryPatterns};

/// The mode of a file of which the archive holds none.
pub(super) const FILE_MODE: u32 = 0o644;
/// Progress is told again after so many bytes of one file.
pub(super) const PROGRESS_BYTES: u64 = 1024 * 1024;

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

impl Archive {
    /// Extracts the entries that `patterns` take into a destination of the caller's, where what was made before a failure
    /// stays. It is used by this thread alone, while others decompress ahead of it. `progress` hears of each file before it is extracted, and again from time to time; it may stop the
    /// extraction.
    pub fn extract(
        &self,
        destination: &mut dyn Destination,
        patterns: &EntryPatterns,
        progress: &mut dyn FnMut(&ExtractProgress<'_>) -> ControlFlow<()>,
    ) -> Result<Extracted, ExtractError> {
        let plan = Plan::new(self, patterns);
        let mut done = ExtractProgress {
            path: "",
            files: 0,
            bytes: 0,
            total_files: plan.total.files,
            total_bytes: plan.total.bytes,
        };
        for directory in &plan.directories {
            let path = directory.path;
            destination.create_dir(path, directory.mode).map_err(|problem| refused(path, problem))?;
        }
        Feed::run(self, &plan.files, |feed| {
            for (at, &number) in plan.files.iter().enumerate() {
                let entry = &self.entries()[number];
                done.path = &entry.path;
                if progress(&done).is_break() {
                    return Err(ExtractError::Cancelled);
                }
                let broken = |error: ContentError| ArchiveError::new(self.path(), error.of(&entry.path));
                feed.begin(at).map_err(broken)?;
                let mode = entry.permissions.unwrap_or(FILE_MODE);
                let mut reader = FileContent { feed: &mut *feed, done: &mut done, progress, untold: 0, stop: None };
                let written = destination.write_file(&entry.path, mode, &mut reader);
                match (reader.stop, written) {
                    // The destination failed only because its source did.
                    (Some(Stop::Broken(error)), _) => return Err(broken(error).into()),
                    (Some(Stop::Cancelled), _) => return Err(ExtractError::Cancelled),
                    (None, written) => written.map_err(|problem| refused(&entry.path, problem))?,
                }
                done.files += 1;
            }
            Ok(())
        })?;
        for &number in &plan.symlinks {
            let entry = &self.entries()[number];
            done.path = &entry.path;
            if progress(&done).is_break() {
                return Err(ExtractError::Cancelled);
            }
            let target = entry.link.as_deref().unwrap_or_default();
            destination.symlink(&entry.path, target).map_err(|problem| refused(&entry.path, problem))?;
            done.files += 1;
        }
        Ok(Extracted { files: done.files, bytes: done.bytes })
    }
}

pub(super) fn refused(path: &str, problem: DestinationError) -> ExtractError {
    ExtractError::Destination { entry: path.to_owned(), problem }
}

/// A file's content as the destination reads it.
struct FileContent<'a, 'b, 'c> {
    feed: &'a mut Feed<'c>,
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

impl Read for FileContent<'_, '_, '_> {
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
        match self.feed.read(buffer) {
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
