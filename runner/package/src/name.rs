use std::fmt;

use thiserror::Error;

use crate::{PackageVersion, VersionError};

/// Why a file name is no package's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PackageNameError {
    /// There is no extension.
    #[error("`{0}` has no file extension: a package is named ID.version.extension, such as `SupportFlow.1.0.78.zip`")]
    NoExtension(String),
    /// There is no version between ID and extension.
    #[error("`{0}` names no version: a package is named ID.version.extension, such as `SupportFlow.1.0.78.zip`")]
    NoVersion(String),
    /// Where the ID ends and the version begins is not clear: a fifth number, or a `-` before the version.
    #[error(
        "`{name}` could be `{id}` in version {version}, but that is hardly meant: between ID and version stands a `.`, and a version has at most four numbers"
    )]
    Ambiguous {
        /// The file name.
        name: String,
        /// What the ID would be.
        id: String,
        /// What the version would be.
        version: String,
    },
    /// The ID has characters that no ID has.
    #[error("`{0}` is no package ID: letters, digits and `_`, with single `.`, `-` or `_` between them")]
    Id(String),
    /// The version is none that a file name can carry.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// The extension is not one.
    #[error("`{0}` is no file extension: a `.` and letters or digits, such as `.zip`")]
    Extension(String),
}

/// The name of a package's file, `ID.version.extension`, as Octopus reads it: the shortest ID behind which a version
/// stands. `.tar` belongs to the extension that follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageName {
    /// The ID, such as `SupportFlow`.
    pub id: String,
    /// The version.
    pub version: PackageVersion,
    /// The extension with its first `.`, as written: `.zip`, `.tar.gz`.
    pub extension: String,
}

impl PackageName {
    /// Parses a file name; folders before it are passed over.
    pub fn parse(file_name: &str) -> Result<Self, PackageNameError> {
        let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
        let (stem, extension) = split_extension(name).ok_or_else(|| PackageNameError::NoExtension(name.to_owned()))?;
        let mut too_large = None;
        for (dot, _) in stem.match_indices('.') {
            let (id, version) = (&stem[..dot], &stem[dot + 1..]);
            if !version.starts_with(|first: char| first.is_ascii_digit()) {
                continue;
            }
            match PackageVersion::parse(version) {
                Err(VersionError::Form(_)) => {}
                Err(error) => too_large = too_large.or(Some(error)),
                Ok(_) if !is_id(id) => return Err(PackageNameError::Id(id.to_owned())),
                Ok(version) if ends_in_a_number(id) => {
                    return Err(too_large.map_or_else(
                        || PackageNameError::Ambiguous {
                            name: name.to_owned(),
                            id: id.to_owned(),
                            version: version.to_string(),
                        },
                        PackageNameError::Version,
                    ));
                }
                Ok(version) => return Ok(Self { id: id.to_owned(), version, extension: extension.to_owned() }),
            }
        }
        Err(too_large.map_or_else(|| PackageNameError::NoVersion(name.to_owned()), PackageNameError::Version))
    }

    /// A name of these parts, if its file name leads back to them. `extension` begins with a `.`.
    pub fn new(id: &str, version: &str, extension: &str) -> Result<Self, PackageNameError> {
        if !is_id(id) {
            return Err(PackageNameError::Id(id.to_owned()));
        }
        let parsed_version = PackageVersion::parse(version)?;
        if !version.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(VersionError::Form(version.to_owned()).into());
        }
        let name = Self { id: id.to_owned(), version: parsed_version, extension: extension.to_owned() };
        if split_extension(extension) != Some(("", extension)) {
            return Err(PackageNameError::Extension(extension.to_owned()));
        }
        let read_back = Self::parse(&name.to_string())?;
        if read_back.id != id {
            return Err(PackageNameError::Ambiguous {
                name: name.to_string(),
                id: read_back.id,
                version: read_back.version.to_string(),
            });
        }
        Ok(name)
    }
}

/// The file name.
impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}{}", self.id, self.version, self.extension)
    }
}

/// The name before the extension, and the extension with its `.`; `.tar.` and what follows count as one.
pub(crate) fn split_extension(name: &str) -> Option<(&str, &str)> {
    let last = name.rfind('.')?;
    let suffix = &name[last + 1..];
    let is_extension = suffix.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && suffix.bytes().any(|byte| byte.is_ascii_alphabetic());
    if !is_extension {
        return None;
    }
    let two_parts = name.as_bytes()[..last]
        .len()
        .checked_sub(4)
        .filter(|&at| name.is_char_boundary(at) && name[at..last].eq_ignore_ascii_case(".tar"));
    Some(name.split_at(two_parts.unwrap_or(last)))
}

fn is_id(id: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    // `_` may stand anywhere, also where it separates.
    id.split(['.', '-']).all(|word| !word.is_empty() && word.chars().all(is_word))
}

/// Whether the last word of several is nothing but digits, as in `acme.web.1` and `acme-1`.
fn ends_in_a_number(id: &str) -> bool {
    id.rsplit_once(['.', '-', '_'])
        .is_some_and(|(_, last)| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(file_name: &str) -> String {
        match PackageName::parse(file_name) {
            Ok(name) => format!("{} | {} | {}", name.id, name.version, name.extension),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn names_as_octopus_reads_them() {
        let shown: Vec<String> = [
            "SupportFlow.1.0.78.zip",
            "blah/MyPackage.1.0.8-cat+jat.jar",
            r"C:\drop\Acme.Core.1.0.0.0-bugfix.tar.bz2",
            "foo.1.0.0-tag-release.tag+buildmeta.nupkg",
            "acme.1.TAR.GZ",
            "acme_web-api.2016.01.02.tgz",
            "Größe.1.2.zip",
            "acme.v1.2.3.zip",
            "acme+web.1.zip",
            "acme.web.1.0.0.0.0.zip",
            "acme.web-1.0.0.zip",
            "blah/pkg@1.0.0%2BCAT@XXXYYYZZZ.jar",
            "acme.zip",
            "acme.99999999999.zip",
            "acme.1.0",
            "acme",
            "",
            ".1.zip",
            "a..1.zip",
        ]
        .into_iter()
        .map(parts)
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        SupportFlow | 1.0.78 | .zip
        MyPackage | 1.0.8-cat+jat | .jar
        Acme.Core | 1.0.0.0-bugfix | .tar.bz2
        foo | 1.0.0-tag-release.tag+buildmeta | .nupkg
        acme | 1 | .TAR.GZ
        acme_web-api | 2016.01.02 | .tgz
        Größe | 1.2 | .zip
        acme.v1 | 2.3 | .zip
        `acme+web` is no package ID: letters, digits and `_`, with single `.`, `-` or `_` between them
        `acme.web.1.0.0.0.0.zip` could be `acme.web.1` in version 0.0.0.0, but that is hardly meant: between ID and version stands a `.`, and a version has at most four numbers
        `acme.web-1.0.0.zip` could be `acme.web-1` in version 0.0, but that is hardly meant: between ID and version stands a `.`, and a version has at most four numbers
        `pkg@1.0.0%2BCAT@XXXYYYZZZ.jar` names no version: a package is named ID.version.extension, such as `SupportFlow.1.0.78.zip`
        `acme.zip` names no version: a package is named ID.version.extension, such as `SupportFlow.1.0.78.zip`
        `99999999999` is no version: a number in it is larger than 2147483647
        `acme.1.0` has no file extension: a package is named ID.version.extension, such as `SupportFlow.1.0.78.zip`
        `acme` has no file extension: a package is named ID.version.extension, such as `SupportFlow.1.0.78.zip`
        `` has no file extension: a package is named ID.version.extension, such as `SupportFlow.1.0.78.zip`
        `` is no package ID: letters, digits and `_`, with single `.`, `-` or `_` between them
        `a.` is no package ID: letters, digits and `_`, with single `.`, `-` or `_` between them
        ");
    }

    #[test]
    fn a_name_is_made_only_if_it_can_be_read_back() {
        let shown: Vec<String> = [
            ("SupportFlow", "1.0.78", ".zip"),
            ("acme", "1.0-rc.1", ".tar.gz"),
            ("acme.1", "2.0", ".zip"),
            ("acme-1", "2.0", ".zip"),
            ("acme web", "2.0", ".zip"),
            ("../acme", "2.0", ".zip"),
            ("acme", "v2.0", ".zip"),
            ("acme", "../2.0", ".zip"),
            ("acme", "2.0", "zip"),
            ("acme", "2.0", "/.zip"),
        ]
        .into_iter()
        .map(|(id, version, extension)| match PackageName::new(id, version, extension) {
            Ok(name) => name.to_string(),
            Err(error) => error.to_string(),
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        SupportFlow.1.0.78.zip
        acme.1.0-rc.1.tar.gz
        `acme.1.2.0.zip` could be `acme` in version 1.2.0, but that is hardly meant: between ID and version stands a `.`, and a version has at most four numbers
        `acme-1.2.0.zip` could be `acme-1` in version 2.0, but that is hardly meant: between ID and version stands a `.`, and a version has at most four numbers
        `acme web` is no package ID: letters, digits and `_`, with single `.`, `-` or `_` between them
        `../acme` is no package ID: letters, digits and `_`, with single `.`, `-` or `_` between them
        `v2.0` is no version: one to four numbers, then perhaps `-prerelease` and `+metadata`, such as `1.0.78-beta.2`
        `../2.0` is no version: one to four numbers, then perhaps `-prerelease` and `+metadata`, such as `1.0.78-beta.2`
        `zip` is no file extension: a `.` and letters or digits, such as `.zip`
        `/.zip` is no file extension: a `.` and letters or digits, such as `.zip`
        ");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,30}") {
            if let Ok(name) = PackageName::parse(&text) {
                prop_assert!(text.ends_with(&name.to_string()));
            }
        }

        #[test]
        fn names_round_trip(
            id in "[A-Za-z][A-Za-z0-9]{0,5}([._-][A-Za-z][A-Za-z0-9]{0,5}){0,2}",
            version in "[0-9]{1,3}(\\.[0-9]{1,3}){0,3}(-[a-z0-9]{1,3}(\\.[a-z0-9]{1,2})?)?(\\+[a-z]{1,3})?",
            extension in "\\.zip|\\.tar\\.gz|\\.7z",
        ) {
            let name = PackageName::new(&id, &version, &extension)?;
            let parsed = PackageName::parse(&name.to_string())?;
            prop_assert_eq!((&parsed.id, parsed.version.as_str(), &parsed.extension), (&id, version.as_str(), &extension));
        }
    }
}
