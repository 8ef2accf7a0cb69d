use std::io;
use std::sync::Arc;

use rawzip::{FileReader, RangeReader, ZipArchive, ZipArchiveEntryWayfinder, ZipLocator};

use super::record::{is_deflated, kind_of, name_of};
use crate::content::{Content, ContentError};
use crate::listing::{FoundEntry, Listing, ListingBuilder};
use crate::{ArchiveFormat, ArchiveLimits, ArchiveProblem, EntryKind, EntryProblem, nupkg};

/// Bytes of a local header before the entry's name.
const LOCAL_HEADER_BYTES: u64 = 30;

/// An open zip: where the bytes of each entry of its listing are.
pub(crate) struct Zip {
    archive: ZipArchive<Arc<FileReader>>,
    sources: Vec<Source>,
}

#[derive(Clone, Copy)]
struct Source {
    wayfinder: ZipArchiveEntryWayfinder,
    crc: u32,
    deflated: bool,
}

/// The bytes of one entry as they are in the archive.
pub(crate) struct ZipContent {
    /// Where they are.
    pub(crate) bytes: RangeReader<Arc<FileReader>>,
    /// Whether they are compressed by deflate.
    pub(crate) deflated: bool,
    /// The checksum of what is extracted.
    pub(crate) crc: u32,
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
        let declared = archive.entries_hint();
        if declared > limits.entries {
            return Err(ArchiveProblem::Entries { value: limits.entries });
        }
        let mut builder = ListingBuilder::new(limits, Some(file_bytes));
        let mut sources = Vec::new();
        let mut places = Vec::new();
        let mut records = archive.entries(&mut buffer);
        while let Some(record) = records.next_entry().map_err(|error| broken(error, format))? {
            if places.len() as u64 == declared {
                return Err(ArchiveProblem::NotAnArchive {
                    format,
                    reason: format!("its directory declares {declared} entries and has more"),
                });
            }
            let mut name = name_of(&record).map_err(|(name, problem)| ArchiveProblem::entry(&name, problem))?;
            if format == ArchiveFormat::Nupkg {
                name = nupkg::unescape(&name);
            }
            let refuse = |problem| ArchiveProblem::entry(&name, problem);
            let compressed = record.compressed_size_hint();
            let begin = record.local_header_offset();
            let end = begin
                .checked_add(LOCAL_HEADER_BYTES + record.file_path().len() as u64)
                .and_then(|end| end.checked_add(compressed))
                .filter(|&end| end <= archive.directory_offset())
                .ok_or_else(|| refuse(EntryProblem::Truncated))?;
            places.push(Place { begin, end, name: name.clone() });
            if format == ArchiveFormat::Nupkg && nupkg::is_metadata(&name) {
                continue;
            }
            let (kind, permissions) = kind_of(&name, &record).map_err(refuse)?;
            let deflated = is_deflated(&record).map_err(refuse)?;
            let source = Source { wayfinder: record.wayfinder(), crc: record.crc32(), deflated };
            let size = record.uncompressed_size_hint();
            let link = match kind {
                EntryKind::Symlink => Some(read_link(&archive, source, size, limits).map_err(|e| e.of(&name))?),
                EntryKind::File | EntryKind::Directory => None,
            };
            let size = if kind == EntryKind::File { size } else { 0 };
            if builder.push(FoundEntry { name: &name, kind, size, permissions, link })?.is_some() {
                sources.push(source);
            }
        }
        if (places.len() as u64) < declared {
            return Err(ArchiveProblem::NotAnArchive {
                format,
                reason: format!("its directory declares {declared} entries and has {}", places.len()),
            });
        }
        refuse_overlaps(places)?;
        Ok((builder.finish()?, Self { archive, sources }))
    }

    /// Where the bytes of an entry are.
    pub(crate) fn content(&self, number: usize) -> Result<ZipContent, ContentError> {
        content_of(&self.archive, self.sources[number])
    }
}

fn content_of(archive: &ZipArchive<Arc<FileReader>>, source: Source) -> Result<ZipContent, ContentError> {
    let entry = archive.get_entry(source.wayfinder).map_err(|error| match error.into_kind() {
        rawzip::ErrorKind::IO(error) if error.kind() != io::ErrorKind::UnexpectedEof => ContentError::Io(error),
        _ => ContentError::Entry(EntryProblem::Damaged),
    })?;
    let (begin, end) = entry.compressed_data_range();
    if end > archive.directory_offset() {
        return Err(ContentError::Entry(EntryProblem::Truncated));
    }
    let bytes = RangeReader::new(Arc::clone(archive.get_ref()), begin..end);
    Ok(ZipContent { bytes, deflated: source.deflated, crc: source.crc })
}

/// A symlink's target is the entry's content.
fn read_link(
    archive: &ZipArchive<Arc<FileReader>>,
    source: Source,
    size: u64,
    limits: &ArchiveLimits,
) -> Result<String, ContentError> {
    let unusable = || ContentError::Entry(EntryProblem::LinkUnusable);
    let length = usize::try_from(size).ok().filter(|&length| length <= limits.path_bytes).ok_or_else(unusable)?;
    let mut content = Content::new();
    content.begin_zip(content_of(archive, source)?, size);
    let mut target = vec![0; length];
    content.read_full(&mut target)?;
    String::from_utf8(target).map_err(|_| unusable())
}

fn refuse_overlaps(mut places: Vec<Place>) -> Result<(), ArchiveProblem> {
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
