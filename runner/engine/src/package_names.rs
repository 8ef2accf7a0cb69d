use std::cmp::Ordering;

use wharf_fetch::NameParts;
use wharf_package::{PackageName, PackageVersion};

/// How Wharf reads the names and versions of packages, for feeds.
#[derive(Debug, Clone, Copy, Default)]
pub struct PackageNames;

impl wharf_fetch::PackageNames for PackageNames {
    fn split<'a>(&self, file_name: &'a str) -> Option<NameParts<'a>> {
        let name = PackageName::parse(file_name).ok()?;
        // The name is `ID.version.extension`, and nothing else.
        let extension = file_name.len().checked_sub(name.extension.len())?;
        Some(NameParts {
            id: file_name.get(..name.id.len())?,
            version: file_name.get(name.id.len() + 1..extension)?,
            extension: file_name.get(extension + 1..)?,
        })
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        match (PackageVersion::parse(one), PackageVersion::parse(other)) {
            (Ok(one), Ok(other)) => one.cmp(&other),
            // What is no version comes before all that are.
            (Ok(_), Err(_)) => Ordering::Greater,
            (Err(_), Ok(_)) => Ordering::Less,
            (Err(_), Err(_)) => one.cmp(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use wharf_fetch::PackageNames as _;

    use super::*;

    #[test]
    fn names_are_divided_where_the_version_begins() {
        let parts = |name| PackageNames.split(name).map(|parts| [parts.id, parts.version, parts.extension]);
        assert_eq!(parts("Acme.Web.1.0.0-rc.1+b.tar.gz"), Some(["Acme.Web", "1.0.0-rc.1+b", "tar.gz"]));
        assert_eq!(parts("acme.1.zip"), Some(["acme", "1", "zip"]));
        assert_eq!(parts("acme.zip"), None);
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert_eq!(PackageNames.compare("1.10", "1.9"), Ordering::Greater);
        assert_eq!(PackageNames.compare("1.0-rc", "1.0"), Ordering::Less);
        assert_eq!(PackageNames.compare("latest", "0.1"), Ordering::Less);
        assert_eq!(PackageNames.compare("a", "b"), Ordering::Less);
    }
}
