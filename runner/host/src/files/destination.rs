//! Extraction into a step's directory, through the same door as everything else.

use std::io::{self, Read, Write as _};
use std::path::Path;

use wharf_package::{Destination, DestinationError};

use super::metadata::Kind;
use super::operations::below_root;
use super::path::guest_path;
use super::{Directory, FileError, Files, Handle, OpenRequest};

/// How much is copied at once.
const CHUNK: usize = 256 * 1024;

/// A directory of a step as the place where an archive is extracted.
pub(crate) struct StepDestination<'a> {
    files: &'a mut Files,
    base: Directory,
    buffer: Vec<u8>,
}

impl Files {
    /// A writable directory of the step, made if it is missing, as the place for an extraction.
    pub(crate) fn destination(&mut self, path: &str) -> Result<StepDestination<'_>, FileError> {
        let root = self.root();
        let inside = below_root(path.trim_end_matches('/'));
        for (at, _) in inside.match_indices('/').chain([(inside.len(), "")]) {
            match self.create_directory(&root, &inside[..at]) {
                Ok(()) => {}
                Err(FileError::Io(error)) if error.kind() == io::ErrorKind::AlreadyExists => {}
                // It is the whole path that has to be granted, not what is above it.
                Err(FileError::NotGranted { access, .. }) => {
                    return Err(FileError::NotGranted { path: guest_path(Path::new(&format!("/{inside}"))), access });
                }
                Err(error) => return Err(error),
            }
        }
        match self.open(
            &root,
            inside,
            OpenRequest { read: true, directory: true, follow: true, ..Default::default() },
        )? {
            Handle::Directory(base) => Ok(StepDestination { files: self, base, buffer: vec![0; CHUNK] }),
            Handle::File(_) => Err(io::Error::from(io::ErrorKind::NotADirectory).into()),
        }
    }
}

impl Destination for StepDestination<'_> {
    /// The mode is left to the system's default: an archive's directories are often unreadable for others by accident.
    fn create_dir(&mut self, path: &str, _: u32) -> Result<(), DestinationError> {
        match self.files.create_directory(&self.base, path) {
            // Every directory on the way to a file is made first, so this is where a link in the way is met.
            Err(FileError::Io(error)) if error.kind() == io::ErrorKind::AlreadyExists => {
                match self.files.stat(&self.base, path, false)?.kind {
                    Kind::Directory => Ok(()),
                    Kind::Symlink => Err(io::Error::other("a link is in its way").into()),
                    Kind::File | Kind::Special => Err(io::Error::from(io::ErrorKind::NotADirectory).into()),
                }
            }
            result => Ok(result?),
        }
    }

    fn write_file(&mut self, path: &str, mode: u32, content: &mut dyn Read) -> Result<(), DestinationError> {
        let request = OpenRequest { write: true, create: true, exclusive: true, ..Default::default() };
        let Handle::File(open) = self.files.open(&self.base, path, request)? else {
            return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
        };
        loop {
            let count = match content.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if open.private {
                self.files.ledger.quota.grow(count as u64)?;
            }
            open.file.with(|mut file| file.write_all(&self.buffer[..count]))?;
        }
        if open.file.metadata()?.mode & 0o777 != mode & 0o777 {
            open.file.set_mode(mode & 0o777)?;
        }
        Ok(())
    }

    fn symlink(&mut self, path: &str, target: &str) -> Result<(), DestinationError> {
        Ok(self.files.symlink(target, &self.base, path)?)
    }
}
