use std::fs::File;
use std::io::{self, Seek, Write};

use crate::Archive;
use crate::content::{Content, ContentError};

const BUFFER_BYTES: usize = 256 * 1024;

/// Begins the content of one entry after the other. Entries of a compressed tar that are names of the same file follow
/// each other, and only the first is decompressed: for the others its content waits in a temporary file.
pub(super) struct SharedContent<'a> {
    archive: &'a Archive,
    /// The entry whose content is kept, and that.
    kept: Option<(usize, File)>,
}

impl<'a> SharedContent<'a> {
    pub(super) fn new(archive: &'a Archive) -> Self {
        Self { archive, kept: None }
    }

    /// Begins the content of an entry; `next` is the one that will be asked for after it.
    pub(super) fn begin(
        &mut self,
        content: &mut Content,
        number: usize,
        next: Option<usize>,
    ) -> Result<(), ContentError> {
        let is_same = |other: usize| self.archive.is_same_content(number, other);
        let size = self.archive.entries()[number].size;
        if !self.kept.as_ref().is_some_and(|(kept, _)| is_same(*kept)) {
            self.kept = None;
            self.archive.begin(content, number)?;
            if !next.is_some_and(is_same) {
                return Ok(());
            }
            let file = keep(content)?;
            self.kept = Some((number, file));
        }
        if let Some((_, file)) = &mut self.kept {
            file.rewind().map_err(ContentError::Io)?;
            content.begin_file(file.try_clone().map_err(ContentError::Io)?, size);
        }
        Ok(())
    }
}

fn keep(content: &mut Content) -> Result<File, ContentError> {
    let mut file = tempfile::tempfile().map_err(ContentError::Io)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match content.read_most(&mut buffer)? {
            0 => return Ok(file),
            read => file.write_all(&buffer[..read]).map_err(named)?,
        }
    }
}

fn named(error: io::Error) -> ContentError {
    let message = format!("a temporary file cannot be written: {error}");
    ContentError::Io(io::Error::new(error.kind(), message))
}
