use std::io;
use std::sync::Arc;

use rawzip::{FileReader, ReaderAt};

use crate::{ArchiveFormat, ArchiveProblem};

/// The bytes with which files of a format begin, and its name.
const MAGIC: [(&[u8], &str); 10] = [
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x1f\x9d", "compress"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a Windows installer"),
];
const TAR_MAGIC_AT: usize = 257;

/// Refuses a file that is in another format than its name tells. What cannot be told by its first bytes passes: a zip may
/// have a program before it.
pub(crate) fn check_content(file: &Arc<FileReader>, format: ArchiveFormat) -> Result<(), ArchiveProblem> {
    let mut begin = [0; TAR_MAGIC_AT + 5];
    let mut filled = 0;
    while filled < begin.len() {
        match file.read_at(&mut begin[filled..], filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ArchiveProblem::Unreadable(error)),
        }
    }
    let begin = &begin[..filled];
    let expected = match format {
        ArchiveFormat::Zip | ArchiveFormat::Nupkg | ArchiveFormat::Jar => "zip",
        ArchiveFormat::Tar => "tar",
        ArchiveFormat::TarGz => "gzip",
        ArchiveFormat::TarBz2 => "bzip2",
        ArchiveFormat::TarXz => "xz",
        ArchiveFormat::TarZst => "zstd",
        ArchiveFormat::TarZ => "compress",
    };
    match found(begin) {
        Some(found) if found != expected => Err(ArchiveProblem::OtherFormat { format, found }),
        _ => Ok(()),
    }
}

/// The format that a file's first bytes tell. A tar may begin with a name that looks like another format.
fn found(begin: &[u8]) -> Option<&'static str> {
    if begin.get(TAR_MAGIC_AT..).is_some_and(|rest| rest.starts_with(b"ustar")) {
        return Some("tar");
    }
    MAGIC.iter().find(|(magic, _)| begin.starts_with(magic)).map(|&(_, name)| name)
}
