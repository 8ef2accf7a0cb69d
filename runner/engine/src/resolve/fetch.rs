use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use wharf_model::{
    CancelToken, Diagnostic, Limit, Limits, Masker, RunMode, Secret, SecretSource, Severity, sanitize_lines,
};

use super::Request;
use super::given::GivenSecrets;
use super::path::absolute;
use super::secrets::KnownSecret;
use crate::Machine;
use crate::command::{SecretCommand, SecretCommandError};
use crate::identity::secret_reference;

/// The most bytes that a secret may have: each of its forms is looked for in all that a run says.
const MOST_BYTES: usize = 64 * 1024;

/// A secret that some step will come across.
pub(super) struct Wanted<'a> {
    pub(super) secret: &'a KnownSecret,
    /// Whether a step cannot do without it. Else it may be missing.
    pub(super) is_needed: bool,
}

/// What came of fetching.
#[derive(Default)]
pub(super) struct Fetched {
    pub(super) secrets: Vec<Secret>,
    /// The names of those in whose place something stands.
    pub(super) unset: Vec<String>,
}

/// Fetches secrets.
pub(super) struct Fetching<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) machine: &'a dyn Machine,
    pub(super) cancel: &'a CancelToken,
    pub(super) given: &'a GivenSecrets,
    pub(super) limits: Limits,
}

impl Fetching<'_> {
    /// Fetches all of them, or says of each that is needed and cannot be had why. Nobody is asked before it is known that
    /// all others are there. In a plan something stands in the place of a variable's secret that cannot be had.
    pub(super) fn fetch(&self, wanted: &[Wanted<'_>], problems: &mut Vec<Diagnostic>) -> Fetched {
        let mut values: Vec<Option<String>> = Vec::new();
        let mut failed = Vec::new();
        let mut unset = Vec::new();
        for wanted in wanted {
            let value = match self.without_asking(wanted.secret) {
                Ok(value) => value,
                Err(problem) if self.request.mode == RunMode::Plan && wanted.secret.is_variable => {
                    unset.push(wanted.secret.name.clone());
                    let problem = Diagnostic { severity: Severity::Warning, ..problem };
                    problems.extend(wanted.is_needed.then_some(problem));
                    Some(stand_in())
                }
                Err(problem) => {
                    failed.extend(wanted.is_needed.then_some(problem));
                    None
                }
            };
            values.push(value);
        }
        if self.cancel.is_cancelled() {
            problems.push(cancelled());
            return Fetched::default();
        }
        if failed.is_empty() && self.machine.can_ask() {
            for (wanted, value) in wanted.iter().zip(&mut values) {
                let SecretSource::Prompt(label) = &wanted.secret.spec.source else { continue };
                if value.is_none() {
                    match self.ask(wanted.secret, label.as_deref()) {
                        Ok(answer) => *value = Some(answer),
                        Err(problem) => {
                            problems.push(problem);
                            return Fetched::default();
                        }
                    }
                }
            }
        }
        problems.append(&mut failed);
        let mut secrets = Vec::new();
        for (Wanted { secret, is_needed }, value) in wanted.iter().zip(values) {
            let Some(value) = value else { continue };
            match check_value(secret, &value, &self.place()) {
                Ok(warning) => problems.extend(warning),
                Err(problem) if *is_needed || !value.is_empty() => problems.push(problem),
                // As if it were not set.
                Err(_) => continue,
            }
            let (reference, name) = (secret.reference.clone(), secret.name.clone());
            secrets.push(Secret { reference, sources: vec![name.clone()], name, value });
        }
        Fetched { secrets, unset }
    }

    /// For which environment, as the rest of a sentence.
    fn place(&self) -> String {
        self.request.environment.map(|environment| format!(" for environment {environment}")).unwrap_or_default()
    }

    fn problem(&self, secret: &KnownSecret, what: &str) -> Diagnostic {
        let message = format!("the secret `{}` {what}", secret.name);
        Diagnostic::error("secret-not-set", message).at(&secret.span)
    }

    /// The value as far as it can be had without asking anybody; none if somebody has to be asked, and can be.
    fn without_asking(&self, secret: &KnownSecret) -> Result<Option<String>, Diagnostic> {
        if let Some(value) = self.given.value(&secret.span) {
            return Ok(Some(value.to_owned()));
        }
        let place = self.place();
        match &secret.spec.source {
            SecretSource::Env(variable) => {
                let value = self.machine.environment_variable(variable);
                value.map(Some).ok_or_else(|| {
                    self.problem(secret, &format!("is not set{place}"))
                        .help(format!("set the environment variable {variable}, such as `{variable}=… wharf run`"))
                })
            }
            SecretSource::File(path) => {
                let path = absolute(&self.request.process.folder, path);
                let read = read(&path).and_then(text_of);
                read.map(Some).map_err(|reason| {
                    self.problem(secret, &format!("cannot be read from {}{place}: {reason}", path.display()))
                })
            }
            SecretSource::Command(words) => self.run(secret, words).map(Some),
            SecretSource::Prompt(_) if self.machine.can_ask() => Ok(None),
            SecretSource::Prompt(_) => {
                let what = format!("is not set{place}: it is asked for on a terminal, and there is none");
                let mut problem = self.problem(secret, &what);
                if secret.is_variable {
                    let name = &secret.name;
                    let help = format!("give it in a file with `--variable-file`, or with `--variable '{name}=…'`");
                    problem = problem.help(help);
                }
                Err(problem.help("where nobody can be asked, take it from elsewhere: `secret: { env: NAME }`"))
            }
        }
    }

    fn ask(&self, secret: &KnownSecret, label: Option<&str>) -> Result<String, Diagnostic> {
        match self.machine.ask_secret(label.unwrap_or(&secret.name)) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(self.problem(secret, &format!("is not set{}: nothing was answered", self.place()))),
            Err(error) => Err(self.problem(secret, &format!("cannot be asked for: {error}"))),
        }
    }

    fn run(&self, secret: &KnownSecret, words: &[String]) -> Result<String, Diagnostic> {
        let place = self.place();
        let Some((name, args)) = words.split_first() else {
            return Err(self.problem(secret, "names no program"));
        };
        let folder = &self.request.process.folder;
        let is_path = name.contains(['/', '\\']);
        let looked_for =
            if is_path { absolute(folder, Path::new(name)).to_string_lossy().into_owned() } else { name.clone() };
        let Some(program) = self.machine.program(&looked_for) else {
            let problem = self.problem(secret, &format!("is not set{place}: there is no program `{looked_for}`"));
            return Err(problem.help("install it, or name it by its path; a plain name is looked for in `PATH`"));
        };
        let time = self.limits.get(Limit::SecretTime);
        let command = SecretCommand {
            program: &program,
            args,
            folder,
            time: Duration::from_millis(time),
            most_bytes: MOST_BYTES,
        };
        let run = self.machine.run_secret_command(&command, self.cancel);
        let bytes = run.map_err(|error| self.command_problem(secret, name, error))?;
        text_of(bytes).map_err(|reason| self.problem(secret, &format!("was not told by `{name}`{place}: {reason}")))
    }

    fn command_problem(&self, secret: &KnownSecret, name: &str, error: SecretCommandError) -> Diagnostic {
        let place = self.place();
        let told = |what: &str| self.problem(secret, &format!("was not told by `{name}`{place}: {what}"));
        let with_words = |problem: Diagnostic, stderr: &str| match sanitize_lines(stderr.trim()).trim() {
            "" => problem,
            words => problem.help(format!("`{name}` says: {words}")),
        };
        match error {
            SecretCommandError::Cancelled => cancelled(),
            SecretCommandError::Failed { ref stderr, .. } => with_words(told(&error.to_string()), stderr),
            SecretCommandError::TookTooLong { stderr } => {
                let limit = Limit::SecretTime.written(self.limits.get(Limit::SecretTime));
                let problem = told(&format!("it took longer than {limit}"));
                let help = "more time is given with `defaults: { limits: { secret-time: 5m } }`";
                with_words(problem, &stderr).help(help)
            }
            SecretCommandError::TooLarge => told(&format!("it wrote more than {MOST_BYTES} bytes")),
            SecretCommandError::Start(_) | SecretCommandError::Read(_) => told(&error.to_string()),
        }
    }
}

/// What stands in the place of a secret: nobody knows it, so nothing else looks like it, and all of it is masked.
fn stand_in() -> String {
    secret_reference().replace(':', "-")
}

/// The run was cancelled before it began.
pub(super) fn cancelled() -> Diagnostic {
    Diagnostic::error("cancelled", "the run was cancelled before it began; nothing was changed")
}

/// Refuses a value that cannot be a secret; a warning for one that is not masked because the user insists.
fn check_value(secret: &KnownSecret, value: &str, place: &str) -> Result<Option<Diagnostic>, Diagnostic> {
    let name = &secret.name;
    if value.is_empty() {
        let problem = Diagnostic::error("empty-secret", format!("the secret `{name}` is empty{place}"));
        return Err(problem.at(&secret.span).help("what is fetched must have a value"));
    }
    if value.len() > MOST_BYTES {
        let message = format!("the secret `{name}` has more than {MOST_BYTES} bytes{place}");
        return Err(Diagnostic::error("long-secret", message).at(&secret.span));
    }
    let shortest = Masker::SHORTEST;
    if value.chars().count() >= shortest {
        return Ok(None);
    }
    if secret.spec.allow_short {
        let message = format!("the secret `{name}` has fewer than {shortest} characters and is not masked");
        return Ok(Some(Diagnostic::warning("short-secret", message).at(&secret.span)));
    }
    let message = format!("the secret `{name}` has fewer than {shortest} characters{place}");
    Err(Diagnostic::error("short-secret", message)
        .at(&secret.span)
        .help("a value that short cannot be masked without hiding innocent text: use a longer one")
        .help("if it must be, add `allow-short: true` beside where it is fetched; it is not masked then"))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    // What is no file may keep whoever opens it waiting.
    if !fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("it is no file".into());
    }
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES as u64 + 3).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// The text without its last line end.
fn text_of(bytes: Vec<u8>) -> Result<String, String> {
    let mut text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}
