use std::io::{self, BufReader};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use rawzip::{FileReader, RangeReader};

use crate::EntryProblem;
use crate::content::{ContentError, read_retrying};

/// The bytes of a tar, uncompressed.
pub(crate) enum TarStream {
    /// The file's own bytes.
    Plain {
        /// The file.
        file: Arc<FileReader>,
        /// The next byte.
        position: u64,
        /// The file's size.
        end: u64,
    },
    /// The bytes that gzip compressed.
    Gzip {
        /// Decompresses.
        decoder: Box<MultiGzDecoder<BufReader<RangeReader<Arc<FileReader>>>>>,
        /// The next byte.
        position: u64,
    },
}

impl TarStream {
    pub(crate) fn plain(file: Arc<FileReader>, file_bytes: u64) -> Self {
        Self::Plain { file, position: 0, end: file_bytes }
    }

    pub(crate) fn gzip(file: Arc<FileReader>, file_bytes: u64) -> Self {
        let compressed = BufReader::with_capacity(64 * 1024, RangeReader::new(file, 0..file_bytes));
        Self::Gzip { decoder: Box::new(MultiGzDecoder::new(compressed)), position: 0 }
    }

    /// The offset of the next byte.
    pub(crate) fn position(&self) -> u64 {
        match self {
            Self::Plain { position, .. } | Self::Gzip { position, .. } => *position,
        }
    }

    /// Whether the byte at this offset can still be had.
    pub(crate) fn can_seek_to(&self, offset: u64) -> bool {
        matches!(self, Self::Plain { .. }) || self.position() <= offset
    }

    /// Goes to an offset for which [`can_seek_to`](Self::can_seek_to) holds.
    pub(crate) fn seek(&mut self, offset: u64) -> Result<(), ContentError> {
        match self {
            Self::Plain { position, end, .. } => {
                if offset > *end {
                    return Err(ContentError::Entry(EntryProblem::Truncated));
                }
                *position = offset;
            }
            Self::Gzip { .. } => {
                let mut scratch = Vec::new();
                while self.position() < offset {
                    if scratch.is_empty() {
                        scratch.resize(64 * 1024, 0);
                    }
                    let step = (offset - self.position()).min(scratch.len() as u64) as usize;
                    if self.read(&mut scratch[..step])? == 0 {
                        return Err(ContentError::Entry(EntryProblem::Truncated));
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads into `buffer`; 0 means the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ContentError> {
        let (read, position) = match self {
            Self::Plain { file, position, end } => {
                (read_retrying(&mut RangeReader::new(&**file, *position..*end), buffer)?, position)
            }
            Self::Gzip { decoder, position } => (read_retrying(decoder, buffer).map_err(damaged)?, position),
        };
        *position += read as u64;
        Ok(read)
    }

    /// Fills `buffer`, or less of it at the end; answers how much.
    pub(crate) fn read_full(&mut self, buffer: &mut [u8]) -> Result<usize, ContentError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        Ok(filled)
    }
}

/// The decoder reports damage and a missing end as I/O errors.
fn damaged(error: ContentError) -> ContentError {
    match error {
        ContentError::Io(error) => match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => ContentError::Entry(EntryProblem::Damaged),
            io::ErrorKind::UnexpectedEof => ContentError::Entry(EntryProblem::Truncated),
            _ => ContentError::Io(error),
        },
        entry => entry,
    }
}
