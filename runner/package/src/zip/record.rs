use std::time::{Duration, SystemTime};

use flate2::Crc;
use rawzip::extra_fields::ExtraFieldId;
use rawzip::time::{UtcDateTime, ZipDateTimeKind};
use rawzip::{CompressionMethod, CreatorSystem, ZipFileHeaderRecord};

use super::cp437;
use crate::codec::Codec;
use crate::{EntryKind, EntryProblem};

/// Bit 11 of an entry's flags: its name is UTF-8.
const NAME_IS_UTF8: u16 = 1 << 11;
/// Bits 0, 6 and 13 of an entry's flags: it is encrypted in one way or another, or what is said of it is.
const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
/// MS-DOS' attribute of directories.
const DOS_DIRECTORY: u32 = 0x10;
/// No entry of deflate becomes larger than about this many times its compressed size.
const DEFLATE_RATIO: u64 = 1032;

/// An entry's name as text. Many programs write UTF-8 without saying so; what is not UTF-8 is code page 437. Info-ZIP and
/// 7-Zip write that, and beside it the name in UTF-8, which counts then.
pub(super) fn name_of(record: &ZipFileHeaderRecord<'_>) -> Result<String, (String, EntryProblem)> {
    let path = record.file_path();
    let bytes = path.as_bytes();
    let is_utf8 = record.flags().bits() & NAME_IS_UTF8 != 0;
    if !is_utf8 && let Some(name) = unicode_path(record, bytes) {
        return Ok(name);
    }
    match std::str::from_utf8(bytes) {
        Ok(name) => Ok(name.to_owned()),
        Err(_) if is_utf8 => Err((String::from_utf8_lossy(bytes).into_owned(), EntryProblem::NotUtf8)),
        Err(_) => Ok(cp437::decode(bytes)),
    }
}

/// Info-ZIP's extra field with the name in UTF-8 (APPNOTE 4.6.9): version 1, the CRC-32 of the name that it stands for, and
/// the name. If the checksum is another, the field is a leftover from before the entry was renamed.
fn unicode_path(record: &ZipFileHeaderRecord<'_>, name: &[u8]) -> Option<String> {
    let (_, field) = record.extra_fields().find(|(id, _)| *id == ExtraFieldId::INFO_ZIP_UNICODE_PATH)?;
    let (&[1, a, b, c, d], unicode) = field.split_first_chunk::<5>()? else { return None };
    let mut crc = Crc::new();
    crc.update(name);
    if crc.sum() != u32::from_le_bytes([a, b, c, d]) {
        return None;
    }
    std::str::from_utf8(unicode).ok().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// When the entry was changed last. MS-DOS' times have no zone: they are taken for UTC, so that all machines agree.
pub(super) fn modified_of(record: &ZipFileHeaderRecord<'_>) -> Option<SystemTime> {
    let utc = match record.last_modified() {
        ZipDateTimeKind::Utc(time) => time,
        ZipDateTimeKind::Local(time) => UtcDateTime::from_components(
            time.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second(),
            0,
        )?,
    };
    let seconds = Duration::from_secs(utc.to_unix().unsigned_abs());
    match utc.to_unix() < 0 {
        true => SystemTime::UNIX_EPOCH.checked_sub(seconds),
        false => SystemTime::UNIX_EPOCH.checked_add(seconds + Duration::from_nanos(utc.nanosecond().into())),
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

/// How an entry is compressed, if it can be read at all and its sizes can be true.
pub(super) fn codec_of(record: &ZipFileHeaderRecord<'_>) -> Result<Codec, EntryProblem> {
    if record.flags().bits() & ENCRYPTED != 0 {
        return Err(EntryProblem::Encrypted);
    }
    let (compressed, declared) = (record.compressed_size_hint(), record.uncompressed_size_hint());
    let lies = Err(EntryProblem::SizeLies { declared });
    match record.compression_method() {
        CompressionMethod::STORE if compressed != declared => lies,
        CompressionMethod::STORE => Ok(Codec::Stored),
        CompressionMethod::DEFLATE if declared / DEFLATE_RATIO > compressed => lies,
        CompressionMethod::DEFLATE => Ok(Codec::Deflate),
        CompressionMethod::DEFLATE64 => Ok(Codec::Deflate64),
        CompressionMethod::BZIP2 => Ok(Codec::Bzip2),
        CompressionMethod::LZMA => Ok(Codec::Lzma),
        CompressionMethod::XZ => Ok(Codec::Xz),
        CompressionMethod::ZSTD => Ok(Codec::Zstd),
        method => Err(EntryProblem::Method(
            method.name().map_or_else(|| format!("method {}", method.as_u16()), str::to_owned),
        )),
    }
}
