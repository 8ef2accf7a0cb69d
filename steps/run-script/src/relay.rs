use std::collections::BTreeSet;
use std::path::PathBuf;

use wharf_step::prelude::*;
use wharf_step::processes::{Line, Source};
use wharf_step::{Level, log};

use crate::service_message::{Parser, Said, ServiceMessage};
use crate::variables;

/// Passes on what a script prints: lines to the log, messages to the host.
pub struct Relay {
    stdout: Parser,
    stderr: Parser,
    /// The levels of lines; none drops them.
    stdout_level: Option<Level>,
    stderr_level: Option<Level>,
    /// The machine's own path of the private directory, by which paths of the script are found again.
    native_work: String,
    /// Where the script was started.
    directory: PathBuf,
    /// The variables that it asked for in vain, in lower case: each is spoken of once.
    missing: BTreeSet<String>,
    /// What the script says of its failure.
    pub failure: Option<String>,
    /// The first artifact that could not be kept, and why.
    pub lost: Option<Error>,
}

impl Relay {
    /// For a script that is started in `directory`.
    pub fn new(directory: PathBuf) -> Result<Self> {
        Ok(Self {
            stdout: Parser::default(),
            stderr: Parser::default(),
            stdout_level: Some(Level::Info),
            stderr_level: Some(Level::Error),
            native_work: files::native_path(files::work())?,
            directory,
            missing: BTreeSet::new(),
            failure: None,
            lost: None,
        })
    }

    /// Takes a line.
    pub fn line(&mut self, line: &Line) -> Result {
        let parser = if line.source == Source::Stdout { &mut self.stdout } else { &mut self.stderr };
        let said = parser.line(&line.text);
        self.pass(line.source, said)
    }

    /// The output is at its end.
    pub fn finish(&mut self) -> Result {
        let (stdout, stderr) = (self.stdout.finish(), self.stderr.finish());
        self.pass(Source::Stdout, stdout)?;
        self.pass(Source::Stderr, stderr)
    }

    fn pass(&mut self, source: Source, said: Vec<Said>) -> Result {
        for said in said {
            match said {
                Said::Message(message) => self.message(&message)?,
                Said::Text(text) => {
                    let level = if source == Source::Stdout { self.stdout_level } else { self.stderr_level };
                    if let Some(level) = level {
                        log(level, &text, &[]);
                    }
                }
            }
        }
        Ok(())
    }

    fn message(&mut self, message: &ServiceMessage) -> Result {
        match message.name.as_str() {
            "stdout-default" | "stdout-wait" => self.stdout_level = Some(Level::Info),
            "stdout-verbose" => self.stdout_level = Some(Level::Debug),
            "stdout-highlight" => self.stdout_level = Some(Level::Highlight),
            "stdout-warning" => self.stdout_level = Some(Level::Warn),
            "stdout-error" => self.stdout_level = Some(Level::Error),
            "stdout-ignore" => self.stdout_level = None,
            "stderr-default" | "stderr-error" => self.stderr_level = Some(Level::Error),
            "stderr-progress" => self.stderr_level = Some(Level::Info),
            "stderr-ignore" => self.stderr_level = None,
            "setVariable" => {
                let (Some(name), Some(value)) = (message.get("name"), message.get("value")) else {
                    return self.incomplete(message);
                };
                if message.get("sensitive").is_some_and(|mark| mark.eq_ignore_ascii_case("true")) {
                    output_sensitive(name, value)?;
                } else {
                    output(name, value)?;
                }
            }
            "createArtifact" => {
                let Some(path) = message.get("path") else { return self.incomplete(message) };
                let path = self.guest_path(path);
                let own = path.file_name().map(|name| name.to_string_lossy().into_owned());
                let name = message.get("name").map(str::to_owned).or(own).unwrap_or_default();
                if let Err(error) = artifact(&path, &name) {
                    let error = error.context(format!("cannot keep the artifact `{name}`"));
                    error!("{error}");
                    self.lost.get_or_insert(error);
                }
            }
            "progress" => {
                let percentage = message.get("percentage").and_then(|text| text.trim().parse::<u64>().ok());
                let Some(percentage) = percentage else { return self.incomplete(message) };
                progress(percentage.min(100), 100, message.get("message").unwrap_or_default());
            }
            "wharf-unknownVariable" => {
                let Some(name) = message.get("name") else { return self.incomplete(message) };
                if self.missing.insert(name.to_lowercase()) {
                    variables::explain_missing(name);
                }
            }
            "mask" => {
                let Some(value) = message.get("value") else { return self.incomplete(message) };
                mask(value);
            }
            "resultMessage" => self.failure = message.get("message").map(str::to_owned),
            other => debug!("the service message `{other}` has no meaning here"),
        }
        Ok(())
    }

    fn incomplete(&self, message: &ServiceMessage) -> Result {
        warn!("the service message `{}` is incomplete and has no effect", message.name);
        Ok(())
    }

    /// The step's own path for a path that the script gave.
    fn guest_path(&self, path: &str) -> PathBuf {
        match path.strip_prefix(self.native_work.as_str()) {
            Some("") => files::work(),
            Some(rest) if rest.starts_with(['/', '\\']) => files::work().join(rest[1..].replace('\\', "/")),
            // A relative path starts where the script did; an absolute one replaces all that is before it.
            _ => self.directory.join(path),
        }
    }
}
