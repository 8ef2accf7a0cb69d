use std::time::SystemTime;

/// What an entry of an archive is. Archives with anything else in them are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link that stays inside the archive.
    Symlink,
}

/// One entry of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative, `/` between its parts, no `.` or `..`, no `/` at the end.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes when extracted; 0 for what is no file.
    pub size: u64,
    /// Bytes of a file in the archive, where they are its own: in a compressed tar they are not.
    pub packed_bytes: Option<u64>,
    /// The CRC-32 of a file, where the archive holds one.
    pub crc: Option<u32>,
    /// When it was changed last, where the archive holds that. A zip's time without a zone is taken for UTC.
    pub modified: Option<SystemTime>,
    /// Unix permission bits (at most `0o777`), where the archive holds them.
    pub permissions: Option<u32>,
    /// Where a symlink points, as written.
    pub link: Option<String>,
}
