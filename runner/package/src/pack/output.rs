use std::io::{self, Write};
use std::ops::ControlFlow;

use super::PackProgress;
use crate::ArchiveProblem;

/// Why a package was not written.
#[derive(Debug)]
pub(super) enum WriteError {
    /// Something in the folder cannot be packed.
    Folder(ArchiveProblem),
    /// The package's bytes cannot be kept.
    Output(io::Error),
    /// The caller did not want it any more.
    Cancelled,
}

/// Where a package is written, counting, and who wants to know how far it is.
pub(super) struct Output<'a, W> {
    writer: W,
    bytes: u64,
    progress: PackProgress,
    tell: &'a mut dyn FnMut(&PackProgress) -> ControlFlow<()>,
}

impl<'a, W: Write> Output<'a, W> {
    pub(super) fn new(
        writer: W,
        progress: PackProgress,
        tell: &'a mut dyn FnMut(&PackProgress) -> ControlFlow<()>,
    ) -> Self {
        Self { writer, bytes: 0, progress, tell }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.bytes += bytes.len() as u64;
        self.writer.write_all(bytes).map_err(WriteError::Output)
    }

    /// Bytes that were written.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Counts so many bytes, and ends, of the folder's files.
    pub(super) fn went_on(&mut self, bytes: u64, files: u64) -> Result<(), WriteError> {
        self.progress.bytes += bytes;
        self.progress.files += files;
        match (self.tell)(&self.progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(WriteError::Cancelled),
        }
    }
}
