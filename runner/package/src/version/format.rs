use std::cmp::Ordering;
use std::fmt;

use thiserror::Error;
use wharf_model::{OctopusVersion, OctopusVersionError};

use super::{DockerTag, LexicographicVersion, MavenVersion, PackageVersion, UnsortableVersion, VersionError};

/// How versions of a feed are written and compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum VersionFormat {
    /// One to four numbers, a prerelease and metadata.
    #[default]
    SemVer,
    /// Maven's.
    Maven,
    /// A tag of a container image.
    Docker,
    /// What Octopus takes for its releases.
    Octopus,
    /// Any label; compared as text.
    Lexicographic,
    /// Any label; equal or not, never earlier or later.
    Unsortable,
}

/// Texts that are longer are no versions.
const LONGEST: usize = 1024;

/// Why a text is no version of a format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VersionFormatError {
    /// It is no SemVer.
    #[error(transparent)]
    SemVer(#[from] VersionError),
    /// It is empty or nothing but blanks.
    #[error("the version is empty")]
    Empty,
    /// It is too long.
    #[error("the version `{0}…` is longer than {LONGEST} bytes")]
    TooLong(String),
    /// A number in it is too large.
    #[error("`{0}` is no version: a number in it is larger than 2147483647")]
    TooLarge(String),
    /// There are characters in it that the format does not have.
    #[error("`{text}` is no version of the format {format}: it may have letters, digits, `.`, `-`, `_`, `\\` and `+`")]
    Form {
        /// The text.
        text: String,
        /// The format.
        format: VersionFormat,
    },
}

/// A version in one of the formats.
#[derive(Debug, Clone)]
pub enum Version {
    /// See [`PackageVersion`].
    SemVer(PackageVersion),
    /// See [`MavenVersion`].
    Maven(MavenVersion),
    /// See [`DockerTag`].
    Docker(DockerTag),
    /// See [`OctopusVersion`].
    Octopus(OctopusVersion),
    /// See [`LexicographicVersion`].
    Lexicographic(LexicographicVersion),
    /// See [`UnsortableVersion`].
    Unsortable(UnsortableVersion),
}

impl VersionFormat {
    /// Parses a version of this format.
    pub fn parse(self, text: &str) -> Result<Version, VersionFormatError> {
        self.check_length(text)?;
        Ok(match self {
            Self::SemVer => Version::SemVer(PackageVersion::parse_typed(text)?),
            Self::Maven => Version::Maven(MavenVersion::parse(text)?),
            Self::Docker => Version::Docker(DockerTag::parse(text)?),
            Self::Octopus => Version::Octopus(self.octopus(text)?),
            Self::Lexicographic => Version::Lexicographic(LexicographicVersion::parse(text)?),
            Self::Unsortable => Version::Unsortable(UnsortableVersion::parse(text)?),
        })
    }

    /// The usual name, such as `maven`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SemVer => "semver",
            Self::Maven => "maven",
            Self::Docker => "docker",
            Self::Octopus => "octopus",
            Self::Lexicographic => "lexicographic",
            Self::Unsortable => "unsortable",
        }
    }

    pub(super) fn check_length(self, text: &str) -> Result<(), VersionFormatError> {
        if text.len() > LONGEST {
            return Err(VersionFormatError::TooLong(text.chars().take(40).collect()));
        }
        Ok(())
    }

    /// A text as an Octopus version, with errors of this format.
    pub(super) fn octopus(self, text: &str) -> Result<OctopusVersion, VersionFormatError> {
        self.check_length(text)?;
        text.parse().map_err(|problem| match problem {
            OctopusVersionError::Empty => VersionFormatError::Empty,
            OctopusVersionError::TooLarge => VersionFormatError::TooLarge(text.to_owned()),
            OctopusVersionError::Invalid => VersionFormatError::Form { text: text.to_owned(), format: self },
        })
    }
}

impl Version {
    /// The format.
    pub fn format(&self) -> VersionFormat {
        match self {
            Self::SemVer(_) => VersionFormat::SemVer,
            Self::Maven(_) => VersionFormat::Maven,
            Self::Docker(_) => VersionFormat::Docker,
            Self::Octopus(_) => VersionFormat::Octopus,
            Self::Lexicographic(_) => VersionFormat::Lexicographic,
            Self::Unsortable(_) => VersionFormat::Unsortable,
        }
    }

    /// Which one is later. Versions of different formats cannot be compared; unsortable ones are equal or cannot.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::SemVer(left), Self::SemVer(right)) => Some(left.cmp(right)),
            (Self::Maven(left), Self::Maven(right)) => Some(left.compare(right)),
            (Self::Docker(left), Self::Docker(right)) => Some(left.cmp(right)),
            (Self::Octopus(left), Self::Octopus(right)) => Some(left.cmp(right)),
            (Self::Lexicographic(left), Self::Lexicographic(right)) => Some(left.cmp(right)),
            (Self::Unsortable(left), Self::Unsortable(right)) => (left == right).then_some(Ordering::Equal),
            _ => None,
        }
    }

    /// Whether it comes before the release that it prepares. Lexicographic and unsortable versions never do.
    pub fn is_prerelease(&self) -> bool {
        match self {
            Self::SemVer(version) => !version.prerelease().is_empty(),
            Self::Maven(version) => version.is_prerelease(),
            Self::Docker(tag) => tag.is_prerelease(),
            Self::Octopus(version) => !version.prerelease().is_empty(),
            Self::Lexicographic(_) | Self::Unsortable(_) => false,
        }
    }
}

/// The latest of several versions, and the first of those that are equal; versions that cannot be compared with it are
/// passed over.
pub fn latest_version<'a>(versions: impl IntoIterator<Item = &'a Version>) -> Option<&'a Version> {
    versions.into_iter().reduce(|best, next| if best.compare(next) == Some(Ordering::Less) { next } else { best })
}

/// The name.
impl fmt::Display for VersionFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text as written.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SemVer(version) => version.fmt(f),
            Self::Maven(version) => version.fmt(f),
            Self::Docker(tag) => tag.fmt(f),
            Self::Octopus(version) => version.fmt(f),
            Self::Lexicographic(version) => version.fmt(f),
            Self::Unsortable(version) => version.fmt(f),
        }
    }
}
