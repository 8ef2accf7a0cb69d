//! Packages: their names and versions, packing folders, and reading, checking and extracting archives. No network here.
//!
//! An [`Archive`] is checked as a whole when it is opened, before anything of it is extracted; what is extracted goes to
//! a [`Destination`] by relative paths only. [`pack`] makes equal bytes of equal folders.

#![deny(missing_docs)]

mod archive;
mod cached_name;
mod codec;
mod content;
mod diff;
mod digest;
mod entry;
mod entry_path;
mod error;
mod extract;
mod format;
mod inspect;
mod limits;
mod link;
mod listing;
mod maven_package;
mod name;
mod nupkg;
mod pack;
mod patterns;
mod relative_glob;
mod resolver;
mod selection;
mod sniff;
mod tar;
mod verify;
mod version;
mod workers;
mod zip;

pub use archive::Archive;
pub use cached_name::{CachedName, CachedNameError, package_name_of_path};
pub use diff::{ArchiveDiff, EntryChange};
pub use entry::{Entry, EntryKind};
pub use error::{ArchiveError, ArchiveProblem, EntryProblem};
pub use extract::{Destination, DestinationError, ExtractError, ExtractProgress, Extracted, FolderProblem};
pub use format::{ArchiveFormat, FormatError};
pub use inspect::Inspection;
pub use limits::ArchiveLimits;
pub use maven_package::{MavenPackage, MavenPackageError};
pub use name::{PackageName, PackageNameError};
pub use pack::{
    Compression, Existing, NuGetMetadata, PackError, PackFormat, PackProgress, PackRequest, Packed, TreeError, pack,
    pack_digest, pack_with_progress,
};
pub use patterns::{EntryPatterns, PatternError};
pub use relative_glob::{RelativeGlob, RelativeGlobError};
pub use resolver::{PackageChoiceError, PackageVersionResolver};
pub use selection::FileSelection;
pub use verify::{DamagedEntry, Verified};
pub use version::{
    CiVersion, CiVersionError, DockerTag, LexicographicVersion, MaskError, MavenRange, MavenRangeError, MavenVersion,
    NuGetRange, NuGetRangeError, PackageVersion, UnsortableVersion, Version, VersionError, VersionFormat,
    VersionFormatError, VersionMask, latest_version, version_from_ci, version_from_git_tag,
};
