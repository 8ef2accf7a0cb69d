use std::fmt;

use thiserror::Error;

/// Why a text is no coordinates of Maven.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MavenPackageError {
    /// It does not have the form.
    #[error(
        "`{0}` is no Maven package: write GROUP:ARTIFACT, then perhaps :VERSION, :PACKAGING and :CLASSIFIER, such as `com.google.guava:guava:33.0`"
    )]
    Form(String),
    /// Group or artifact is empty.
    #[error("`{0}` names no Maven package: group and artifact cannot be empty")]
    Empty(String),
}

/// The coordinates of a package in a Maven repository: `group:artifact[:version[:packaging[:classifier]]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MavenPackage {
    /// The group, with `.` between its parts.
    pub group: String,
    /// The artifact.
    pub artifact: String,
    /// The version.
    pub version: Option<String>,
    /// The packaging, which is the file's extension, such as `jar`.
    pub packaging: Option<String>,
    /// What tells several files of one artifact apart, such as `sources`.
    pub classifier: Option<String>,
}

impl MavenPackage {
    /// Parses coordinates. Blanks around the parts do not count; an empty one is none.
    pub fn parse(text: &str) -> Result<Self, MavenPackageError> {
        let parts: Vec<&str> = text.split(':').map(str::trim).collect();
        if !(2..=5).contains(&parts.len()) {
            return Err(MavenPackageError::Form(text.to_owned()));
        }
        let part = |place: usize| parts.get(place).filter(|part| !part.is_empty()).map(|part| (*part).to_owned());
        let (Some(group), Some(artifact)) = (part(0), part(1)) else {
            return Err(MavenPackageError::Empty(text.to_owned()));
        };
        Ok(Self { group, artifact, version: part(2), packaging: part(3), classifier: part(4) })
    }

    /// Parses a package ID of Octopus, where the version is told apart: `group:artifact[:packaging[:classifier]]`.
    pub fn of_id(id: &str, version: &str) -> Result<Self, MavenPackageError> {
        let parts: Vec<&str> = id.split(':').collect();
        if !(2..=4).contains(&parts.len()) {
            return Err(MavenPackageError::Form(id.to_owned()));
        }
        let (package, rest) = parts.split_at(2);
        Self::parse(&[package, &[version], rest].concat().join(":"))
    }

    /// The package's ID in Octopus: the coordinates without the version.
    pub fn id(&self) -> String {
        let parts = [Some(&self.group), Some(&self.artifact), self.packaging.as_ref(), self.classifier.as_ref()];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(":")
    }

    /// Where a repository lists the artifact's versions.
    pub fn metadata_path(&self) -> String {
        format!("/{}/{}/maven-metadata.xml", self.group.replace('.', "/"), self.artifact)
    }

    /// Where a repository has the file; none without a version. Without a packaging it is a `jar`.
    pub fn artifact_path(&self) -> Option<String> {
        let Self { group, artifact, .. } = self;
        let version = self.version.as_ref()?;
        let group = group.replace('.', "/");
        let classifier = self.classifier.as_ref().map(|classifier| format!("-{classifier}")).unwrap_or_default();
        let packaging = self.packaging.as_deref().unwrap_or("jar");
        Some(format!("/{group}/{artifact}/{version}/{artifact}-{version}{classifier}.{packaging}"))
    }
}

/// The coordinates, as far as they reach without a gap.
impl fmt::Display for MavenPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.group, self.artifact)?;
        let rest = [&self.version, &self.packaging, &self.classifier];
        let told = rest.iter().rposition(|part| part.is_some()).map_or(0, |last| last + 1);
        rest[..told].iter().try_for_each(|part| write!(f, ":{}", part.as_deref().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_parsed() {
        let shown: Vec<String> = [
            "com.google.guava:guava",
            "com.google.guava:guava:33.0",
            " g : a : 1 : war : sources ",
            "g:a::war",
            "g",
            "g:a:1:war:x:y",
            ":a",
        ]
        .into_iter()
        .map(|text| match MavenPackage::parse(text) {
            Ok(package) => {
                let path = package.artifact_path().unwrap_or_else(|| package.metadata_path());
                format!("{package} | {} | {path}", package.id())
            }
            Err(error) => error.to_string(),
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        com.google.guava:guava | com.google.guava:guava | /com/google/guava/guava/maven-metadata.xml
        com.google.guava:guava:33.0 | com.google.guava:guava | /com/google/guava/guava/33.0/guava-33.0.jar
        g:a:1:war:sources | g:a:war:sources | /g/a/1/a-1-sources.war
        g:a::war | g:a:war | /g/a/maven-metadata.xml
        `g` is no Maven package: write GROUP:ARTIFACT, then perhaps :VERSION, :PACKAGING and :CLASSIFIER, such as `com.google.guava:guava:33.0`
        `g:a:1:war:x:y` is no Maven package: write GROUP:ARTIFACT, then perhaps :VERSION, :PACKAGING and :CLASSIFIER, such as `com.google.guava:guava:33.0`
        `:a` names no Maven package: group and artifact cannot be empty
        ");
    }

    #[test]
    fn an_id_of_octopus_has_no_version() {
        let package = MavenPackage::of_id("g:a:war", "1.0").map(|package| package.to_string());
        assert_eq!(package.as_deref(), Ok("g:a:1.0:war"));
        assert!(MavenPackage::of_id("g:a:war:x:y", "1.0").is_err());
    }
}
