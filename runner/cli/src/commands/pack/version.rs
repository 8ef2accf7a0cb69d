use std::path::Path;
use std::time::Duration;

use wharf_engine::{Machine as _, SecretCommand, SecretCommandError, ThisMachine};
use wharf_model::CancelToken;
use wharf_package::{CiVersion, CiVersionError, PackageVersion, version_from_ci, version_from_git_tag};

use crate::error::CommandError;

/// How long git may think.
const GIT_TIME: Duration = Duration::from_secs(10);
/// So many bytes of tags at one commit are more than anyone has.
const GIT_BYTES: usize = 1024 * 1024;

/// The version of a package, and where it comes from.
#[derive(Debug)]
pub struct Chosen {
    pub version: String,
    pub source: Source,
}

#[derive(Debug)]
pub enum Source {
    /// It was written on the command line.
    Given,
    /// A build server gave it, in an environment variable.
    Ci { server: &'static str, variable: &'static str },
    /// A git tag names it.
    Git { tag: String },
}

impl Source {
    /// The word of JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Ci { .. } => "ci",
            Self::Git { .. } => "git",
        }
    }
}

/// The version that is asked for; if none is, that of the build server, or else that of git.
pub fn choose(asked: Option<&str>, folder: &Path, cancel: &CancelToken) -> Result<Chosen, CommandError> {
    match asked {
        Some("ci") => from_ci().map_err(|error| CommandError::usage(error.to_string())),
        Some("git") => from_git(folder, cancel).map_err(|reason| {
            CommandError::failed(format!("no version from git: {reason}"))
                .hint("tag the commit (`git tag v1.2.3`), or name the version: `--version 1.2.3`")
        }),
        Some(version) => Ok(Chosen { version: version.to_owned(), source: Source::Given }),
        None => from_ci().or_else(|ci| {
            // A number that is none is not replaced by another in silence: the build would not be what it says.
            if let CiVersionError::Version { .. } = ci {
                return Err(
                    CommandError::usage(without_advice(&ci)).hint("name the version: `--version 1.2.3`, or `git`")
                );
            }
            from_git(folder, cancel).map_err(|git| {
                CommandError::usage("the package needs a version")
                    .hint("name it: `--version 1.2.3`")
                    .hint(format!("a build server would give one: {}", without_advice(&ci)))
                    .hint(format!("so would a git tag: {git}"))
            })
        }),
    }
}

/// What is wrong, without what would be said twice.
fn without_advice(error: &CiVersionError) -> String {
    error.to_string().trim_end_matches(": name the version").to_owned()
}

fn from_ci() -> Result<Chosen, CiVersionError> {
    let CiVersion { server, variable, version } = version_from_ci(|name| std::env::var(name).ok())?;
    Ok(Chosen { version: version.to_string(), source: Source::Ci { server, variable } })
}

/// The tag at the commit that is checked out, in the repository that the folder lies in, or else in the one here.
fn from_git(folder: &Path, cancel: &CancelToken) -> Result<Chosen, String> {
    let git = ThisMachine.program("git").ok_or("git is not installed")?;
    let tags =
        tags_at_head(&git, folder, cancel).or_else(|reason| match tags_at_head(&git, Path::new("."), cancel) {
            Ok(tags) => Ok(tags),
            Err(_) => Err(reason),
        })?;
    highest(&tags)
}

fn tags_at_head(git: &Path, folder: &Path, cancel: &CancelToken) -> Result<String, String> {
    let args = ["tag", "--points-at", "HEAD"].map(str::to_owned);
    let command = SecretCommand { program: git, args: &args, folder, time: GIT_TIME, most_bytes: GIT_BYTES };
    match ThisMachine.run_secret_command(&command, cancel) {
        Ok(output) => String::from_utf8(output).map_err(|_| "git named tags that are not UTF-8".to_owned()),
        Err(SecretCommandError::Failed { status, stderr }) => {
            let words = stderr.lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_owned();
            Err(format!("git says: {}", if words.is_empty() { status } else { words }))
        }
        Err(error) => Err(format!("git was of no help: {error}")),
    }
}

/// Of several tags at one commit, that of the highest version; those that name none do not count.
fn highest(tags: &str) -> Result<Chosen, String> {
    let versions = tags.lines().filter_map(|tag| Some((version_from_git_tag(tag).ok()?, tag)));
    let highest: Option<(PackageVersion, &str)> = versions.max_by(|(one, _), (other, _)| one.cmp(other));
    match highest {
        Some((version, tag)) => {
            Ok(Chosen { version: version.to_string(), source: Source::Git { tag: tag.to_owned() } })
        }
        None if tags.trim().is_empty() => Err("the commit that is checked out has no tag".to_owned()),
        None => {
            let tags: Vec<&str> = tags.lines().take(5).collect();
            Err(format!("no tag at the commit that is checked out is a version: {}", tags.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_tags_the_highest_version_counts() {
        let shown = |tags| highest(tags).map(|chosen| chosen.version);
        assert_eq!(shown("nightly\nv1.10.0\nrelease/1.9\n").as_deref(), Ok("1.10.0"));
        assert_eq!(shown("").unwrap_err(), "the commit that is checked out has no tag");
        assert_eq!(
            shown("nightly\nlast\n").unwrap_err(),
            "no tag at the commit that is checked out is a version: nightly, last"
        );
    }
}
