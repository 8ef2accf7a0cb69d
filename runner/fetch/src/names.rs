use std::cmp::Ordering;
use std::path::PathBuf;

use crate::FetchError;

/// How names and versions of packages are read. Feeds know nothing of that: whoever opens one says it.
pub trait PackageNames: Send + Sync {
    /// The ID, the version and the extension (without its first dot) of a file name; none if it is no package's.
    fn split<'a>(&self, file_name: &'a str) -> Option<NameParts<'a>>;

    /// The order of two versions. Versions may be equal that are written differently.
    fn compare(&self, one: &str, other: &str) -> Ordering;
}

/// The parts of `ID.version.ext`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameParts<'a> {
    /// The ID.
    pub id: &'a str,
    /// The version.
    pub version: &'a str,
    /// The extension, without its first dot.
    pub extension: &'a str,
}

/// A package that is to be pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its ID.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its extension, without its first dot.
    pub extension: String,
}

impl PackageFile {
    /// `ID.version.ext`.
    pub fn file_name(&self) -> String {
        file_name(&self.id, &self.version, &self.extension)
    }

    pub(crate) fn check(&self) -> Result<(), FetchError> {
        check_id(&self.id)?;
        check_version(&self.version)?;
        check_name(&self.extension, "the extension")
    }
}

pub(crate) fn file_name(id: &str, version: &str, extension: &str) -> String {
    format!("{id}.{version}.{extension}")
}

pub(crate) fn check_id(id: &str) -> Result<(), FetchError> {
    check_name(id, "the ID")
}

pub(crate) fn check_version(version: &str) -> Result<(), FetchError> {
    check_name(version, "the version")
}

/// Names become parts of paths and addresses: none of them may lead anywhere else.
fn check_name(name: &str, what: &'static str) -> Result<(), FetchError> {
    const LONGEST: usize = 200;
    const FORBIDDEN: [char; 11] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|', '%', '#'];
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.len() > LONGEST {
        "it is longer than 200 bytes"
    } else if name.contains(|character: char| character.is_control() || character.is_whitespace()) {
        "blanks and control characters are not allowed"
    } else if name.contains(FORBIDDEN) {
        "none of / \\ : * ? \" < > | % # is allowed"
    } else if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        "it may not begin or end with a dot, nor hold two in a row"
    } else {
        return Ok(());
    };
    Err(FetchError::BadName { name: name.chars().take(LONGEST).collect(), what, reason })
}

/// Whether two IDs name the same package.
pub(crate) fn same_id(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// The versions of a package among files, as often as they are there: an extension that nobody looks for does not count.
pub(crate) fn versions_among<'a>(
    files: impl Iterator<Item = &'a str>,
    id: &str,
    names: &dyn PackageNames,
    extensions: &[String],
) -> Vec<String> {
    files
        .filter_map(|name| names.split(name))
        .filter(|parts| same_id(parts.id, id) && extensions.iter().any(|known| known == parts.extension))
        .map(|parts| parts.version.to_owned())
        .collect()
}

/// Versions in rising order, each once.
pub(crate) fn in_order(names: &dyn PackageNames, mut versions: Vec<String>) -> Vec<String> {
    versions.sort_by(|one, other| names.compare(one, other).then_with(|| one.cmp(other)));
    versions.dedup();
    versions
}
