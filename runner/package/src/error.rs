use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use wharf_model::Limit;

use crate::{ArchiveFormat, FormatError, TreeError};

/// Why an archive cannot be used.
#[derive(Debug, Error)]
#[error("package `{}`: {problem}", archive.display())]
pub struct ArchiveError {
    /// The archive's file, or the folder that stands for one.
    pub archive: PathBuf,
    /// What is wrong.
    #[source]
    pub problem: ArchiveProblem,
}

impl ArchiveError {
    pub(crate) fn new(archive: &Path, problem: ArchiveProblem) -> Self {
        Self { archive: archive.to_owned(), problem }
    }

    /// The limit that was reached, if it was one that a process can raise.
    pub fn limit(&self) -> Option<Limit> {
        self.problem.limit()
    }
}

/// What is wrong with an archive.
#[derive(Debug, Error)]
pub enum ArchiveProblem {
    /// It cannot be opened or read.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// It is a folder, a device or the like.
    #[error("is no regular file")]
    NotAFile,
    /// Its name does not tell a format that can be read.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// It is not in the format that its name tells, or damaged.
    #[error("is no intact {format} archive: {reason}")]
    NotAnArchive {
        /// The format.
        format: ArchiveFormat,
        /// What does not fit.
        reason: String,
    },
    /// Its content is in another format than its name tells.
    #[error("is {format} by its name and {found} by its content: give it the extension that it should have")]
    OtherFormat {
        /// What its name tells.
        format: ArchiveFormat,
        /// What its content is.
        found: &'static str,
    },
    /// Its decompression needs too much memory.
    #[error(
        "needs more than {value} bytes of memory to be decompressed: compress it with a smaller window or dictionary"
    )]
    Window {
        /// The limit.
        value: u64,
    },
    /// The folder that stands for an archive cannot be packed.
    #[error(transparent)]
    Folder(#[from] TreeError),
    /// One of its entries is refused.
    #[error("entry `{}` {problem}", printable(entry))]
    Entry {
        /// The entry, as the archive names it.
        entry: String,
        /// What is wrong with it.
        #[source]
        problem: EntryProblem,
    },
    /// All files together are too large.
    #[error("holds more than {value} bytes of files; raise the limit `package-bytes` if that is right")]
    TotalBytes {
        /// The limit.
        value: u64,
    },
    /// There are too many entries.
    #[error("holds more than {value} entries; raise the limit `package-entries` if that is right")]
    Entries {
        /// The limit.
        value: u64,
    },
    /// The content is suspiciously larger than the archive.
    #[error(
        "grows to more than {value} times its size, as a decompression bomb does; raise the limit `package-ratio` if that is right"
    )]
    Ratio {
        /// The limit.
        value: u64,
    },
    /// There is no such entry.
    #[error("has no entry `{}`", printable(.0))]
    NoEntry(String),
    /// The entry has no content to read.
    #[error("entry `{}` is no file", printable(.0))]
    NoContent(String),
}

impl ArchiveProblem {
    /// The limit that was reached, if it was one that a process can raise.
    pub fn limit(&self) -> Option<Limit> {
        match self {
            Self::TotalBytes { .. } => Some(Limit::PackageBytes),
            Self::Entries { .. } => Some(Limit::PackageEntries),
            Self::Ratio { .. } => Some(Limit::PackageRatio),
            _ => None,
        }
    }

    pub(crate) fn entry(entry: &str, problem: EntryProblem) -> Self {
        Self::Entry { entry: entry.to_owned(), problem }
    }
}

/// Why an entry of an archive is refused, as the rest of a sentence that begins with its name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntryProblem {
    /// `..` in the name.
    #[error("would leave the destination: its name has a `..`")]
    Traversal,
    /// The name begins with `/` or `\`.
    #[error("would leave the destination: its name is absolute")]
    Absolute,
    /// The name begins with a drive's letter.
    #[error("would leave the destination: its name begins with a drive")]
    Drive,
    /// A NUL byte in the name.
    #[error("has a NUL byte in its name")]
    Nul,
    /// The name is no text.
    #[error("has a name that is not UTF-8")]
    NotUtf8,
    /// The name is empty.
    #[error("has no name")]
    NoName,
    /// A part of the name means a device on Windows.
    #[error("has `{0}` in its name, which is a device on Windows")]
    DeviceName(String),
    /// A part of the name cannot be on Windows, which is where this runs.
    #[error("has `{0}` in its name, which Windows cannot hold")]
    NotOnWindows(String),
    /// A `\` in the name of a file to be packed: readers take it for a separator.
    #[error("has a `\\` in its name, which means a folder to whoever reads the package")]
    Backslash,
    /// A part of the name is too long.
    #[error("has a part of more than {0} bytes in its name")]
    NameTooLong(usize),
    /// The whole name is too long.
    #[error("has a name of more than {0} bytes")]
    PathTooLong(usize),
    /// It lies too deep.
    #[error("lies more than {0} folders deep")]
    TooDeep(usize),
    /// There is another entry of this name.
    #[error("is there twice")]
    Duplicate,
    /// There is another entry whose name differs by case alone.
    #[error("differs from `{0}` by case alone: on Windows and macOS they are one")]
    CaseCollision(String),
    /// There is another entry whose name has the same characters, composed differently.
    #[error("differs from `{0}` only in how its characters are composed: on macOS they are one")]
    UnicodeCollision(String),
    /// It is a file, and other entries lie in it as if it were a directory.
    #[error("is both a file and a directory")]
    FileAndDirectory,
    /// It lies in something that is no directory.
    #[error("lies in `{0}`, which is no directory")]
    BeneathFile(String),
    /// A symlink whose target is absolute.
    #[error("is a link to `{0}`, which is absolute")]
    LinkAbsolute(String),
    /// A symlink that leaves the archive's root.
    #[error("is a link to `{0}`, which leaves the package")]
    LinkEscapes(String),
    /// A symlink whose target goes through another symlink and up again.
    #[error("is a link to `{target}`, which goes up again behind the link `{through}`")]
    LinkThroughLink {
        /// Where it points.
        target: String,
        /// The other symlink.
        through: String,
    },
    /// A symlink whose target is empty, too long or no text.
    #[error("is a link whose target is empty, longer than a path or not UTF-8")]
    LinkUnusable,
    /// A hard link to something else than an earlier file or symlink of the archive.
    #[error("is a hard link to `{0}`, which is no file before it in the package")]
    HardLink(String),
    /// A device.
    #[error("is a device, which packages may not hold")]
    Device,
    /// A FIFO.
    #[error("is a FIFO, which packages may not hold")]
    Fifo,
    /// A socket.
    #[error("is a socket, which packages may not hold")]
    Socket,
    /// A type that is not known.
    #[error("is of the unknown type `{0}`")]
    UnknownType(String),
    /// A sparse file whose map makes no sense.
    #[error("is a sparse file whose map is damaged or in an unknown format")]
    SparseMap,
    /// The directory and the header before its bytes differ.
    #[error("is described twice, and the {0} differs: what one program extracts, another does not see")]
    HeadersDiffer(&'static str),
    /// There is no header where the directory says.
    #[error("is not where the directory says")]
    NoHeader,
    /// Its decompression needs too much memory.
    #[error("needs more memory to be decompressed than is allowed: compress it with a smaller window or dictionary")]
    Window,
    /// It is encrypted.
    #[error("is encrypted")]
    Encrypted,
    /// It is compressed by a method that cannot be read.
    #[error("is compressed by {0}, which is not supported: use deflate or zstd")]
    Method(String),
    /// It shares bytes of the archive with another entry, as decompression bombs do.
    #[error("shares its bytes with another entry, as in a decompression bomb")]
    Overlap,
    /// It does not have the size that it declares.
    #[error("does not have the {declared} bytes that it declares")]
    SizeLies {
        /// The declared size.
        declared: u64,
    },
    /// Its bytes are damaged.
    #[error("is damaged: its bytes cannot be decompressed, or their checksum is wrong")]
    Damaged,
    /// The file ends before it.
    #[error("is cut off: the file ends before it does")]
    Truncated,
}

/// A name from an archive as it may be shown: nothing in it can act on a terminal.
pub(crate) fn printable(name: &str) -> String {
    const LONGEST: usize = 200;
    let mut shown: String =
        name.chars().take(LONGEST).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if name.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
