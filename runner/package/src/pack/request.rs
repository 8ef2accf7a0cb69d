use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use wharf_model::Limit;

use crate::{ArchiveError, ArchiveLimits, FileSelection, PackageNameError};

/// In which format a folder is packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PackFormat {
    /// A zip with deflate.
    #[default]
    Zip,
}

impl PackFormat {
    /// The file's extension with its `.`.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Zip => ".zip",
        }
    }
}

/// What to do with a file of the package's name that has other bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and packing fails.
    #[default]
    Refuse,
    /// It is replaced.
    Replace,
}

/// A folder to be packed.
#[derive(Debug, Clone, Copy)]
pub struct PackRequest<'a> {
    /// The folder; its content is the package's.
    pub folder: &'a Path,
    /// The package's ID.
    pub id: &'a str,
    /// The package's version.
    pub version: &'a str,
    /// Where `ID.version.zip` is written; it is made if it is missing, and not packed if it lies in the folder.
    /// If it is the folder itself, the package does not hold itself.
    pub out_folder: &'a Path,
    /// Which files are packed; `.git` and `.wharf` never are.
    pub selection: &'a FileSelection,
    /// The format.
    pub format: PackFormat,
    /// What to do with a file that is there and differs.
    pub existing: Existing,
    /// The time that all entries get, in seconds since 1970; without it 1980-01-01, the first one that zips know.
    pub source_date_epoch: Option<u64>,
    /// What the package may hold: the same as whoever opens it allows.
    pub limits: &'a ArchiveLimits,
}

/// A package that was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Its file.
    pub path: PathBuf,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// The file's size.
    pub bytes: u64,
    /// Files and symlinks in it.
    pub files: u64,
    /// Whether the same bytes were there before; then nothing was written.
    pub unchanged: bool,
}

/// Why a folder was not packed. What was there before is unchanged.
#[derive(Debug, Error)]
pub enum PackError {
    /// ID and version do not make a package's name.
    #[error(transparent)]
    Name(#[from] PackageNameError),
    /// The folder, or something in it, cannot be packed.
    #[error(transparent)]
    Folder(#[from] ArchiveError),
    /// There is another package of this name.
    #[error("`{}` exists with other content: give the package another version, or say that it is to be overwritten", .0.display())]
    Exists(PathBuf),
    /// The package cannot be written.
    #[error("cannot write `{}`: {problem}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        problem: io::Error,
    },
}

impl PackError {
    /// The limit that was reached, if it was one that a process can raise.
    pub fn limit(&self) -> Option<Limit> {
        match self {
            Self::Folder(error) => error.limit(),
            _ => None,
        }
    }
}
