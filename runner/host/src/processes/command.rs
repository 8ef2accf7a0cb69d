use std::fs::File;
use std::path::{Path, PathBuf};

use wharf_model::{Failure, FailureCode, Grants, RunMode};

/// The most arguments that a program may get.
const ARGUMENTS: usize = 16 * 1024;

/// The most bytes of all arguments and variables together. Systems take more, but not all of them much more.
const ARGUMENT_BYTES: usize = 1024 * 1024;

/// A program to be started.
pub struct ProgramCommand {
    /// The name in the grant, or the absolute path that it was resolved to.
    pub program: String,
    /// The arguments, each passed as it is.
    pub args: Vec<String>,
    /// Variables that the step sets; references of secrets in the values are resolved.
    pub env: Vec<(String, String)>,
    /// The directory in which it starts: the machine's absolute path.
    pub cwd: PathBuf,
    /// Whether that is the step's private directory, or below it.
    pub is_in_work: bool,
    /// What it reads.
    pub stdin: ProgramInput,
    /// Where its standard output goes, instead of what `output` says.
    pub stdout: Option<File>,
    /// What happens to its output.
    pub output: OutputMode,
}

/// What a program reads from its standard input.
pub enum ProgramInput {
    /// Nothing.
    Nothing,
    /// These bytes.
    Bytes(Vec<u8>),
    /// A file that the host opened.
    File(File),
}

/// What happens to a program's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputMode {
    /// Each line goes to the observer: standard output at `info`, standard error at `warn`.
    Log,
    /// The step takes the lines with `next_lines`; a step that takes none makes the program wait.
    Lines,
    /// Nobody reads it.
    Discard,
}

/// The absolute path of a granted program; this is the one place that decides, also in a plan, where none is started but
/// those that are trusted there, in `/work`.
pub(super) fn decide(
    grants: &Grants,
    mode: RunMode,
    program: &str,
    args: &[String],
    is_in_work: bool,
) -> Result<PathBuf, Failure> {
    let Some(grant) = grants.program(program) else {
        return Err(Failure::denied(
            format!("the program `{program}` is not granted"),
            format!("allow: {{ run: [{}] }}", yaml_text(program)),
        )
        .with_help("programs run outside the sandbox: grant only those that you would start by hand"));
    };
    // What a plan would have written is only in its own directory what it is for the step.
    if mode == RunMode::Plan && !(is_in_work && grants.allows_in_plan(grant, args)) {
        return Err(Failure::new(
            FailureCode::Withheld,
            format!("the program `{program}` is not started while planning"),
        ));
    }
    match &grant.path {
        Some(path) if path.is_absolute() => Ok(path.clone()),
        _ => Err(Failure::new(
            FailureCode::NotFound,
            format!("the program `{}` is granted, but was not found when the run began", grant.name),
        )
        .with_help("install it, or grant its absolute path")),
    }
}

/// A program with its arguments as people may see them: each cut at its first line and at a length.
pub(super) fn shown(program: &str, args: &[String]) -> String {
    const LONGEST: usize = 60;
    let mut shown = program.to_owned();
    for arg in args {
        let first = arg.lines().next().unwrap_or_default();
        let cut: String = first.chars().take(LONGEST).collect();
        let end = if cut.len() < arg.len() { "…" } else { "" };
        let quote = if cut.is_empty() || cut.contains(' ') { "\"" } else { "" };
        shown.push_str(&format!(" {quote}{cut}{end}{quote}"));
    }
    shown
}

/// Refuses arguments that cannot be passed.
pub(super) fn check_arguments(program: &str, args: &[String], env: &[(String, String)]) -> Result<(), Failure> {
    let invalid = |message: String| Failure::new(FailureCode::Invalid, message);
    if args.len() > ARGUMENTS {
        return Err(invalid(format!(
            "`{program}` gets {} arguments; {ARGUMENTS} are the most: write them into a file",
            args.len()
        )));
    }
    let variables = env.iter().map(|(name, value)| name.len() + value.len() + 2);
    let bytes: usize = args.iter().map(|arg| arg.len() + 1).chain(variables).sum();
    if bytes > ARGUMENT_BYTES {
        return Err(invalid(format!(
            "the arguments and variables of `{program}` have {bytes} bytes; {ARGUMENT_BYTES} are the most: \
             write them into a file, or to its standard input"
        )));
    }
    if let Some(at) = args.iter().position(|arg| arg.contains('\0')) {
        return Err(invalid(format!("argument {} of `{program}` has a zero byte", at + 1)));
    }
    Ok(())
}

/// Refuses a directory in which nothing can start: the system's own message would blame the program.
pub(super) fn check_directory(cwd: &Path) -> Result<(), Failure> {
    if cwd.is_dir() {
        return Ok(());
    }
    let what = if cwd.exists() { "is no directory" } else { "does not exist" };
    Err(Failure::new(FailureCode::NotFound, format!("a program cannot start in {}: it {what}", cwd.display())))
}

/// A text as an item of a list in YAML.
fn yaml_text(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._/+-".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) && !text.starts_with(['-', '.', '+']) {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_to_add_is_yaml() {
        for (text, line) in [("terraform", "terraform"), ("/usr/bin/git", "/usr/bin/git"), ("a b", "\"a b\"")] {
            assert_eq!(yaml_text(text), line);
        }
    }
}
