use std::io::{self, Write};

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use rawzip::path::EntryPath;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter};

use super::tree::{Tree, TreeFile};
use crate::content::read_retrying;
use crate::{ArchiveProblem, EntryKind, TreeError};

const PIECE_BYTES: usize = 256 * 1024;
/// 1980-01-01 and 2107-12-31T23:59:58 in seconds since 1970: what zips can hold.
const TIMES: std::ops::RangeInclusive<u64> = 315_532_800..=4_354_819_198;

/// Why a zip was not written.
#[derive(Debug)]
pub(super) enum WriteError {
    /// Something in the folder cannot be packed.
    Folder(ArchiveProblem),
    /// The zip's bytes cannot be kept.
    Output(io::Error),
}

/// Writes a tree as a zip whose bytes depend on nothing but the tree and the time. Answers the bytes of all files.
pub(super) fn write(tree: &Tree, source_date_epoch: Option<u64>, output: impl Write) -> Result<u64, WriteError> {
    let seconds = source_date_epoch.unwrap_or(0).clamp(*TIMES.start(), *TIMES.end());
    let mut writer = Writer {
        zip: ZipArchiveWriter::builder().with_capacity(tree.files().len()).build(output),
        // Below 2^33.
        time: UtcDateTime::from_unix(seconds as i64),
        deflate: Deflate::new(),
        piece: vec![0; PIECE_BYTES],
    };
    let mut total = 0;
    for (number, file) in tree.files().iter().enumerate() {
        total += match file.kind {
            EntryKind::Directory => writer.directory(file)?,
            EntryKind::Symlink => writer.symlink(file)?,
            EntryKind::File => writer.file(tree, number)?,
        };
    }
    writer.zip.finish().map_err(output_error)?;
    Ok(total)
}

struct Writer<W> {
    zip: ZipArchiveWriter<W>,
    time: UtcDateTime,
    deflate: Deflate,
    piece: Vec<u8>,
}

impl<W: Write> Writer<W> {
    fn directory(&mut self, file: &TreeFile) -> Result<u64, WriteError> {
        let path = format!("{}/", file.path);
        let entry =
            self.zip.new_dir(entry_path(&path)).last_modified(self.time).unix_permissions(0o040_000 | file.mode);
        entry.create().map_err(output_error)?;
        Ok(0)
    }

    /// A symlink's content is its target.
    fn symlink(&mut self, file: &TreeFile) -> Result<u64, WriteError> {
        let target = file.link.as_deref().unwrap_or_default().as_bytes();
        let mut unread = target;
        self.content(&file.path, 0o120_000 | file.mode, |piece| {
            let length = unread.len().min(piece.len());
            let (read, rest) = unread.split_at(length);
            piece[..length].copy_from_slice(read);
            unread = rest;
            Ok(length)
        })?;
        Ok(0)
    }

    fn file(&mut self, tree: &Tree, number: usize) -> Result<u64, WriteError> {
        let file = &tree.files()[number];
        let unreadable = |problem| TreeError::Unreadable { path: tree.path(number), problem }.into();
        let mut source = tree.open(number).map_err(|problem| WriteError::Folder(unreadable(problem)))?;
        self.content(&file.path, 0o100_000 | file.mode, |piece| {
            read_retrying(&mut source, piece).map_err(|error| match error {
                crate::content::ContentError::Io(problem) => unreadable(problem),
                crate::content::ContentError::Entry(problem) => ArchiveProblem::entry(&file.path, problem),
            })
        })
    }

    fn content(
        &mut self,
        path: &str,
        mode: u32,
        mut read: impl FnMut(&mut [u8]) -> Result<usize, ArchiveProblem>,
    ) -> Result<u64, WriteError> {
        let (mut entry, _) = self
            .zip
            .new_file(entry_path(path))
            .compression_method(CompressionMethod::DEFLATE)
            .last_modified(self.time)
            .unix_permissions(mode)
            .start()
            .map_err(output_error)?;
        let mut crc = Crc::new();
        let mut size = 0;
        loop {
            let length = read(&mut self.piece).map_err(WriteError::Folder)?;
            let piece = &self.piece[..length];
            crc.update(piece);
            size += length as u64;
            self.deflate.write(piece, &mut entry).map_err(WriteError::Output)?;
            if length == 0 {
                break;
            }
        }
        entry.finish(DataDescriptorOutput::new(crc.sum(), size)).map_err(output_error)?;
        Ok(size)
    }
}

/// Compresses one file after the other with the same buffers.
struct Deflate {
    state: Compress,
    buffer: Vec<u8>,
}

impl Deflate {
    fn new() -> Self {
        Self { state: Compress::new(Compression::default(), false), buffer: Vec::with_capacity(PIECE_BYTES) }
    }

    /// Compresses a piece of a file; an empty one is its end.
    fn write(&mut self, mut piece: &[u8], output: &mut impl Write) -> io::Result<()> {
        let at_end = piece.is_empty();
        let flush = if at_end { FlushCompress::Finish } else { FlushCompress::None };
        loop {
            self.buffer.clear();
            let before = self.state.total_in();
            let status = self.state.compress_vec(piece, &mut self.buffer, flush).map_err(io::Error::other)?;
            // At most the piece's length.
            piece = &piece[(self.state.total_in() - before) as usize..];
            output.write_all(&self.buffer)?;
            if status == Status::StreamEnd {
                self.state.reset();
                return Ok(());
            }
            if !at_end && piece.is_empty() && self.buffer.len() < self.buffer.capacity() {
                return Ok(());
            }
        }
    }
}

/// The paths of a tree are in their one form already. The library takes what stands before a `:` for a drive, and would
/// drop it.
fn entry_path(path: &str) -> EntryPath<'_> {
    if path.contains(':') { EntryPath::verbatim(path.as_bytes()) } else { EntryPath::conformant(path) }
}

fn output_error(error: rawzip::Error) -> WriteError {
    match error.into_kind() {
        rawzip::ErrorKind::IO(error) => WriteError::Output(error),
        other => WriteError::Output(io::Error::other(other.to_string())),
    }
}
