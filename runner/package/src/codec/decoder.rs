use std::io::{self, BufReader, Read};
use std::sync::Arc;

use bzip2::bufread::MultiBzDecoder;
use deflate64::Deflate64Decoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::{LzmaReader, XzReader};
use rawzip::{FileReader, RangeReader};

use crate::EntryProblem;
use crate::content::{ContentError, read_retrying};

const BUFFER_BYTES: usize = 64 * 1024;

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// Not at all.
    Stored,
    /// RFC 1951.
    Deflate,
    /// Deflate with a window of 64 KiB, as Windows Explorer writes what exceeds 2 GiB.
    Deflate64,
    /// LZMA with the header that it has in zips.
    Lzma,
    /// RFC 1952, one member or several.
    Gzip,
    /// One stream or several.
    Bzip2,
    /// One stream or several.
    Xz,
    /// RFC 8878, one frame or several.
    Zstd,
}

type Source = BufReader<RangeReader<Arc<FileReader>>>;

/// Decompresses one range of a file from its begin to its end.
pub(crate) enum Decoder {
    Deflate64(Box<Deflate64Decoder<Source>>),
    Lzma(Box<LzmaReader<Source>>),
    Gzip(Box<MultiGzDecoder<Source>>),
    Bzip2(Box<MultiBzDecoder<Source>>),
    Xz(Box<XzReader<Source>>),
    Zstd(Box<zstd::Decoder<'static, Source>>),
}

impl Decoder {
    /// Begins. `size` is what LZMA is told of its content; what is needed beyond `window_bytes` is refused. None for what
    /// is stored or deflated, which is read by other means.
    pub(crate) fn new(
        codec: Codec,
        range: RangeReader<Arc<FileReader>>,
        size: u64,
        window_bytes: u64,
    ) -> Result<Option<Self>, ContentError> {
        let source = BufReader::with_capacity(BUFFER_BYTES, range);
        Ok(Some(match codec {
            Codec::Stored | Codec::Deflate => return Ok(None),
            Codec::Deflate64 => Self::Deflate64(Box::new(Deflate64Decoder::with_buffer(source))),
            Codec::Lzma => Self::Lzma(Box::new(lzma(source, size, window_bytes)?)),
            Codec::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(source))),
            Codec::Bzip2 => Self::Bzip2(Box::new(MultiBzDecoder::new(source))),
            Codec::Xz => {
                // The library counts in KiB, and itself besides the dictionary.
                let most = u32::try_from(window_bytes / 1024).unwrap_or(u32::MAX - 1024) + 1024;
                Self::Xz(Box::new(XzReader::new_mem_limit(source, true, most)))
            }
            Codec::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(source).map_err(ContentError::Io)?;
                // At least 10, at most 63, which the library may refuse as too much.
                decoder.window_log_max(window_bytes.max(1024).ilog2().min(31)).map_err(ContentError::Io)?;
                Self::Zstd(Box::new(decoder))
            }
        }))
    }

    /// Fills `out` or a part of it; 0 means the end.
    pub(crate) fn read(&mut self, out: &mut [u8]) -> Result<usize, ContentError> {
        match self {
            Self::Deflate64(decoder) => read_retrying(decoder, out),
            Self::Lzma(decoder) => read_retrying(decoder, out),
            Self::Gzip(decoder) => read_retrying(decoder, out),
            Self::Bzip2(decoder) => read_retrying(decoder, out),
            Self::Xz(decoder) => read_retrying(decoder, out),
            Self::Zstd(decoder) => read_retrying(decoder, out),
        }
        .map_err(told)
    }
}

/// What stands before LZMA's bytes in a zip (APPNOTE 5.8.8): a version, the length of the properties, and those.
fn lzma(mut source: Source, size: u64, window_bytes: u64) -> Result<LzmaReader<Source>, ContentError> {
    let mut header = [0; 9];
    source.read_exact(&mut header).map_err(|error| told(ContentError::Io(error)))?;
    let [_, _, 5, 0, properties, dictionary @ ..] = header else {
        return Err(ContentError::Entry(EntryProblem::Damaged));
    };
    let dictionary = u32::from_le_bytes(dictionary);
    if u64::from(dictionary) > window_bytes {
        return Err(ContentError::Entry(EntryProblem::Window));
    }
    LzmaReader::new_with_props(source, size, properties, dictionary, None)
        .map_err(|error| told(ContentError::Io(error)))
}

/// The libraries report damage, a missing end and too large a window as I/O errors; only the system's have a code.
fn told(error: ContentError) -> ContentError {
    const ZSTD_WINDOW: &str = "Frame requires too much memory for decoding";
    match error {
        ContentError::Io(error) if error.raw_os_error().is_none() => ContentError::Entry(match error.kind() {
            io::ErrorKind::OutOfMemory => EntryProblem::Window,
            io::ErrorKind::UnexpectedEof => EntryProblem::Truncated,
            _ if error.to_string() == ZSTD_WINDOW => EntryProblem::Window,
            _ => EntryProblem::Damaged,
        }),
        other => other,
    }
}
