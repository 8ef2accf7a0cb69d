//! Versions in every form in which packages carry them, ranges of versions, and masks for the next one.

mod format;
mod label;
mod labels;
mod lexicographic;
mod mask;
mod maven;
mod maven_order;
mod maven_range;
mod nuget_range;
mod package;
mod source;
mod tag;
mod unsortable;

pub use format::{Version, VersionFormat, VersionFormatError, latest_version};
pub use lexicographic::LexicographicVersion;
pub use mask::{MaskError, VersionMask};
pub use maven::MavenVersion;
pub use maven_range::{MavenRange, MavenRangeError};
pub use nuget_range::{NuGetRange, NuGetRangeError};
pub use package::{PackageVersion, VersionError};
pub use source::{CiVersion, CiVersionError, version_from_ci, version_from_git_tag};
pub use tag::DockerTag;
pub use unsortable::UnsortableVersion;
