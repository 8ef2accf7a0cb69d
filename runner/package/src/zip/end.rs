use std::io;
use std::sync::Arc;

use rawzip::{FileReader, ReaderAt, ZipArchive};

const END_RECORD_BYTES: usize = 22;

/// What speaks against reading this zip, by the record at its end (APPNOTE 4.3.16): parts of it are on other disks, or
/// bytes follow that other readers may take for the zip's end.
pub(super) fn problem_of_end(
    archive: &ZipArchive<Arc<FileReader>>,
    file_bytes: u64,
) -> io::Result<Option<&'static str>> {
    let mut record = [0; END_RECORD_BYTES];
    let mut filled = 0;
    while filled < record.len() {
        match archive.get_ref().read_at(&mut record[filled..], archive.eocd_offset() + filled as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let number = |at: usize| u16::from_le_bytes([record[at], record[at + 1]]);
    // 0xffff means that the zip64 record has it.
    let is_first = |disk: u16| disk == 0 || disk == u16::MAX;
    let (here, all) = (number(8), number(10));
    if !is_first(number(4)) || !is_first(number(6)) || here != all {
        return Ok(Some("it is one part of several: join them first"));
    }
    if archive.eocd_offset() + (END_RECORD_BYTES as u64) + u64::from(number(20)) != file_bytes {
        return Ok(Some("bytes follow behind its end"));
    }
    Ok(None)
}
