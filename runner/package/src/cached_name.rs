use std::fmt::Write;

use thiserror::Error;

use crate::{Version, VersionFormat, VersionFormatError, nupkg};

/// Why a file name is not that of a package in a cache.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CachedNameError {
    /// It does not have the form.
    #[error(
        "`{0}` is no package of a cache: it would be named ID@VERSION@32 hexadecimal digits and an extension, with the version's format before the version"
    )]
    Form(String),
    /// The version is none of its format.
    #[error("`{name}` is no package of a cache: {problem}")]
    Version {
        /// The file name.
        name: String,
        /// What is wrong with the version.
        #[source]
        problem: VersionFormatError,
    },
    /// Versions of this format have no name in a cache.
    #[error("a cache has no name for versions of the format {0}")]
    Format(VersionFormat),
}

/// The name of a package's file in a cache, as Octopus names it: `ID@SVersion@32 hexadecimal digits.extension`. The letter
/// before the version is its format: `S` for SemVer, `M` for Maven, `O` for Octopus, `L` for lexicographic. In ID and
/// version `% < > : " / \ | ?` and control characters are written as `%HH`.
#[derive(Debug, Clone)]
pub struct CachedName {
    /// The ID, such as `com.google.guava:guava`.
    pub id: String,
    /// The version.
    pub version: Version,
    /// What tells several copies apart, in lower case.
    pub key: [u8; 16],
    /// The extension with its first `.`.
    pub extension: String,
}

impl CachedName {
    /// Parses a file name; folders before it are passed over.
    pub fn parse(file_name: &str) -> Result<Self, CachedNameError> {
        let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
        let form = || CachedNameError::Form(name.to_owned());
        let sections: Vec<&str> = name.split('@').collect();
        let [id, version, rest] = sections.as_slice() else { return Err(form()) };
        let format = match version.chars().next() {
            Some('S') => VersionFormat::SemVer,
            Some('M') => VersionFormat::Maven,
            Some('O') => VersionFormat::Octopus,
            Some('L') => VersionFormat::Lexicographic,
            _ => return Err(form()),
        };
        let (key, extension) = rest.find('.').map(|dot| rest.split_at(dot)).ok_or_else(form)?;
        let key = u128::from_str_radix(key, 16).ok().filter(|_| key.len() == 32 && !key.starts_with('+'));
        let version = format
            .parse(&nupkg::unescape(&version[1..]))
            .map_err(|problem| CachedNameError::Version { name: name.to_owned(), problem })?;
        Ok(Self {
            id: nupkg::unescape(id),
            version,
            key: key.ok_or_else(form)?.to_be_bytes(),
            extension: extension.to_owned(),
        })
    }

    /// The file name.
    pub fn file_name(&self) -> Result<String, CachedNameError> {
        let letter = match self.version.format() {
            VersionFormat::SemVer => 'S',
            VersionFormat::Maven => 'M',
            VersionFormat::Octopus => 'O',
            VersionFormat::Lexicographic => 'L',
            other => return Err(CachedNameError::Format(other)),
        };
        let mut name = format!("{}@{letter}{}@", escape(&self.id), escape(&self.version.to_string()));
        for byte in self.key {
            // Writing to a `String` cannot fail.
            let _ = write!(name, "{byte:02X}");
        }
        name.push_str(&self.extension);
        Ok(name)
    }
}

/// The name of a package whose ID is a path in its feed: what stands behind the last `/`.
pub fn package_name_of_path(id: &str) -> &str {
    id.split('/').rfind(|part| !part.is_empty()).unwrap_or(id)
}

/// A text as it can be in a file name. `@` divides the name, so it is escaped as well.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "%<>:\"/\\|?@".contains(c) || c.is_control() {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(escaped, "%{byte:02X}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_parsed_and_made() {
        let key = "0123456789ABCDEF0123456789ABCDEF";
        let shown: Vec<String> = [
            format!("drop/Acme.Web@S1.0.0+cat@{key}.zip"),
            format!("com.google.guava%3Aguava@M33.0-jre@{key}.jar"),
            format!("a%2Fb@Ov1.0@{key}.tar.gz"),
            format!("a@Lrelease-1@{key}.tgz"),
            format!("a@X1.0@{key}.zip"),
            format!("a@Sx@{key}.zip"),
            format!("a@1.0@{key}.zip"),
            "a@S1.0@0123.zip".to_owned(),
            "a@S1.0@XXXYYYZZZ.zip".to_owned(),
            format!("a@S1.0@{key}"),
            "a.1.0.zip".to_owned(),
        ]
        .iter()
        .map(|name| match CachedName::parse(name) {
            Ok(parsed) => {
                assert_eq!(parsed.file_name().as_deref().ok(), name.rsplit('/').next());
                format!("{} {} {} {}", parsed.id, parsed.version.format(), parsed.version, parsed.extension)
            }
            Err(error) => error.to_string(),
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        Acme.Web semver 1.0.0+cat .zip
        com.google.guava:guava maven 33.0-jre .jar
        a/b octopus v1.0 .tar.gz
        a lexicographic release-1 .tgz
        `a@X1.0@0123456789ABCDEF0123456789ABCDEF.zip` is no package of a cache: it would be named ID@VERSION@32 hexadecimal digits and an extension, with the version's format before the version
        `a@Sx@0123456789ABCDEF0123456789ABCDEF.zip` is no package of a cache: `x` is no version: one to four numbers, then perhaps `-prerelease` and `+metadata`, such as `1.0.78-beta.2`
        `a@1.0@0123456789ABCDEF0123456789ABCDEF.zip` is no package of a cache: it would be named ID@VERSION@32 hexadecimal digits and an extension, with the version's format before the version
        `a@S1.0@0123.zip` is no package of a cache: it would be named ID@VERSION@32 hexadecimal digits and an extension, with the version's format before the version
        `a@S1.0@XXXYYYZZZ.zip` is no package of a cache: it would be named ID@VERSION@32 hexadecimal digits and an extension, with the version's format before the version
        `a@S1.0@0123456789ABCDEF0123456789ABCDEF` is no package of a cache: it would be named ID@VERSION@32 hexadecimal digits and an extension, with the version's format before the version
        `a.1.0.zip` is no package of a cache: it would be named ID@VERSION@32 hexadecimal digits and an extension, with the version's format before the version
        ");
    }

    #[test]
    fn the_name_of_a_path() {
        let names = ["a/b/c", "c", "a/c/", ""].map(package_name_of_path);
        assert_eq!(names, ["c", "c", "c", ""]);
    }

    proptest! {
        #[test]
        fn names_round_trip(id in "[ -~äö]{1,12}", key in any::<[u8; 16]>()) {
            let version = VersionFormat::Maven.parse(&id).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let name = CachedName { id: id.clone(), version, key, extension: ".zip".to_owned() };
            let file_name = name.file_name()?;
            prop_assert!(!file_name.contains(['/', '\\', ':']));
            let parsed = CachedName::parse(&file_name)?;
            prop_assert_eq!((parsed.id, parsed.version.to_string(), parsed.key), (id.clone(), id, key));
        }
    }
}
