use std::borrow::Cow;
use std::sync::Arc;

use rawzip::FileReader;
use tar::Header;

use super::header::{BLOCK_BYTES, Block, block_of, checksum_is_right};
use super::pax::{self, Pax};
use super::stream::TarStream;
use crate::content::ContentError;
use crate::listing::{FoundEntry, Listing, ListingBuilder};
use crate::{ArchiveFormat, ArchiveLimits, ArchiveProblem, EntryKind, EntryProblem};

/// Names and attributes outside an entry's own header may have this many bytes.
const EXTENSION_BYTES: u64 = 1024 * 1024;

/// An open tar: where the bytes of each entry of its listing begin in the uncompressed stream.
pub(crate) struct Tar {
    file: Arc<FileReader>,
    file_bytes: u64,
    format: ArchiveFormat,
    offsets: Vec<u64>,
}

impl Tar {
    /// Reads the whole archive once, and checks the listing.
    pub(crate) fn open(
        file: &Arc<FileReader>,
        file_bytes: u64,
        format: ArchiveFormat,
        limits: &ArchiveLimits,
    ) -> Result<(Listing, Self), ArchiveProblem> {
        let mut tar = Self { file: Arc::clone(file), file_bytes, format, offsets: Vec::new() };
        let listing = Reader::new(tar.stream(), &tar, limits).read(&mut tar.offsets)?;
        Ok((listing, tar))
    }

    /// The archive's uncompressed bytes from their begin on.
    pub(crate) fn stream(&self) -> TarStream {
        match self.format {
            ArchiveFormat::TarGz => TarStream::gzip(Arc::clone(&self.file), self.file_bytes),
            _ => TarStream::plain(Arc::clone(&self.file), self.file_bytes),
        }
    }

    /// Where the bytes of an entry begin in the stream.
    pub(crate) fn offset(&self, number: usize) -> u64 {
        self.offsets[number]
    }
}

struct Reader<'a> {
    stream: TarStream,
    format: ArchiveFormat,
    file_bytes: u64,
    limits: &'a ArchiveLimits,
    builder: ListingBuilder<'a>,
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

impl<'a> Reader<'a> {
    fn new(stream: TarStream, tar: &Tar, limits: &'a ArchiveLimits) -> Self {
        let compressed = (tar.format != ArchiveFormat::Tar).then_some(tar.file_bytes);
        Self {
            stream,
            format: tar.format,
            file_bytes: tar.file_bytes,
            limits,
            builder: ListingBuilder::new(limits, compressed),
            blocks: 0,
            extension_bytes: 0,
        }
    }

    fn read(mut self, offsets: &mut Vec<u64>) -> Result<Listing, ArchiveProblem> {
        let mut extensions = Extensions::default();
        while let Some(header) = self.next_header()? {
            let shown = || String::from_utf8_lossy(&extensions.name(&header)).into_owned();
            let block = block_of(&header).map_err(|problem| ArchiveProblem::entry(&shown(), problem))?;
            let declared = header.entry_size().map_err(|_| self.not_an_archive("a header has no size"))?;
            match block {
                Block::LongName => extensions.name = Some(self.text(declared)?),
                Block::LongLink => extensions.link = Some(self.text(declared)?),
                Block::Pax => {
                    let records = self.extension(declared)?;
                    extensions.pax =
                        pax::parse(&records).ok_or_else(|| self.not_an_archive("an extended header is damaged"))?;
                }
                Block::Ignored => {
                    self.extension(declared)?;
                }
                Block::Entry(kind) => {
                    let extensions = std::mem::take(&mut extensions);
                    // Links and directories have no bytes, whatever some programs write here.
                    let size = if kind == EntryKind::File { extensions.pax.size.unwrap_or(declared) } else { 0 };
                    let offset = self.stream.position();
                    if self.entry(&header, kind, size, &extensions)?.is_some() {
                        offsets.push(offset);
                    }
                    self.skip(&header, &extensions, size)?;
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
        let raw_name = extensions.name(header);
        let name = std::str::from_utf8(&raw_name)
            .map_err(|_| ArchiveProblem::entry(&String::from_utf8_lossy(&raw_name), EntryProblem::NotUtf8))?;
        let refuse = |problem| ArchiveProblem::entry(name, problem);
        if extensions.pax.sparse {
            return Err(refuse(EntryProblem::Sparse));
        }
        let link = match kind {
            EntryKind::Symlink => {
                let target = extensions.link(header);
                Some(String::from_utf8(target).map_err(|_| refuse(EntryProblem::LinkUnusable))?)
            }
            EntryKind::File | EntryKind::Directory => None,
        };
        let permissions = header.mode().ok().map(|mode| mode & 0o777);
        self.builder.push(FoundEntry { name, kind, size, permissions, link })
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

    /// Reads what follows the end mark, so that gzip's checksum is checked: padding, of which nobody writes much.
    fn read_to_end(&mut self) -> Result<(), ArchiveProblem> {
        const MOST_PADDING: u64 = 16 * 1024 * 1024;
        let end_mark = self.stream.position();
        let mut scratch = vec![0; 16 * 1024];
        while self.format == ArchiveFormat::TarGz && self.stream.read(&mut scratch).map_err(|e| self.broken(e))? > 0 {
            if self.stream.position() - end_mark > MOST_PADDING {
                return Err(self.not_an_archive("too much follows its end mark"));
            }
        }
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
        self.extension_bytes = self.extension_bytes.saturating_add(size);
        if size > EXTENSION_BYTES || self.extension_bytes > self.limits.total_bytes {
            return Err(self.not_an_archive("a name or an extended header is too long"));
        }
        if self.format != ArchiveFormat::Tar
            && self.extension_bytes > self.limits.harmless_bytes
            && self.extension_bytes > self.file_bytes.saturating_mul(self.limits.ratio)
        {
            return Err(ArchiveProblem::Ratio { value: self.limits.ratio });
        }
        // At most `EXTENSION_BYTES`.
        let mut data = vec![0; size as usize];
        let read = self.stream.read_full(&mut data).map_err(|error| self.broken(error))?;
        if read < data.len() {
            return Err(self.not_an_archive("the file ends before it does"));
        }
        let next = padded(self.stream.position());
        self.stream.seek(next).map_err(|error| self.broken(error))?;
        Ok(data)
    }

    fn skip(&mut self, header: &Header, extensions: &Extensions, size: u64) -> Result<(), ArchiveProblem> {
        let name = || String::from_utf8_lossy(&extensions.name(header)).into_owned();
        let end = self.stream.position().checked_add(size).filter(|&end| end < u64::MAX - BLOCK_BYTES as u64);
        let end = end.ok_or_else(|| ArchiveProblem::entry(&name(), EntryProblem::Truncated))?;
        // The padding behind the last entry may be missing.
        self.stream.seek(end).map_err(|error| error.of(&name()))?;
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
            ContentError::Entry(_) => self.not_an_archive("it cannot be decompressed"),
        }
    }
}

impl Extensions {
    fn name<'b>(&'b self, header: &'b Header) -> Cow<'b, [u8]> {
        match self.pax.path.as_deref().or(self.name.as_deref()) {
            Some(name) => Cow::Borrowed(name),
            None => header.path_bytes(),
        }
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
