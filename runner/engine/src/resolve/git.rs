use std::path::Path;
use std::time::Duration;

use wharf_model::{CancelToken, Diagnostic, Span};
use wharf_package::version_from_git_tag;

use crate::Machine;
use crate::command::{SecretCommand, SecretCommandError};

/// How long git may take.
const TIME: Duration = Duration::from_secs(30);
/// The most bytes of tags that are read.
const MOST_BYTES: usize = 1 << 20;

/// The highest version that a tag of the current commit names, in the repository of a folder.
pub(super) fn version_of_tag(
    folder: &Path,
    span: &Span,
    machine: &dyn Machine,
    cancel: &CancelToken,
) -> Result<String, Diagnostic> {
    let problem = |message: String| Diagnostic::error("git-version", message).at(span);
    let Some(program) = machine.program("git") else {
        return Err(problem("the version comes from a git tag, and there is no program `git`".into()));
    };
    let args = ["tag", "--points-at", "HEAD"].map(str::to_owned);
    let command = SecretCommand { program: &program, args: &args, folder, time: TIME, most_bytes: MOST_BYTES };
    let tags = machine.run_secret_command(&command, cancel).map_err(|error| match error {
        SecretCommandError::Failed { stderr, .. } if !stderr.trim().is_empty() => {
            problem(format!("git cannot tell the tags of the current commit: {}", stderr.trim()))
        }
        error => problem(format!("git cannot tell the tags of the current commit: {error}")),
    })?;
    let tags = String::from_utf8_lossy(&tags);
    let versions = tags.lines().filter_map(|tag| version_from_git_tag(tag).ok());
    match versions.max() {
        Some(version) => Ok(version.as_str().to_owned()),
        None => {
            let found: Vec<&str> = tags.lines().take(5).collect();
            let message = match found.as_slice() {
                [] => "the current commit has no tag".to_owned(),
                found => format!("no tag of the current commit is a version: {}", found.join(", ")),
            };
            Err(problem(message).help("tag it, such as `git tag v1.0.0`, or choose a version with `--package`"))
        }
    }
}
