use std::io;
use std::sync::Arc;

use rawzip::{FileReader, ReaderAt, ZipFileHeaderRecord};

use crate::EntryProblem;
use crate::content::ContentError;

const HEADER_BYTES: usize = 30;
/// Bit 3 of an entry's flags: sizes and checksum stand behind its bytes.
const HAS_DESCRIPTOR: u16 = 1 << 3;
/// Bit 0 of an entry's flags.
const IS_ENCRYPTED: u16 = 1;

/// Reads the header before an entry's bytes (APPNOTE 4.3.7) and compares it with what the directory says: readers that go
/// by the one must not find something else than those that go by the other. Answers where the bytes begin.
pub(super) fn check_local_header(
    file: &Arc<FileReader>,
    record: &ZipFileHeaderRecord<'_>,
    buffer: &mut Vec<u8>,
) -> Result<u64, ContentError> {
    let path = record.file_path();
    let name = path.as_bytes();
    buffer.resize(HEADER_BYTES + name.len(), 0);
    read_exactly(file, record.local_header_offset(), buffer)?;
    let (header, name_here) = buffer.split_at(HEADER_BYTES);
    let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let long = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    if &header[..4] != b"PK\x03\x04" {
        return Err(ContentError::Entry(EntryProblem::NoHeader));
    }
    let (flags, method) = (short(6), short(8));
    let (crc, compressed, size) = (long(14), long(18), long(22));
    let (name_length, extra_length) = (usize::from(short(26)), short(28));
    let differs = |what| Err(ContentError::Entry(EntryProblem::HeadersDiffer(what)));
    if name_length != name.len() || name_here != name {
        return differs("name");
    }
    if method != record.compression_method().as_u16() {
        return differs("compression");
    }
    if (flags ^ record.flags().bits()) & IS_ENCRYPTED != 0 {
        return differs("encryption");
    }
    // What stands behind the bytes is zero here, and what needs 64 bits is in an extra field.
    let is_later = |here: u32| here == 0 && flags & HAS_DESCRIPTOR != 0;
    let says = |here: u32, there: u64| is_later(here) || here == u32::MAX || u64::from(here) == there;
    if !says(size, record.uncompressed_size_hint()) || !says(compressed, record.compressed_size_hint()) {
        return differs("size");
    }
    if crc != record.crc32() && !is_later(crc) {
        return differs("checksum");
    }
    Ok(record.local_header_offset() + (HEADER_BYTES + name_length) as u64 + u64::from(extra_length))
}

fn read_exactly(file: &Arc<FileReader>, offset: u64, buffer: &mut [u8]) -> Result<(), ContentError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => return Err(ContentError::Entry(EntryProblem::Truncated)),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ContentError::Io(error)),
        }
    }
    Ok(())
}
