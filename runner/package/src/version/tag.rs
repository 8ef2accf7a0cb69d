use std::cmp::Ordering;
use std::fmt;

use wharf_model::OctopusVersion;

use super::{VersionFormat, VersionFormatError};

/// A tag of a container image, perhaps with the digest to which it is pinned: `6.5`, `latest`, `6.5@sha256:9f8e…`. Tags
/// are read and compared as Octopus versions.
#[derive(Debug, Clone)]
pub struct DockerTag {
    version: OctopusVersion,
    digest: Option<String>,
}

impl DockerTag {
    /// Parses a tag.
    pub fn parse(text: &str) -> Result<Self, VersionFormatError> {
        let is_hex =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let (tag, digest) = match text.rsplit_once("@sha256:") {
            Some((tag, digits)) if is_hex(digits) => (tag, Some(format!("sha256:{digits}"))),
            _ => (text, None),
        };
        Ok(Self { version: VersionFormat::Docker.octopus(tag)?, digest })
    }

    /// The tag without its digest.
    pub fn tag(&self) -> &str {
        self.version.original()
    }

    /// The tag's parts.
    pub fn version(&self) -> &OctopusVersion {
        &self.version
    }

    /// `sha256:` and hexadecimal digits.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Whether something follows the numbers; `latest` is no prerelease.
    pub fn is_prerelease(&self) -> bool {
        !self.version.prerelease().is_empty() && self.tag() != "latest"
    }
}

impl Ord for DockerTag {
    fn cmp(&self, other: &Self) -> Ordering {
        self.version.cmp(&other.version)
    }
}

impl PartialOrd for DockerTag {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for DockerTag {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for DockerTag {}

impl fmt::Display for DockerTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())?;
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> DockerTag {
        DockerTag::parse(text).expect("a test's tag parses")
    }

    #[test]
    fn tags_are_compared_as_octopus_versions() {
        assert!(
            tag("latest") < tag("1.0") && tag("1.0-alpine") < tag("1.0") && tag("1.2.3-pre-4") < tag("1.2.3-pre-10")
        );
        assert_eq!(tag("1.0"), tag("1.0.0@sha256:00"));
        assert!(!tag("latest").is_prerelease() && tag("1.0-alpine").is_prerelease() && !tag("1.0").is_prerelease());
    }

    #[test]
    fn a_digest_is_kept() {
        let pinned = tag("6.5@sha256:9f8e");
        assert_eq!((pinned.tag(), pinned.digest()), ("6.5", Some("sha256:9f8e")));
        assert_eq!(pinned.to_string(), "6.5@sha256:9f8e");
        assert!(DockerTag::parse("6.5@sha256:xyz").is_err() && DockerTag::parse("@sha256:00").is_err());
    }
}
