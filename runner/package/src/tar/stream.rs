use std::sync::Arc;

use rawzip::{FileReader, RangeReader};

use crate::EntryProblem;
use crate::codec::{Codec, Decoder};
use crate::content::{ContentError, read_retrying};

const SCRATCH_BYTES: usize = 64 * 1024;

/// The bytes of a tar, uncompressed.
pub(crate) struct TarStream {
    source: Source,
    /// The offset of the next byte.
    position: u64,
}

enum Source {
    Plain { file: Arc<FileReader>, end: u64 },
    Compressed { decoder: Decoder, scratch: Vec<u8> },
}

impl TarStream {
    /// The stream of a file from its begin on.
    pub(crate) fn new(
        file: &Arc<FileReader>,
        file_bytes: u64,
        codec: Codec,
        window_bytes: u64,
    ) -> Result<Self, ContentError> {
        let range = RangeReader::new(Arc::clone(file), 0..file_bytes);
        let source = match Decoder::new(codec, range, u64::MAX, window_bytes)? {
            Some(decoder) => Source::Compressed { decoder, scratch: Vec::new() },
            None => Source::Plain { file: Arc::clone(file), end: file_bytes },
        };
        Ok(Self { source, position: 0 })
    }

    /// The offset of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Whether the byte at this offset can still be had.
    pub(crate) fn can_seek_to(&self, offset: u64) -> bool {
        matches!(self.source, Source::Plain { .. }) || self.position <= offset
    }

    /// Goes to an offset for which [`can_seek_to`](Self::can_seek_to) holds.
    pub(crate) fn seek(&mut self, offset: u64) -> Result<(), ContentError> {
        let truncated = || ContentError::Entry(EntryProblem::Truncated);
        match &mut self.source {
            Source::Plain { end, .. } if offset > *end => return Err(truncated()),
            Source::Plain { .. } => self.position = offset,
            Source::Compressed { decoder, scratch } => {
                while self.position < offset {
                    scratch.resize(SCRATCH_BYTES, 0);
                    let step = (offset - self.position).min(SCRATCH_BYTES as u64) as usize;
                    match decoder.read(&mut scratch[..step])? {
                        0 => return Err(truncated()),
                        read => self.position += read as u64,
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads into `buffer`; 0 means the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ContentError> {
        let read = match &mut self.source {
            Source::Plain { file, end } => read_retrying(&mut RangeReader::new(&**file, self.position..*end), buffer)?,
            Source::Compressed { decoder, .. } => decoder.read(buffer)?,
        };
        self.position += read as u64;
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
