use std::borrow::Cow;
use std::sync::Arc;

use tar::{GnuExtSparseHeader, GnuSparseHeader, Header};

use super::header::{BLOCK_BYTES, Block, block_of, checksum_is_right};
use super::open::{Place, time};
use super::pax::{self, Pax};
use super::sparse::{self, Pieces, SparseMap};
use super::stream::TarStream;
use crate::content::ContentError;
use crate::listing::{FoundEntry, Listing, ListingBuilder};
use crate::{ArchiveFormat, ArchiveLimits, ArchiveProblem, EntryKind, EntryProblem};

/// Names and attributes outside an entry's own header may have this many bytes.
const EXTENSION_BYTES: u64 = 1024 * 1024;

/// Reads a tar from its begin to its end, header after header.
pub(super) struct Reader<'a> {
    stream: TarStream,
    format: ArchiveFormat,
    file_bytes: u64,
    limits: &'a ArchiveLimits,
    builder: ListingBuilder<'a>,
    /// What holds for all entries that follow.
    global: Pax,
    /// Header blocks so far.
    blocks: u64,
    /// Bytes of extensions so far.
    extension_bytes: u64,
}

/// What the blocks before an entry's header say of it.
#[derive(Default)]
struct Extensions {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax: Pax,
}

/// A file's size, and where its bytes are.
struct Body {
    size: u64,
    /// Bytes in the archive.
    stored: u64,
    sparse: Option<SparseMap>,
}

/// Why there is no map of a sparse file.
enum MapError {
    /// It makes no sense.
    Damaged,
    /// The archive is at fault.
    Archive(ArchiveProblem),
}

impl From<ArchiveProblem> for MapError {
    fn from(problem: ArchiveProblem) -> Self {
        Self::Archive(problem)
    }
}

impl MapError {
    fn of(self, refuse: impl Fn(EntryProblem) -> ArchiveProblem) -> ArchiveProblem {
        match self {
            Self::Damaged => refuse(EntryProblem::SparseMap),
            Self::Archive(problem) => problem,
        }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(stream: TarStream, format: ArchiveFormat, file_bytes: u64, limits: &'a ArchiveLimits) -> Self {
        // What is sparse, or another name of something, can be larger than the file even where nothing is compressed.
        let builder = ListingBuilder::new(limits, Some(file_bytes));
        let global = Pax::default();
        Self { stream, format, file_bytes, limits, builder, global, blocks: 0, extension_bytes: 0 }
    }

    pub(super) fn read(mut self, places: &mut Vec<Place>) -> Result<Listing, ArchiveProblem> {
        let mut extensions = Extensions::default();
        while let Some(header) = self.next_header()? {
            let shown = || String::from_utf8_lossy(&extensions.name(&header)).into_owned();
            let block = block_of(&header).map_err(|problem| ArchiveProblem::entry(&shown(), problem))?;
            let declared = header.entry_size().map_err(|_| self.not_an_archive("a header has no size"))?;
            match block {
                Block::LongName => extensions.name = Some(self.text(declared)?),
                Block::LongLink => extensions.link = Some(self.text(declared)?),
                Block::Pax => extensions.pax = self.pax(declared)?,
                Block::Global => self.global(declared)?,
                Block::Ignored => {
                    self.extension(declared)?;
                }
                Block::HardLink => self.hard_link(&header, &std::mem::take(&mut extensions), places)?,
                Block::Sparse | Block::Entry(EntryKind::File) => {
                    let extensions = std::mem::take(&mut extensions);
                    let is_sparse = matches!(block, Block::Sparse);
                    let body = self.body(&header, declared, is_sparse, &extensions)?;
                    let place = Place { offset: self.stream.position(), sparse: body.sparse.map(Arc::new) };
                    self.entry(&header, EntryKind::File, body.size, &extensions)?.inspect(|_| places.push(place));
                    self.skip(&header, &extensions, body.stored)?;
                }
                // Links and directories have no bytes, whatever some programs write here.
                Block::Entry(kind) => {
                    let extensions = std::mem::take(&mut extensions);
                    let place = Place { offset: self.stream.position(), sparse: None };
                    self.entry(&header, kind, 0, &extensions)?.inspect(|_| places.push(place));
                }
            }
        }
        self.builder.finish()
    }

    fn entry(
        &mut self,
        header: &Header,
        kind: EntryKind,
        size: u64,
        extensions: &Extensions,
    ) -> Result<Option<usize>, ArchiveProblem> {
        let link = match kind {
            EntryKind::Symlink => {
                let unusable = |_| ArchiveProblem::entry(&extensions.shown(header), EntryProblem::LinkUnusable);
                Some(String::from_utf8(extensions.link(header)).map_err(unusable)?)
            }
            EntryKind::File | EntryKind::Directory => None,
        };
        self.push(header, extensions, kind, size, link)
    }

    /// Another name of a file or a symlink before it becomes a file or a symlink of its own, with the same content.
    fn hard_link(
        &mut self,
        header: &Header,
        extensions: &Extensions,
        places: &mut Vec<Place>,
    ) -> Result<(), ArchiveProblem> {
        let target = extensions.link(header);
        let shown = String::from_utf8_lossy(&target).into_owned();
        let refuse = |problem| ArchiveProblem::entry(&extensions.shown(header), problem);
        let found = std::str::from_utf8(&target).ok().and_then(|target| self.builder.find(target));
        let Some((number, original)) = found.filter(|(_, original)| original.kind != EntryKind::Directory) else {
            return Err(refuse(EntryProblem::HardLink(shown)));
        };
        let (kind, size, link) = (original.kind, original.size, original.link.clone());
        if self.push(header, extensions, kind, size, link)?.is_some() {
            places.push(places[number].clone());
        }
        Ok(())
    }

    fn push(
        &mut self,
        header: &Header,
        extensions: &Extensions,
        kind: EntryKind,
        size: u64,
        link: Option<String>,
    ) -> Result<Option<usize>, ArchiveProblem> {
        let raw_name = extensions.name(header);
        let name = std::str::from_utf8(&raw_name)
            .map_err(|_| ArchiveProblem::entry(&String::from_utf8_lossy(&raw_name), EntryProblem::NotUtf8))?;
        let permissions = header.mode().ok().map(|mode| mode & 0o777);
        let own = || header.mtime().ok().and_then(time);
        let modified = extensions.pax.modified.or(self.global.modified).or_else(own);
        let found = FoundEntry { size, permissions, link, modified, ..FoundEntry::new(name, kind) };
        self.builder.push(found)
    }

    /// The size of a file, and where its bytes are; the stream is at their begin afterwards.
    fn body(
        &mut self,
        header: &Header,
        declared: u64,
        is_sparse: bool,
        extensions: &Extensions,
    ) -> Result<Body, ArchiveProblem> {
        let refuse = |problem| ArchiveProblem::entry(&extensions.shown(header), problem);
        let mut stored = extensions.pax.size.unwrap_or(declared);
        let (pieces, size) = match (is_sparse, &extensions.pax.sparse) {
            (false, None) => return Ok(Body { size: stored, stored, sparse: None }),
            (true, _) => (self.gnu_map(header).map_err(|error| error.of(refuse))?, {
                let size = header.as_gnu().and_then(|header| header.real_size().ok());
                extensions.pax.sparse.as_ref().and_then(|pax| pax.size).or(size)
            }),
            (false, Some(pax)) if pax.major == 0 => (pax.pieces.clone(), pax.size),
            (false, Some(pax)) if pax.major == 1 => {
                let (pieces, bytes) = self.map_before_content(stored).map_err(|error| error.of(refuse))?;
                stored -= bytes;
                (pieces, pax.size)
            }
            (false, Some(_)) => return Err(refuse(EntryProblem::SparseMap)),
        };
        let size = size.ok_or_else(|| refuse(EntryProblem::SparseMap))?;
        let map = SparseMap::new(pieces, size, stored).map_err(refuse)?;
        Ok(Body { size, stored, sparse: Some(map) })
    }

    /// The map of GNU's own format, which is in the header and in blocks behind it.
    fn gnu_map(&mut self, header: &Header) -> Result<Pieces, MapError> {
        let add = |pieces: &mut Pieces, parts: &[GnuSparseHeader]| -> Result<(), MapError> {
            for part in parts.iter().filter(|part| !part.is_empty()) {
                let damaged = |_| MapError::Damaged;
                pieces.push((part.offset().map_err(damaged)?, part.length().map_err(damaged)?));
            }
            Ok(())
        };
        let gnu = header.as_gnu().ok_or(MapError::Damaged)?;
        let mut pieces = Vec::new();
        add(&mut pieces, &gnu.sparse)?;
        let mut goes_on = gnu.is_extended();
        while goes_on {
            let mut block = GnuExtSparseHeader::new();
            self.count_extension(BLOCK_BYTES as u64)?;
            self.fill(block.as_mut_bytes())?;
            add(&mut pieces, block.sparse())?;
            goes_on = block.is_extended();
        }
        Ok(pieces)
    }

    /// The map of PAX format 1.0, which stands in blocks of its own before a content of `stored` bytes together with it.
    /// Answers its pieces and the bytes of its blocks.
    fn map_before_content(&mut self, stored: u64) -> Result<(Pieces, u64), MapError> {
        let mut text = Vec::new();
        let (mut lines, mut needed) = (0, None);
        loop {
            let mut block = [0; BLOCK_BYTES];
            self.count_extension(BLOCK_BYTES as u64)?;
            if text.len() as u64 + BLOCK_BYTES as u64 > stored.min(EXTENSION_BYTES) {
                return Err(MapError::Damaged);
            }
            self.fill(&mut block)?;
            lines += block.iter().filter(|&&byte| byte == b'\n').count() as u64;
            text.extend_from_slice(&block);
            if needed.is_none() {
                needed = sparse::lines_of_map(&text).map_err(|_| MapError::Damaged)?;
            }
            if needed.is_some_and(|needed| lines >= needed) {
                let pieces = sparse::parse_lines(&text).map_err(|_| MapError::Damaged)?;
                return Ok((pieces, text.len() as u64));
            }
        }
    }

    /// The next header block; none at the archive's end.
    fn next_header(&mut self) -> Result<Option<Header>, ArchiveProblem> {
        let mut header = Header::new_old();
        let offset = self.stream.position();
        let read = self.stream.read_full(header.as_mut_bytes()).map_err(|error| self.broken(error))?;
        // Every program writes an end mark: without it, something is missing.
        if read < BLOCK_BYTES {
            return Err(self.not_an_archive("the file ends before it does"));
        }
        if header.as_bytes().iter().all(|&byte| byte == 0) {
            self.read_to_end()?;
            return Ok(None);
        }
        if !checksum_is_right(&header) {
            let what = if offset == 0 { "it does not begin with a header" } else { "a header is damaged" };
            return Err(self.not_an_archive(what));
        }
        self.blocks += 1;
        // An entry has up to three extensions.
        if self.blocks > self.limits.entries.saturating_mul(4) {
            return Err(ArchiveProblem::Entries { value: self.limits.entries });
        }
        Ok(Some(header))
    }

    /// Reads what follows the end mark, so that the checksums of what is compressed are checked: padding, of which nobody
    /// writes much.
    fn read_to_end(&mut self) -> Result<(), ArchiveProblem> {
        const MOST_PADDING: u64 = 16 * 1024 * 1024;
        let end_mark = self.stream.position();
        let mut scratch = vec![0; 16 * 1024];
        while self.format != ArchiveFormat::Tar && self.stream.read(&mut scratch).map_err(|e| self.broken(e))? > 0 {
            if self.stream.position() - end_mark > MOST_PADDING {
                return Err(self.not_an_archive("too much follows its end mark"));
            }
        }
        Ok(())
    }

    fn pax(&mut self, size: u64) -> Result<Pax, ArchiveProblem> {
        let records = self.extension(size)?;
        pax::parse(&records).ok_or_else(|| self.not_an_archive("an extended header is damaged"))
    }

    /// What is said of all entries can only be a time: one name or size for all of them makes no sense, and readers do not
    /// agree on what it does.
    fn global(&mut self, size: u64) -> Result<(), ArchiveProblem> {
        let pax = self.pax(size)?;
        if pax.path.is_some() || pax.link.is_some() || pax.size.is_some() || pax.sparse.is_some() {
            return Err(self.not_an_archive("a global header has the name or the size of one entry"));
        }
        self.global = pax;
        Ok(())
    }

    /// The text of a long name, which ends at a NUL.
    fn text(&mut self, size: u64) -> Result<Vec<u8>, ArchiveProblem> {
        let mut text = self.extension(size)?;
        if text.last() == Some(&0) {
            text.pop();
        }
        Ok(text)
    }

    fn extension(&mut self, size: u64) -> Result<Vec<u8>, ArchiveProblem> {
        if size > EXTENSION_BYTES {
            return Err(self.not_an_archive("a name or an extended header is too long"));
        }
        self.count_extension(size)?;
        // At most `EXTENSION_BYTES`.
        let mut data = vec![0; size as usize];
        self.fill(&mut data)?;
        let next = padded(self.stream.position());
        self.stream.seek(next).map_err(|error| self.broken(error))?;
        Ok(data)
    }

    fn count_extension(&mut self, size: u64) -> Result<(), ArchiveProblem> {
        self.extension_bytes = self.extension_bytes.saturating_add(size);
        if self.extension_bytes > self.limits.total_bytes {
            return Err(self.not_an_archive("a name or an extended header is too long"));
        }
        if self.format != ArchiveFormat::Tar
            && self.extension_bytes > self.limits.harmless_bytes
            && self.extension_bytes > self.file_bytes.saturating_mul(self.limits.ratio)
        {
            return Err(ArchiveProblem::Ratio { value: self.limits.ratio });
        }
        Ok(())
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), ArchiveProblem> {
        let read = self.stream.read_full(buffer).map_err(|error| self.broken(error))?;
        if read < buffer.len() { Err(self.not_an_archive("the file ends before it does")) } else { Ok(()) }
    }

    fn skip(&mut self, header: &Header, extensions: &Extensions, size: u64) -> Result<(), ArchiveProblem> {
        let end = self.stream.position().checked_add(size).filter(|&end| end < u64::MAX - BLOCK_BYTES as u64);
        let end = end.ok_or_else(|| ArchiveProblem::entry(&extensions.shown(header), EntryProblem::Truncated))?;
        // The padding behind the last entry may be missing.
        self.stream.seek(end).map_err(|error| error.of(&extensions.shown(header)))?;
        let mut padding = [0; BLOCK_BYTES];
        let length = (padded(end) - end) as usize;
        self.stream.read_full(&mut padding[..length]).map_err(|error| self.broken(error))?;
        Ok(())
    }

    fn not_an_archive(&self, reason: &str) -> ArchiveProblem {
        ArchiveProblem::NotAnArchive { format: self.format, reason: reason.to_owned() }
    }

    fn broken(&self, error: ContentError) -> ArchiveProblem {
        match error {
            ContentError::Io(error) => ArchiveProblem::Unreadable(error),
            ContentError::Entry(EntryProblem::Truncated) => self.not_an_archive("the file ends before it does"),
            ContentError::Entry(EntryProblem::Window) => ArchiveProblem::Window { value: self.limits.window_bytes },
            ContentError::Entry(_) => self.not_an_archive("it cannot be decompressed"),
        }
    }
}

impl Extensions {
    fn name<'b>(&'b self, header: &'b Header) -> Cow<'b, [u8]> {
        let sparse = self.pax.sparse.as_ref().and_then(|sparse| sparse.name.as_deref());
        match sparse.or(self.pax.path.as_deref()).or(self.name.as_deref()) {
            Some(name) => Cow::Borrowed(name),
            None => header.path_bytes(),
        }
    }

    /// The name as it may be told.
    fn shown(&self, header: &Header) -> String {
        String::from_utf8_lossy(&self.name(header)).into_owned()
    }

    fn link(&self, header: &Header) -> Vec<u8> {
        let own = || header.link_name_bytes().map(Cow::into_owned).unwrap_or_default();
        self.pax.link.clone().or_else(|| self.link.clone()).unwrap_or_else(own)
    }
}

/// The next multiple of a block's size.
fn padded(position: u64) -> u64 {
    position.next_multiple_of(BLOCK_BYTES as u64)
}
