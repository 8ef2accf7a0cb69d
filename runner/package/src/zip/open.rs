use std::io::{self, Read};
use std::sync::Arc;

use rawzip::{FileReader, RangeReader, ZipFileHeaderRecord, ZipLocator};

use super::end::problem_of_end;
use super::local::check_local_header;
use super::record::{codec_of, kind_of, modified_of, name_of};
use crate::codec::Codec;
use crate::content::{Content, ContentError};
use crate::listing::{FoundEntry, Listing, ListingBuilder};
use crate::{ArchiveFormat, ArchiveLimits, ArchiveProblem, EntryKind, EntryProblem, nupkg};

/// An open zip: where the bytes of each entry of its listing are.
pub(crate) struct Zip {
    file: Arc<FileReader>,
    window_bytes: u64,
    sources: Vec<Source>,
    hidden: Vec<Hidden>,
}

/// A file that describes the package: it is verified like the others, and not part of the listing.
pub(crate) struct Hidden {
    pub(crate) name: String,
    pub(crate) size: u64,
    source: Source,
}

#[derive(Clone, Copy)]
struct Source {
    begin: u64,
    end: u64,
    crc: u32,
    codec: Codec,
}

/// The bytes of one entry as they are in the archive.
pub(crate) struct ZipContent {
    /// Where they are.
    pub(crate) bytes: RangeReader<Arc<FileReader>>,
    /// How they are compressed.
    pub(crate) codec: Codec,
    /// The checksum of what is extracted.
    pub(crate) crc: u32,
    /// What a decompressor may keep of what it made.
    pub(crate) window_bytes: u64,
}

/// The bytes of the archive that an entry takes up, at least.
struct Place {
    begin: u64,
    end: u64,
    name: String,
}

impl Zip {
    /// Reads and checks the listing.
    pub(crate) fn open(
        file: &Arc<FileReader>,
        file_bytes: u64,
        format: ArchiveFormat,
        limits: &ArchiveLimits,
    ) -> Result<(Listing, Self), ArchiveProblem> {
        let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let archive = ZipLocator::new()
            .locate_in_reader(Arc::clone(file), &mut buffer, file_bytes)
            .map_err(|(_, error)| broken(error, format))?;
        let not_an_archive = |reason: String| ArchiveProblem::NotAnArchive { format, reason };
        if let Some(reason) = problem_of_end(&archive, file_bytes).map_err(ArchiveProblem::Unreadable)? {
            return Err(not_an_archive(reason.to_owned()));
        }
        let declared = archive.entries_hint();
        if declared > limits.entries {
            return Err(ArchiveProblem::Entries { value: limits.entries });
        }
        let zip =
            Self { file: Arc::clone(file), window_bytes: limits.window_bytes, sources: Vec::new(), hidden: Vec::new() };
        let builder = ListingBuilder::new(limits, Some(file_bytes));
        let mut reader = Reader {
            zip,
            format,
            limits,
            builder,
            directory: archive.directory_offset(),
            places: Vec::new(),
            local_header: Vec::new(),
        };
        let mut records = archive.entries(&mut buffer);
        while let Some(record) = records.next_entry().map_err(|error| broken(error, format))? {
            if reader.places.len() as u64 == declared {
                return Err(not_an_archive(format!("its directory declares {declared} entries and has more")));
            }
            reader.entry(&record)?;
        }
        let Reader { zip, builder, mut places, .. } = reader;
        if (places.len() as u64) < declared {
            let found = places.len();
            return Err(not_an_archive(format!("its directory declares {declared} entries and has {found}")));
        }
        refuse_overlaps(&mut places)?;
        // Before a zip there may be a program; entries there are what other readers see and this one does not.
        if begins_with_entry(file)? && places.first().is_none_or(|place| place.begin != 0) {
            return Err(not_an_archive("it begins with entries that its directory does not list".to_owned()));
        }
        Ok((builder.finish()?, zip))
    }

    /// Where the bytes of an entry are.
    pub(crate) fn content(&self, number: usize) -> ZipContent {
        self.content_of(self.sources[number])
    }

    /// The files that describe the package.
    pub(crate) fn hidden(&self) -> &[Hidden] {
        &self.hidden
    }

    /// Where the bytes of a file that describes the package are.
    pub(crate) fn hidden_content(&self, hidden: &Hidden) -> ZipContent {
        self.content_of(hidden.source)
    }

    fn content_of(&self, source: Source) -> ZipContent {
        let Source { begin, end, crc, codec } = source;
        let bytes = RangeReader::new(Arc::clone(&self.file), begin..end);
        ZipContent { bytes, codec, crc, window_bytes: self.window_bytes }
    }
}

/// Reads the directory, record after record.
struct Reader<'a> {
    zip: Zip,
    format: ArchiveFormat,
    limits: &'a ArchiveLimits,
    builder: ListingBuilder<'a>,
    /// Where the directory begins.
    directory: u64,
    places: Vec<Place>,
    local_header: Vec<u8>,
}

impl Reader<'_> {
    fn entry(&mut self, record: &ZipFileHeaderRecord<'_>) -> Result<(), ArchiveProblem> {
        let mut name = name_of(record).map_err(|(name, problem)| ArchiveProblem::entry(&name, problem))?;
        if self.format == ArchiveFormat::Nupkg {
            name = nupkg::unescape(&name);
        }
        let refuse = |problem| ArchiveProblem::entry(&name, problem);
        let codec = codec_of(record).map_err(refuse)?;
        let begin = check_local_header(&self.zip.file, record, &mut self.local_header).map_err(|e| e.of(&name))?;
        let compressed = record.compressed_size_hint();
        let end = begin.checked_add(compressed).filter(|&end| end <= self.directory);
        let end = end.ok_or_else(|| refuse(EntryProblem::Truncated))?;
        self.places.push(Place { begin: record.local_header_offset(), end, name: name.clone() });
        let (kind, permissions) = kind_of(&name, record).map_err(refuse)?;
        let source = Source { begin, end, crc: record.crc32(), codec };
        let size = record.uncompressed_size_hint();
        if self.format == ArchiveFormat::Nupkg && nupkg::is_metadata(&name) {
            // What is not extracted must not become a bomb when it is verified.
            self.builder.count(size)?;
            if kind == EntryKind::File {
                self.zip.hidden.push(Hidden { name, size, source });
            }
            return Ok(());
        }
        let link = match kind {
            EntryKind::Symlink => Some(self.read_link(source, size).map_err(|error| error.of(&name))?),
            EntryKind::File | EntryKind::Directory => None,
        };
        let is_file = kind == EntryKind::File;
        let found = FoundEntry {
            size: if is_file { size } else { 0 },
            permissions,
            link,
            modified: modified_of(record),
            packed_bytes: is_file.then_some(compressed),
            crc: is_file.then_some(source.crc),
            ..FoundEntry::new(&name, kind)
        };
        if self.builder.push(found)?.is_some() {
            self.zip.sources.push(source);
        }
        Ok(())
    }

    /// A symlink's target is the entry's content.
    fn read_link(&self, source: Source, size: u64) -> Result<String, ContentError> {
        let unusable = || ContentError::Entry(EntryProblem::LinkUnusable);
        let length = usize::try_from(size).ok().filter(|&length| length <= self.limits.path_bytes);
        let mut target = vec![0; length.ok_or_else(unusable)?];
        let mut content = Content::new();
        content.begin_zip(self.zip.content_of(source), size)?;
        content.read_full(&mut target)?;
        String::from_utf8(target).map_err(|_| unusable())
    }
}

/// Whether a file begins with the header of an entry.
fn begins_with_entry(file: &Arc<FileReader>) -> Result<bool, ArchiveProblem> {
    let mut magic = [0; 4];
    let read = RangeReader::new(file, 0..4).read_exact(&mut magic);
    match read {
        Ok(()) => Ok(&magic == b"PK\x03\x04"),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(ArchiveProblem::Unreadable(error)),
    }
}

fn refuse_overlaps(places: &mut [Place]) -> Result<(), ArchiveProblem> {
    places.sort_by_key(|place| (place.begin, place.end));
    match places.windows(2).find(|pair| pair[1].begin < pair[0].end) {
        Some(pair) => Err(ArchiveProblem::entry(&pair[1].name, EntryProblem::Overlap)),
        None => Ok(()),
    }
}

fn broken(error: rawzip::Error, format: ArchiveFormat) -> ArchiveProblem {
    let reason = match error.into_kind() {
        rawzip::ErrorKind::IO(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            return ArchiveProblem::Unreadable(error);
        }
        rawzip::ErrorKind::IO(_) | rawzip::ErrorKind::Eof => "the file ends before it does",
        rawzip::ErrorKind::MissingEndOfCentralDirectory => "it has no directory at its end",
        _ => "its directory is damaged",
    };
    ArchiveProblem::NotAnArchive { format, reason: reason.to_owned() }
}
