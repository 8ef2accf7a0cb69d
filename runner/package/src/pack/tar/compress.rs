use std::io::{self, Write};
use std::ops::ControlFlow;

use flate2::Crc;
use zstd::bulk::Compressor;
use zstd::zstd_safe::CParameter;

use super::stream::TarStream;
use crate::ArchiveProblem;
use crate::pack::deflate::{self, WINDOW_BYTES};
use crate::pack::output::{Output, WriteError};
use crate::pack::pieces::in_order;
use crate::pack::tree::{Tree, TreeReader};

/// So much of a tar is compressed at once by deflate, and by zstd, whose pieces know nothing of each other.
const GZIP_PIECE_BYTES: u64 = 1024 * 1024;
const ZSTD_PIECE_BYTES: u64 = 4 * 1024 * 1024;

/// By what a tar is compressed, at which level.
#[derive(Debug, Clone, Copy)]
pub(in crate::pack) enum TarCompression {
    /// 0 to 9.
    Gzip(u32),
    /// 1 to 22.
    Zstd(i32),
}

/// How a tar is written.
#[derive(Debug, Clone, Copy)]
pub(in crate::pack) struct TarOptions {
    pub(in crate::pack) compression: TarCompression,
    /// The time of all entries, in seconds since 1970.
    pub(in crate::pack) seconds: u64,
    pub(in crate::pack) threads: usize,
}

/// What a thread compresses with.
struct Tools<'a> {
    reader: TreeReader<'a>,
    input: Vec<u8>,
    zstd: Option<Compressor<'static>>,
}

impl Tools<'_> {
    /// Compresses the input behind its first bytes.
    fn compress(&mut self, compression: TarCompression, before: usize, is_last: bool) -> io::Result<Vec<u8>> {
        let (before, piece) = self.input.split_at(before);
        match compression {
            TarCompression::Gzip(level) => deflate::piece(level, before, piece, is_last),
            TarCompression::Zstd(level) => {
                let compressor = match &mut self.zstd {
                    Some(compressor) => compressor,
                    none => {
                        let compressor = none.insert(Compressor::new(level)?);
                        compressor.set_parameter(CParameter::ChecksumFlag(true))?;
                        compressor
                    }
                };
                compressor.compress(piece)
            }
        }
    }
}

/// Writes a tree as a compressed tar whose bytes depend on nothing but the tree, the time and the level.
pub(in crate::pack) fn write(
    tree: &Tree,
    options: TarOptions,
    output: &mut Output<'_, impl Write>,
) -> Result<(), WriteError> {
    let stream = TarStream::new(tree, options.seconds);
    let (piece_bytes, window, is_gzip) = match options.compression {
        TarCompression::Gzip(_) => (GZIP_PIECE_BYTES, WINDOW_BYTES as u64, true),
        TarCompression::Zstd(_) => (ZSTD_PIECE_BYTES, 0, false),
    };
    let count = usize::try_from(stream.bytes().div_ceil(piece_bytes)).unwrap_or(usize::MAX);
    let work = |tools: &mut Tools<'_>, piece: usize| -> Result<(Vec<u8>, Crc), ArchiveProblem> {
        let start = piece as u64 * piece_bytes;
        let end = (start + piece_bytes).min(stream.bytes());
        let before = start.min(window);
        tools.input.clear();
        stream.append(&mut tools.reader, start - before, end - start + before, &mut tools.input)?;
        // Both are at most one piece.
        let before = before as usize;
        let mut crc = Crc::new();
        if is_gzip {
            crc.update(&tools.input[before..]);
        }
        let is_last = end == stream.bytes();
        let bytes = tools.compress(options.compression, before, is_last).map_err(ArchiveProblem::Unreadable)?;
        Ok((bytes, crc))
    };
    let tools = || Tools { reader: TreeReader::new(tree), input: Vec::new(), zstd: None };
    if is_gzip {
        // RFC 1952: deflate, no flags, no time, no extra flags, an unknown system.
        output.write(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])?;
    }
    let mut whole_crc = Crc::new();
    let (mut at, mut files_before, mut bytes_before) = (0, 0, 0);
    let flow = in_order(count, options.threads, tools, work, |compressed| {
        let written = compressed.map_err(WriteError::Folder).and_then(|(bytes, crc)| {
            whole_crc.combine(&crc);
            output.write(&bytes)?;
            at += piece_bytes;
            let (files, bytes) = stream.content_before(at.min(stream.bytes()));
            let (new_files, new_bytes) = (files - files_before, bytes - bytes_before);
            (files_before, bytes_before) = (files, bytes);
            output.went_on(new_bytes, new_files)
        });
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    });
    if let ControlFlow::Break(error) = flow {
        return Err(error);
    }
    if is_gzip {
        output.write(&whole_crc.sum().to_le_bytes())?;
        // The size modulo 2^32.
        output.write(&(stream.bytes() as u32).to_le_bytes())?;
    }
    Ok(())
}
