use rawzip::{CompressionMethod, CreatorSystem, ZipFileHeaderRecord};

use super::cp437;
use crate::{EntryKind, EntryProblem};

/// Bit 11 of an entry's flags: its name is UTF-8.
const NAME_IS_UTF8: u16 = 1 << 11;
/// MS-DOS' attribute of directories.
const DOS_DIRECTORY: u32 = 0x10;
/// No entry of deflate becomes larger than about this many times its compressed size.
const DEFLATE_RATIO: u64 = 1032;

/// An entry's name as text. Many programs write UTF-8 without saying so; what is not UTF-8 is code page 437.
pub(super) fn name_of(record: &ZipFileHeaderRecord<'_>) -> Result<String, (String, EntryProblem)> {
    let path = record.file_path();
    let bytes = path.as_bytes();
    match std::str::from_utf8(bytes) {
        Ok(name) => Ok(name.to_owned()),
        Err(_) if record.flags().bits() & NAME_IS_UTF8 != 0 => {
            Err((String::from_utf8_lossy(bytes).into_owned(), EntryProblem::NotUtf8))
        }
        Err(_) => Ok(cp437::decode(bytes)),
    }
}

/// What an entry is, and its permission bits if a Unix program made it.
pub(super) fn kind_of(name: &str, record: &ZipFileHeaderRecord<'_>) -> Result<(EntryKind, Option<u32>), EntryProblem> {
    let attributes = record.external_attributes();
    let system = record.version_made_by().creator_system();
    let mode = if system == CreatorSystem::UNIX || system == CreatorSystem::MACOS { attributes >> 16 } else { 0 };
    let is_directory_by_name = name.ends_with(['/', '\\']);
    let kind = match mode & 0o170_000 {
        0o120_000 => EntryKind::Symlink,
        0o040_000 => EntryKind::Directory,
        0o010_000 => return Err(EntryProblem::Fifo),
        0o020_000 | 0o060_000 => return Err(EntryProblem::Device),
        0o140_000 => return Err(EntryProblem::Socket),
        0 | 0o100_000 if is_directory_by_name => EntryKind::Directory,
        0 if attributes & DOS_DIRECTORY != 0 => EntryKind::Directory,
        0 | 0o100_000 => EntryKind::File,
        other => return Err(EntryProblem::UnknownType(format!("{other:o}"))),
    };
    if kind == EntryKind::Directory && record.uncompressed_size_hint() != 0 {
        return Err(EntryProblem::FileAndDirectory);
    }
    // Python's zipfile writes a mode of 0 when it was given none.
    let permissions = Some(mode & 0o777).filter(|&bits| bits != 0);
    Ok((kind, permissions))
}

/// Whether an entry is deflated, if it can be read at all and its sizes can be true.
pub(super) fn is_deflated(record: &ZipFileHeaderRecord<'_>) -> Result<bool, EntryProblem> {
    if record.flags().is_encrypted() {
        return Err(EntryProblem::Encrypted);
    }
    let (compressed, declared) = (record.compressed_size_hint(), record.uncompressed_size_hint());
    let lies = Err(EntryProblem::SizeLies { declared });
    match record.compression_method() {
        CompressionMethod::STORE if compressed != declared => lies,
        CompressionMethod::STORE => Ok(false),
        CompressionMethod::DEFLATE if declared / DEFLATE_RATIO > compressed => lies,
        CompressionMethod::DEFLATE => Ok(true),
        method => Err(EntryProblem::Method(
            method.name().map_or_else(|| format!("method {}", method.as_u16()), str::to_owned),
        )),
    }
}
