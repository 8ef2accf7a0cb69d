use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use wharf_model::Limit;

use super::NuGetMetadata;
use crate::{ArchiveError, ArchiveLimits, FileSelection, PackageNameError};

/// In which format a folder is packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum PackFormat {
    /// A zip with deflate.
    #[default]
    Zip,
    /// A zip for NuGet.
    Nupkg,
    /// A tar with gzip.
    TarGz,
    /// A tar with zstd.
    TarZst,
}

impl PackFormat {
    /// The file's extension with its `.`.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Zip => ".zip",
            Self::Nupkg => ".nupkg",
            Self::TarGz => ".tar.gz",
            Self::TarZst => ".tar.zst",
        }
    }
}

/// How much time goes into making a package small.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Files are stored, or compressed as little as the format allows.
    None,
    /// Soon done.
    Fast,
    /// As small as most programs make it.
    #[default]
    Normal,
    /// As small as it gets.
    Best,
}

impl Compression {
    /// The level of deflate; none for storing.
    pub(super) fn deflate(self) -> Option<u32> {
        match self {
            Self::None => None,
            Self::Fast => Some(3),
            Self::Normal => Some(6),
            Self::Best => Some(9),
        }
    }

    /// The level of zstd.
    pub(super) fn zstd(self) -> i32 {
        match self {
            Self::None => 1,
            Self::Fast => 3,
            Self::Normal => 9,
            Self::Best => 19,
        }
    }
}

/// How far a packing is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PackProgress {
    /// Files that are packed.
    pub files: u64,
    /// All files.
    pub total_files: u64,
    /// Bytes of files that are packed, before compression.
    pub bytes: u64,
    /// Bytes of all files.
    pub total_bytes: u64,
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
    /// Where the package is written, as `ID.version.zip` or what the format's extension is; it is made if it is missing, and not packed if it lies in the folder.
    /// If it is the folder itself, the package does not hold itself.
    pub out_folder: &'a Path,
    /// Which files are packed; `.git` and `.wharf` never are.
    pub selection: &'a FileSelection,
    /// The format.
    pub format: PackFormat,
    /// How small it becomes. The same for the same bytes.
    pub compression: Compression,
    /// How many threads compress; 0 is one per core, but not more than 16. It does not change the bytes.
    pub threads: usize,
    /// What a nupkg says of itself.
    pub nuget: NuGetMetadata<'a>,
    /// What to do with a file that is there and differs.
    pub existing: Existing,
    /// The time that all entries get, in seconds since 1970; without it 1980-01-01, the first one that zips know.
    pub source_date_epoch: Option<u64>,
    /// What the package may hold: the same as whoever opens it allows.
    pub limits: &'a ArchiveLimits,
}

impl<'a> PackRequest<'a> {
    /// A zip in the current directory, as most people want it.
    pub fn new(
        folder: &'a Path,
        id: &'a str,
        version: &'a str,
        selection: &'a FileSelection,
        limits: &'a ArchiveLimits,
    ) -> Self {
        Self {
            folder,
            id,
            version,
            out_folder: Path::new("."),
            selection,
            format: PackFormat::default(),
            compression: Compression::default(),
            threads: 0,
            nuget: NuGetMetadata::default(),
            existing: Existing::default(),
            source_date_epoch: None,
            limits,
        }
    }
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
    /// The folder holds what NuGet keeps for itself.
    #[error("`{0}` cannot be in a nupkg, which has such a file of its own: exclude it, or pack a zip")]
    NuGetPart(String),
    /// A text for the manifest has a character that XML does not have.
    #[error("the metadata of a nupkg cannot hold the character {0:?}")]
    NuGetMetadata(char),
    /// The caller did not want it any more.
    #[error("packing was cancelled")]
    Cancelled,
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
