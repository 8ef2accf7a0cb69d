use std::fs;
use std::io;
use std::time::SystemTime;

use cap_std::fs::Dir;

/// What a thing in the file system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    Symlink,
    Special,
}

/// What is known of a thing.
#[derive(Debug, Clone)]
pub(crate) struct Metadata {
    pub(crate) kind: Kind,
    pub(crate) links: u64,
    pub(crate) size: u64,
    /// The permission bits; what stands for them where the system has none.
    pub(crate) mode: u32,
    pub(crate) accessed: Option<SystemTime>,
    pub(crate) modified: Option<SystemTime>,
    /// Device and number, for comparing.
    pub(crate) identity: (u64, u64),
}

impl Metadata {
    pub(crate) fn is_dir(&self) -> bool {
        self.kind == Kind::Directory
    }

    pub(crate) fn is_file(&self) -> bool {
        self.kind == Kind::File
    }

    pub(crate) fn is_symlink(&self) -> bool {
        self.kind == Kind::Symlink
    }

    /// A directory of which nothing is known but that it is one.
    pub(crate) fn of_directory(mode: u32, identity: (u64, u64)) -> Self {
        Self { kind: Kind::Directory, links: 1, size: 0, mode, accessed: None, modified: None, identity }
    }

    /// What an open directory is.
    pub(crate) fn of_dir(dir: &Dir) -> io::Result<Self> {
        dir.dir_metadata().map(|metadata| Self::from(&metadata))
    }
}

#[cfg(unix)]
impl From<&cap_std::fs::Metadata> for Metadata {
    fn from(metadata: &cap_std::fs::Metadata) -> Self {
        use cap_std::fs::MetadataExt as _;
        let kind = metadata.file_type();
        Self {
            kind: kind_of(kind.is_file(), kind.is_dir(), kind.is_symlink()),
            links: metadata.nlink(),
            size: metadata.len(),
            mode: metadata.mode() & 0o7777,
            accessed: metadata.accessed().ok().map(cap_std::time::SystemTime::into_std),
            modified: metadata.modified().ok().map(cap_std::time::SystemTime::into_std),
            identity: (metadata.dev(), metadata.ino()),
        }
    }
}

#[cfg(unix)]
impl From<&fs::Metadata> for Metadata {
    fn from(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let kind = metadata.file_type();
        Self {
            kind: kind_of(kind.is_file(), kind.is_dir(), kind.is_symlink()),
            links: metadata.nlink(),
            size: metadata.len(),
            mode: metadata.mode() & 0o7777,
            accessed: metadata.accessed().ok(),
            modified: metadata.modified().ok(),
            identity: (metadata.dev(), metadata.ino()),
        }
    }
}

#[cfg(not(unix))]
impl From<&cap_std::fs::Metadata> for Metadata {
    fn from(metadata: &cap_std::fs::Metadata) -> Self {
        use cap_std::fs::MetadataExt as _;
        let kind = metadata.file_type();
        Self {
            kind: kind_of(kind.is_file(), kind.is_dir(), kind.is_symlink()),
            links: 1,
            size: metadata.len(),
            mode: if metadata.permissions().readonly() { 0o444 } else { 0o644 },
            accessed: metadata.accessed().ok().map(cap_std::time::SystemTime::into_std),
            modified: metadata.modified().ok().map(cap_std::time::SystemTime::into_std),
            identity: (metadata.creation_time(), metadata.len()),
        }
    }
}

#[cfg(not(unix))]
impl From<&fs::Metadata> for Metadata {
    fn from(metadata: &fs::Metadata) -> Self {
        use std::os::windows::fs::MetadataExt as _;
        let kind = metadata.file_type();
        Self {
            kind: kind_of(kind.is_file(), kind.is_dir(), kind.is_symlink()),
            links: 1,
            size: metadata.len(),
            mode: if metadata.permissions().readonly() { 0o444 } else { 0o644 },
            accessed: metadata.accessed().ok(),
            modified: metadata.modified().ok(),
            identity: (metadata.creation_time(), metadata.len()),
        }
    }
}

pub(crate) fn kind_of(is_file: bool, is_directory: bool, is_symlink: bool) -> Kind {
    if is_file {
        Kind::File
    } else if is_directory {
        Kind::Directory
    } else if is_symlink {
        Kind::Symlink
    } else {
        Kind::Special
    }
}
