use std::sync::Arc;

use flate2::{Decompress, FlushDecompress, Status};
use rawzip::{FileReader, RangeReader};

use crate::EntryProblem;
use crate::content::{ContentError, read_retrying};

const BUFFER_BYTES: usize = 64 * 1024;

/// Decompresses deflate, one range of a file after the other with the same buffers.
pub(crate) struct Inflate {
    state: Decompress,
    range: RangeReader<Arc<FileReader>>,
    buffer: Box<[u8]>,
    begin: usize,
    end: usize,
}

impl Inflate {
    pub(crate) fn new(range: RangeReader<Arc<FileReader>>) -> Self {
        let buffer = vec![0; BUFFER_BYTES].into_boxed_slice();
        Self { state: Decompress::new(false), range, buffer, begin: 0, end: 0 }
    }

    /// Begins with another range.
    pub(crate) fn restart(&mut self, range: RangeReader<Arc<FileReader>>) {
        self.state.reset(false);
        self.range = range;
        self.begin = 0;
        self.end = 0;
    }

    /// Fills `out` or a part of it; 0 means the end.
    pub(crate) fn read(&mut self, out: &mut [u8]) -> Result<usize, ContentError> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            if self.begin == self.end {
                self.begin = 0;
                self.end = read_retrying(&mut self.range, &mut self.buffer)?;
            }
            let input = &self.buffer[self.begin..self.end];
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let flush = if input.is_empty() { FlushDecompress::Finish } else { FlushDecompress::None };
            let at_end = input.is_empty();
            let status =
                self.state.decompress(input, out, flush).map_err(|_| ContentError::Entry(EntryProblem::Damaged))?;
            // Both are at most what fits into the buffers.
            self.begin += (self.state.total_in() - before_in) as usize;
            let produced = (self.state.total_out() - before_out) as usize;
            if produced > 0 || status == Status::StreamEnd {
                return Ok(produced);
            }
            if at_end {
                return Err(ContentError::Entry(EntryProblem::Damaged));
            }
        }
    }
}
