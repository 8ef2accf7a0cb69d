use std::io::Write;
use std::ops::ControlFlow;
use std::sync::OnceLock;

use flate2::Crc;

use super::records::{self, Header, Method, Time};
use crate::pack::deflate::{self, WINDOW_BYTES};
use crate::pack::output::{Output, WriteError};
use crate::pack::pieces::in_order;
use crate::pack::tree::{Tree, TreeReader};
use crate::{ArchiveProblem, TreeError};

/// Files are compressed in pieces of this size.
const PIECE_BYTES: u64 = 1024 * 1024;
/// Of large files so much is tried out at their begin, in their middle and at their end.
const SAMPLE_BYTES: u64 = 64 * 1024;
/// From this size on, a compressed file may need 64 bits for its sizes: deflate adds less than 0.1 % to what it cannot
/// compress.
const LARGE: u64 = 0xff00_0000;

/// How a zip is written.
#[derive(Debug, Clone, Copy)]
pub(in crate::pack) struct ZipOptions {
    /// The level of deflate, 1 to 9; without one everything is stored.
    pub(in crate::pack) level: Option<u32>,
    /// The time of all entries, in seconds since 1970.
    pub(in crate::pack) seconds: u64,
    pub(in crate::pack) threads: usize,
}

/// An entry to be written.
#[derive(Debug)]
pub(in crate::pack) struct ZipEntry<'a> {
    /// With a `/` at its end for a directory.
    pub(in crate::pack) name: String,
    /// With the bits for the type.
    pub(in crate::pack) mode: u32,
    pub(in crate::pack) content: ZipContent<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(in crate::pack) enum ZipContent<'a> {
    Directory,
    Bytes(&'a [u8]),
    /// A file of the tree by its number.
    File(usize),
}

/// A part of an entry's content that is compressed at once.
#[derive(Debug, Clone, Copy)]
struct Piece {
    entry: usize,
    offset: u64,
    bytes: u64,
    is_last: bool,
}

/// A compressed piece.
struct Compressed {
    bytes: Vec<u8>,
    /// Of the uncompressed bytes.
    crc: Crc,
    method: Method,
    /// The checksum of a large file that is stored.
    whole_crc: Option<u32>,
}

/// What was found out about a large file before it is read.
type Large = OnceLock<Result<Option<u32>, ArchiveProblem>>;

/// Writes entries as a zip whose bytes depend on nothing but them, the time and the level.
pub(in crate::pack) fn write(
    tree: &Tree,
    entries: &[ZipEntry<'_>],
    options: ZipOptions,
    output: &mut Output<'_, impl Write>,
) -> Result<(), WriteError> {
    let sizes: Vec<u64> = entries.iter().map(|entry| entry.content.bytes(tree)).collect();
    let pieces = pieces_of(&sizes);
    let large: Vec<Large> = sizes.iter().map(|_| OnceLock::new()).collect();
    let work = |tools: &mut Tools<'_>, number: usize| {
        let piece = pieces[number];
        let content = entries[piece.entry].content;
        if piece.offset == 0 && piece.is_last {
            tools.whole(content, piece.bytes)
        } else {
            tools.part(content, piece, sizes[piece.entry], &large[piece.entry])
        }
    };
    let tools = || Tools { reader: TreeReader::new(tree), level: options.level, input: Vec::new() };
    let mut writer = Writer { output, time: Time::new(options.seconds), directory: Vec::new(), entries: 0, open: None };
    let mut next = pieces.iter();
    let flow = in_order(pieces.len(), options.threads, tools, work, |compressed| {
        let Some(piece) = next.next() else { return ControlFlow::Continue(()) };
        let written = compressed
            .map_err(WriteError::Folder)
            .and_then(|compressed| writer.piece(tree, &entries[piece.entry], sizes[piece.entry], *piece, compressed));
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    });
    match flow {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => writer.finish(),
    }
}

impl ZipContent<'_> {
    fn bytes(self, tree: &Tree) -> u64 {
        match self {
            Self::Directory => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(number) => tree.files()[number].size,
        }
    }
}

fn pieces_of(sizes: &[u64]) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(sizes.len());
    for (entry, &size) in sizes.iter().enumerate() {
        // Also of nothing there is one piece.
        let mut offset = 0;
        loop {
            let bytes = (size - offset).min(PIECE_BYTES);
            let is_last = offset + bytes == size;
            pieces.push(Piece { entry, offset, bytes, is_last });
            offset += bytes;
            if is_last {
                break;
            }
        }
    }
    pieces
}

/// What a thread compresses with.
struct Tools<'a> {
    reader: TreeReader<'a>,
    level: Option<u32>,
    input: Vec<u8>,
}

impl Tools<'_> {
    fn deflate(&self, before: usize, is_last: bool) -> Result<Option<Vec<u8>>, ArchiveProblem> {
        let Some(level) = self.level else { return Ok(None) };
        let (before, piece) = self.input.split_at(before);
        deflate::piece(level, before, piece, is_last).map(Some).map_err(ArchiveProblem::Unreadable)
    }

    /// Reads a part of an entry's content.
    fn read(&mut self, content: ZipContent<'_>, offset: u64, bytes: u64) -> Result<(), ArchiveProblem> {
        self.input.clear();
        match content {
            ZipContent::Directory => Ok(()),
            ZipContent::Bytes(all) => {
                // Both are within the bytes.
                self.input.extend_from_slice(&all[offset as usize..(offset + bytes) as usize]);
                Ok(())
            }
            ZipContent::File(number) => self.reader.append(number, offset, bytes, &mut self.input),
        }
    }

    /// A content that is one piece: stored if deflate gains nothing.
    fn whole(&mut self, content: ZipContent<'_>, bytes: u64) -> Result<Compressed, ArchiveProblem> {
        self.read(content, 0, bytes)?;
        let crc = crc_of(&self.input);
        let deflated = if bytes == 0 { None } else { self.deflate(0, true)? };
        let whole_crc = None;
        Ok(match deflated.filter(|deflated| deflated.len() < self.input.len()) {
            Some(bytes) => Compressed { bytes, crc, method: Method::Deflated, whole_crc },
            None => Compressed { bytes: self.input.clone(), crc, method: Method::Stored, whole_crc },
        })
    }

    /// A piece of a large file.
    fn part(
        &mut self,
        content: ZipContent<'_>,
        piece: Piece,
        size: u64,
        large: &Large,
    ) -> Result<Compressed, ArchiveProblem> {
        let whole_crc = match large.get_or_init(|| self.look_at(content, size)) {
            Ok(whole_crc) => *whole_crc,
            // It is read again, to have the error once more.
            Err(_) => self.look_at(content, size)?,
        };
        let before = if whole_crc.is_some() { 0 } else { piece.offset.min(WINDOW_BYTES as u64) };
        self.read(content, piece.offset - before, before + piece.bytes)?;
        let before = before as usize;
        let crc = crc_of(&self.input[before..]);
        let deflated = if whole_crc.is_some() { None } else { self.deflate(before, piece.is_last)? };
        Ok(match deflated {
            Some(bytes) => Compressed { bytes, crc, method: Method::Deflated, whole_crc },
            None => Compressed { bytes: self.input.clone(), crc, method: Method::Stored, whole_crc },
        })
    }

    /// The checksum of a large file that is to be stored, because it cannot be compressed or is not to be: it stands
    /// before the content.
    fn look_at(&mut self, content: ZipContent<'_>, size: u64) -> Result<Option<u32>, ArchiveProblem> {
        if self.level.is_some() {
            let (mut bytes, mut compressed) = (0, 0);
            for offset in [0, size / 2, size - SAMPLE_BYTES] {
                self.read(content, offset, SAMPLE_BYTES)?;
                bytes += SAMPLE_BYTES as usize;
                compressed += self.deflate(0, true)?.map_or(0, |deflated| deflated.len());
            }
            if compressed < bytes / 100 * 98 {
                return Ok(None);
            }
        }
        let mut crc = Crc::new();
        let mut offset = 0;
        while offset < size {
            let bytes = (size - offset).min(PIECE_BYTES);
            self.read(content, offset, bytes)?;
            crc.update(&self.input);
            offset += bytes;
        }
        Ok(Some(crc.sum()))
    }
}

fn crc_of(bytes: &[u8]) -> Crc {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc
}

/// Writes pieces in their order.
struct Writer<'a, 'b, W> {
    output: &'a mut Output<'b, W>,
    time: Time,
    /// The records of the entries that were written.
    directory: Vec<u8>,
    entries: u64,
    /// The entry of which not all pieces are written.
    open: Option<(Header, Crc)>,
}

impl<W: Write> Writer<'_, '_, W> {
    fn piece(
        &mut self,
        tree: &Tree,
        entry: &ZipEntry<'_>,
        size: u64,
        piece: Piece,
        compressed: Compressed,
    ) -> Result<(), WriteError> {
        let (mut header, mut crc) = match self.open.take() {
            Some((header, mut crc)) => {
                crc.combine(&compressed.crc);
                (header, crc)
            }
            None => {
                let header = self.begin(entry, size, piece, &compressed);
                self.output.write(&header.local(self.time))?;
                (header, compressed.crc)
            }
        };
        self.output.write(&compressed.bytes)?;
        if let ZipContent::File(_) = entry.content {
            self.output.went_on(piece.bytes, u64::from(piece.is_last))?;
        }
        if header.has_descriptor {
            header.compressed += compressed.bytes.len() as u64;
        }
        if !piece.is_last {
            self.open = Some((header, std::mem::take(&mut crc)));
            return Ok(());
        }
        if header.has_descriptor {
            header.crc = crc.sum();
            header.size = size;
            self.output.write(&header.descriptor())?;
        } else if header.crc != crc.sum()
            && let ZipContent::File(number) = entry.content
        {
            return Err(WriteError::Folder(TreeError::Changed(tree.path(number)).into()));
        }
        self.directory.extend(header.central(self.time));
        self.entries += 1;
        Ok(())
    }

    /// The header of an entry whose first piece is there.
    fn begin(&self, entry: &ZipEntry<'_>, size: u64, piece: Piece, compressed: &Compressed) -> Header {
        let mut header = Header {
            name: entry.name.clone(),
            mode: entry.mode,
            is_directory: matches!(entry.content, ZipContent::Directory),
            method: compressed.method,
            has_descriptor: false,
            is_large: size >= LARGE,
            crc: 0,
            compressed: 0,
            size,
            offset: self.output.bytes(),
        };
        if piece.is_last {
            header.crc = compressed.crc.sum();
            header.compressed = compressed.bytes.len() as u64;
        } else if let Some(crc) = compressed.whole_crc {
            header.crc = crc;
            header.compressed = size;
        } else {
            header.has_descriptor = true;
        }
        header
    }

    fn finish(self) -> Result<(), WriteError> {
        let offset = self.output.bytes();
        self.output.write(&self.directory)?;
        self.output.write(&records::end(self.entries, self.directory.len() as u64, offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::PackProgress;
    use crate::{Archive, ArchiveLimits, FileSelection};

    #[test]
    fn many_entries() {
        const COUNT: usize = 70_000;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("many.zip");
        std::fs::write(folder.path().join("file"), "x").expect("a file");
        let limits = ArchiveLimits { entries: COUNT as u64, ..ArchiveLimits::default() };
        let tree = Tree::read(folder.path(), &FileSelection::all(), &limits, None).expect("a tree");
        let entry =
            |number| ZipEntry { name: format!("{number:05}"), mode: 0o100_644, content: ZipContent::Bytes(b"content") };
        let entries: Vec<ZipEntry<'_>> = (0..COUNT).map(entry).collect();
        let file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
        let mut nobody = |_: &PackProgress| ControlFlow::Continue(());
        let mut output = Output::new(file, PackProgress::default(), &mut nobody);
        let options = ZipOptions { level: None, seconds: 0, threads: 2 };
        assert!(write(&tree, &entries, options, &mut output).is_ok());
        drop(output);
        let archive = Archive::open(&path, &limits).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(archive.entries().len(), COUNT);
        assert_eq!(archive.read("69999", 0, 100).ok().as_deref(), Some(b"content".as_slice()));
    }
}
