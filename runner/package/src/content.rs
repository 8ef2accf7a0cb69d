use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use flate2::Crc;
use rawzip::{FileReader, RangeReader};

use crate::codec::{Codec, Decoder, Inflate};
use crate::tar::{Place, Run, SparseMap, TarStream};
use crate::zip::ZipContent;
use crate::{ArchiveProblem, EntryProblem};

/// Why the content of an entry cannot be had.
#[derive(Debug)]
pub(crate) enum ContentError {
    /// The archive's file cannot be read.
    Io(io::Error),
    /// Something is wrong with the entry.
    Entry(EntryProblem),
}

impl ContentError {
    /// The problem, with the entry's name.
    pub(crate) fn of(self, entry: &str) -> ArchiveProblem {
        match self {
            Self::Io(error) => ArchiveProblem::Unreadable(error),
            Self::Entry(problem) => ArchiveProblem::entry(entry, problem),
        }
    }
}

/// The content of one entry at a time, read once from its begin to its end: never more than the declared bytes, and an
/// error if there are fewer or more, or if their checksum is wrong. The last bytes come only when all that was checked.
pub(crate) struct Content {
    body: Body,
    position: u64,
    size: u64,
    checksum: Option<(Crc, u32)>,
    /// Kept from entry to entry for its buffers.
    inflate: Option<Inflate>,
    /// Kept from entry to entry, because a compressed tar can only be read forwards.
    tar: Option<TarStream>,
}

enum Body {
    Nothing,
    Stored(RangeReader<Arc<FileReader>>),
    Deflated,
    Decoded(Decoder),
    Tar,
    Sparse(Arc<SparseMap>),
    File(File),
}

impl Content {
    pub(crate) fn new() -> Self {
        Self { body: Body::Nothing, position: 0, size: 0, checksum: None, inflate: None, tar: None }
    }

    /// Begins an entry of a zip.
    pub(crate) fn begin_zip(&mut self, content: ZipContent, size: u64) -> Result<(), ContentError> {
        self.begin(Body::Nothing, size);
        let ZipContent { bytes, codec, crc, window_bytes } = content;
        self.checksum = Some((Crc::new(), crc));
        self.body = match codec {
            Codec::Stored => Body::Stored(bytes),
            Codec::Deflate => {
                match &mut self.inflate {
                    Some(inflate) => inflate.restart(bytes),
                    None => self.inflate = Some(Inflate::new(bytes)),
                }
                Body::Deflated
            }
            _ => Decoder::new(codec, bytes, size, window_bytes)?.map_or(Body::Nothing, Body::Decoded),
        };
        Ok(())
    }

    /// Begins an entry of a tar. `open` begins the stream anew, which is needed when it is past the entry.
    pub(crate) fn begin_tar(
        &mut self,
        open: impl FnOnce() -> Result<TarStream, ContentError>,
        place: &Place,
        size: u64,
    ) -> Result<(), ContentError> {
        self.begin(place.sparse.clone().map_or(Body::Tar, Body::Sparse), size);
        let mut stream = match self.tar.take() {
            Some(stream) if stream.can_seek_to(place.offset) => stream,
            _ => open()?,
        };
        stream.seek(place.offset)?;
        self.tar = Some(stream);
        Ok(())
    }

    /// Begins a file of the machine, from where it is read next.
    pub(crate) fn begin_file(&mut self, file: File, size: u64) {
        self.begin(Body::File(file), size);
    }

    fn begin(&mut self, body: Body, size: u64) {
        self.body = body;
        self.size = size;
        self.position = 0;
        self.checksum = None;
    }

    /// How many bytes were read.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Reads into `buffer`; 0 means the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ContentError> {
        let remaining = self.size - self.position;
        // At most the buffer's length.
        let length = remaining.min(buffer.len() as u64) as usize;
        if length == 0 {
            if remaining == 0 {
                self.check_end()?;
            }
            return Ok(0);
        }
        let read = self.read_body(length, buffer)?;
        if read == 0 {
            return Err(ContentError::Entry(match self.body {
                Body::Deflated | Body::Decoded(_) | Body::File(_) => EntryProblem::SizeLies { declared: self.size },
                Body::Stored(_) | Body::Tar | Body::Sparse(_) | Body::Nothing => EntryProblem::Truncated,
            }));
        }
        self.position += read as u64;
        if let Some((crc, _)) = &mut self.checksum {
            crc.update(&buffer[..read]);
        }
        if self.position == self.size {
            self.check_end()?;
        }
        Ok(read)
    }

    /// Fills the buffer, or less of it at the end; answers how much.
    pub(crate) fn read_most(&mut self, buffer: &mut [u8]) -> Result<usize, ContentError> {
        let mut filled = 0;
        loop {
            match self.read(&mut buffer[filled..])? {
                0 => return Ok(filled),
                read => filled += read,
            }
        }
    }

    /// Fills the whole buffer.
    pub(crate) fn read_full(&mut self, buffer: &mut [u8]) -> Result<(), ContentError> {
        match self.read_most(buffer)? {
            read if read == buffer.len() => Ok(()),
            _ => Err(ContentError::Entry(EntryProblem::Truncated)),
        }
    }

    /// Goes forward without looking at what lies between, or as far as there is something.
    pub(crate) fn skip_to(&mut self, offset: u64) -> Result<(), ContentError> {
        let offset = offset.min(self.size);
        let mut scratch = Vec::new();
        while self.position < offset {
            if scratch.is_empty() {
                scratch.resize(64 * 1024, 0);
            }
            let step = (offset - self.position).min(scratch.len() as u64) as usize;
            self.read(&mut scratch[..step])?;
        }
        Ok(())
    }

    fn read_body(&mut self, length: usize, buffer: &mut [u8]) -> Result<usize, ContentError> {
        let buffer = &mut buffer[..length];
        match (&mut self.body, &mut self.inflate, &mut self.tar) {
            (Body::Stored(range), ..) => read_retrying(range, buffer),
            (Body::File(file), ..) => read_retrying(file, buffer),
            (Body::Deflated, Some(inflate), _) => inflate.read(buffer),
            (Body::Decoded(decoder), ..) => decoder.read(buffer),
            (Body::Tar, _, Some(stream)) => stream.read(buffer),
            (Body::Sparse(map), _, Some(stream)) => {
                let run = map.at(self.position);
                let (Run::Stored(bytes) | Run::Zeros(bytes)) = run;
                // At most the buffer's length.
                let buffer = &mut buffer[..bytes.min(length as u64) as usize];
                match run {
                    Run::Stored(_) => stream.read(buffer),
                    Run::Zeros(_) => {
                        buffer.fill(0);
                        Ok(buffer.len())
                    }
                }
            }
            _ => Ok(0),
        }
    }

    /// At the declared end: that nothing follows, and that the checksum is right. Only once.
    fn check_end(&mut self) -> Result<(), ContentError> {
        let lies = ContentError::Entry(EntryProblem::SizeLies { declared: self.size });
        // In a tar the next entry follows.
        if !matches!(self.body, Body::Tar | Body::Sparse(_)) && self.read_body(1, &mut [0])? != 0 {
            return Err(lies);
        }
        self.body = Body::Nothing;
        match self.checksum.take() {
            Some((crc, expected)) if crc.sum() != expected => Err(ContentError::Entry(EntryProblem::Damaged)),
            _ => Ok(()),
        }
    }
}

pub(crate) fn read_retrying(reader: &mut impl Read, buffer: &mut [u8]) -> Result<usize, ContentError> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result.map_err(ContentError::Io),
        }
    }
}
