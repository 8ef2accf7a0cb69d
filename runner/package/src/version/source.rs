//! Where the version of a package comes from, if nobody names it.

use thiserror::Error;

use super::{PackageVersion, VersionError};

/// A version that a build server gave.
#[derive(Debug, Clone)]
pub struct CiVersion {
    /// The build server, such as `TeamCity`.
    pub server: &'static str,
    /// The environment variable, such as `BUILD_NUMBER`.
    pub variable: &'static str,
    /// Its version.
    pub version: PackageVersion,
}

/// Why a build server gave no version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CiVersionError {
    /// No build server was recognised.
    #[error("no build server was recognised by its environment variables: name the version")]
    NoServer,
    /// The build server says nothing.
    #[error("this runs on {server}, but its variable `{variable}` is not set: name the version")]
    NoNumber {
        /// The build server.
        server: &'static str,
        /// The variable that would tell.
        variable: &'static str,
    },
    /// What it says is no version.
    #[error("the variable `{variable}` of {server} cannot be the version: {problem}")]
    Version {
        /// The build server.
        server: &'static str,
        /// The variable.
        variable: &'static str,
        /// Why not.
        #[source]
        problem: VersionError,
    },
}

/// A build server: the variables of which one is set there, and those that give the build's number, the best first.
struct Server {
    name: &'static str,
    marks: &'static [&'static str],
    numbers: &'static [&'static str],
}

const fn server(name: &'static str, marks: &'static [&'static str], numbers: &'static [&'static str]) -> Server {
    Server { name, marks, numbers }
}

/// In the order in which Octopus' clients look for them.
const SERVERS: [Server; 21] = [
    server("TeamCity", &["TEAMCITY_VERSION"], &["BUILD_NUMBER"]),
    server("Azure DevOps", &["TF_BUILD", "BUILD_BUILDID", "AGENT_WORKFOLDER"], &["BUILD_BUILDNUMBER"]),
    server("Bamboo", &["bamboo_agentId"], &["bamboo_buildNumber"]),
    server("AppVeyor", &["APPVEYOR"], &["APPVEYOR_BUILD_VERSION", "APPVEYOR_BUILD_NUMBER"]),
    server("Bitbucket Pipelines", &["BITBUCKET_BUILD_NUMBER"], &["BITBUCKET_BUILD_NUMBER"]),
    server("Jenkins", &["JENKINS_URL"], &["BUILD_NUMBER"]),
    server("CircleCI", &["CIRCLECI"], &["CIRCLE_BUILD_NUM"]),
    server("GitLab", &["GITLAB_CI"], &["CI_PIPELINE_IID"]),
    server("Travis CI", &["TRAVIS"], &["TRAVIS_BUILD_NUMBER"]),
    server("GoCD", &["GO_PIPELINE_LABEL"], &["GO_PIPELINE_LABEL"]),
    server("Bitrise", &["BITRISE_IO"], &["BITRISE_BUILD_NUMBER"]),
    server("Buddy", &["BUDDY_WORKSPACE_ID"], &["BUDDY_EXECUTION_ID"]),
    server("Buildkite", &["BUILDKITE"], &["BUILDKITE_BUILD_NUMBER"]),
    server("Cirrus CI", &["CIRRUS_CI"], &["CIRRUS_BUILD_ID"]),
    server("AWS CodeBuild", &["CODEBUILD_BUILD_ARN"], &["CODEBUILD_BUILD_NUMBER"]),
    server("Codeship", &["CI_NAME"], &["CI_BUILD_NUMBER"]),
    server("Drone", &["DRONE"], &["DRONE_BUILD_NUMBER"]),
    server("Hudson", &["HUDSON_URL"], &["BUILD_NUMBER"]),
    server("Semaphore", &["SEMAPHORE"], &["SEMAPHORE_PIPELINE_NUMBER", "SEMAPHORE_BUILD_NUMBER"]),
    server("Shippable", &["SHIPPABLE"], &["BUILD_NUMBER"]),
    server("GitHub Actions", &["GITHUB_ACTIONS"], &["GITHUB_RUN_NUMBER"]),
];

/// The version that a build server gives: the first server of which a variable is set and not empty, and its build number.
/// `environment` answers the value of an environment variable.
pub fn version_from_ci(environment: impl Fn(&str) -> Option<String>) -> Result<CiVersion, CiVersionError> {
    let value = |name: &&'static str| environment(name).filter(|value| !value.trim().is_empty());
    let server = SERVERS.iter().find(|server| server.marks.iter().any(|mark| value(mark).is_some()));
    let Server { name, numbers, .. } = server.ok_or(CiVersionError::NoServer)?;
    let given = numbers.iter().find_map(|variable| Some((*variable, value(variable)?)));
    let (variable, text) = given.ok_or(CiVersionError::NoNumber { server: name, variable: numbers[0] })?;
    match PackageVersion::parse(text.trim()) {
        Ok(version) => Ok(CiVersion { server: name, variable, version }),
        Err(problem) => Err(CiVersionError::Version { server: name, variable, problem }),
    }
}

/// The version that a git tag names: `v1.2.3`, `1.2.3`, `release/1.2.3` and `refs/tags/v1.2.3` are 1.2.3.
pub fn version_from_git_tag(tag: &str) -> Result<PackageVersion, VersionError> {
    let name = tag.trim().rsplit('/').next().unwrap_or(tag);
    let version = name.strip_prefix(['v', 'V']).unwrap_or(name);
    match PackageVersion::parse(version) {
        Ok(parsed) if version.starts_with(|first: char| first.is_ascii_digit()) => Ok(parsed),
        Err(VersionError::TooLarge(_)) => Err(VersionError::TooLarge(tag.to_owned())),
        _ => Err(VersionError::Form(tag.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_ci(variables: &[(&str, &str)]) -> String {
        let found = version_from_ci(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        match found {
            Ok(CiVersion { server, variable, version }) => format!("{version} from {variable} of {server}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn versions_of_build_servers() {
        let shown = [
            from_ci(&[("TEAMCITY_VERSION", "2026.1"), ("BUILD_NUMBER", "1.2.3.4")]),
            from_ci(&[("GITHUB_ACTIONS", "true"), ("GITHUB_RUN_NUMBER", "57")]),
            from_ci(&[("GITHUB_ACTIONS", "true"), ("TF_BUILD", "True"), ("BUILD_BUILDNUMBER", "20260101.1")]),
            from_ci(&[("TEAMCITY_VERSION", ""), ("APPVEYOR", "True"), ("APPVEYOR_BUILD_NUMBER", "8")]),
            from_ci(&[("JENKINS_URL", "x")]),
            from_ci(&[("JENKINS_URL", "x"), ("BUILD_NUMBER", "today")]),
            from_ci(&[("BUILD_NUMBER", "1")]),
        ];
        insta::assert_snapshot!(shown.join("\n"), @"
        1.2.3.4 from BUILD_NUMBER of TeamCity
        57 from GITHUB_RUN_NUMBER of GitHub Actions
        20260101.1 from BUILD_BUILDNUMBER of Azure DevOps
        8 from APPVEYOR_BUILD_NUMBER of AppVeyor
        this runs on Jenkins, but its variable `BUILD_NUMBER` is not set: name the version
        the variable `BUILD_NUMBER` of Jenkins cannot be the version: `today` is no version: one to four numbers, then perhaps `-prerelease` and `+metadata`, such as `1.0.78-beta.2`
        no build server was recognised by its environment variables: name the version
        ");
    }

    #[test]
    fn versions_of_git_tags() {
        for tag in ["v1.2.3", "1.2.3", " V1.2.3\n", "refs/tags/v1.2.3", "release/1.2.3"] {
            assert_eq!(version_from_git_tag(tag).map(|version| version.to_string()).as_deref(), Ok("1.2.3"), "{tag}");
        }
        for tag in ["nightly", "vv1.2", "", "release-1.2.3"] {
            assert_eq!(version_from_git_tag(tag).err(), Some(VersionError::Form(tag.to_owned())), "{tag}");
        }
    }
}
