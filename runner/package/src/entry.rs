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
    /// Unix permission bits (at most `0o777`), where the archive holds them.
    pub permissions: Option<u32>,
    /// Where a symlink points, as written.
    pub link: Option<String>,
}
