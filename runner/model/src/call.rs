use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::{
    CancelToken, Change, Failure, Grants, Level, Limits, MaskStream, PlannedEffects, StepDescription, TouchedPath,
};

/// Why a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunMode {
    /// To do its work.
    Apply,
    /// To show what it would do.
    Plan,
}

/// Where a component's bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ComponentSource {
    /// Inside this program.
    Embedded {
        /// The step's name.
        name: &'static str,
        /// The component.
        bytes: &'static [u8],
        /// `sha256:` and 64 hexadecimal digits, computed when the program was built.
        digest: &'static str,
    },
    /// In a file.
    File(PathBuf),
    /// In memory.
    Bytes {
        /// A name for messages.
        name: String,
        /// The component.
        bytes: Arc<[u8]>,
    },
}

/// A component that was loaded, with what it says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// `sha256:` and 64 hexadecimal digits of its bytes.
    pub digest: String,
    /// Its size in bytes.
    pub size: u64,
    /// What `describe` answers.
    pub description: StepDescription,
    /// The interfaces that it imports, such as `wharf:step/files@0.1.0`, sorted.
    pub imports: Vec<String>,
    /// Where it came from.
    pub source: ComponentSource,
}

impl Component {
    /// The contract that it speaks, such as `wharf:step@0.1.0`; none if it imports nothing of it.
    pub fn world(&self) -> Option<String> {
        let versions = self.imports.iter().filter_map(|import| {
            let (package, version) = import.split_once('@')?;
            package.starts_with("wharf:step/").then_some(version)
        });
        versions.max().map(|version| format!("wharf:step@{version}"))
    }
}

/// Why a component cannot be used. Nothing has run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name} {message}")]
pub struct ComponentError {
    /// The component, as the user knows it.
    pub name: String,
    /// What is wrong with it, as the rest of a sentence that begins with the name.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// A verified package that a step may open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFile {
    /// The reference by which the step's inputs name it.
    pub reference: String,
    /// The package's ID.
    pub id: String,
    /// The version as written.
    pub version: String,
    /// The archive, or the folder whose content would be the archive's.
    pub path: PathBuf,
    /// The name of the archive, whose extension says what kind of archive it is: that of the file may say nothing.
    pub file_name: String,
    /// `sha256:` and 64 hexadecimal digits of the archive.
    pub digest: String,
}

/// How every reference of a [`Secret`] begins.
const REFERENCE_PREFIX: &str = "secret:";

/// A secret that a step's inputs or variables refer to.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// What stands in the inputs in its place: `secret:` and a random text.
    pub reference: String,
    /// The variable's name; of a derived secret the token that made it, such as `#{Database.Password | ToBase64}`.
    pub name: String,
    /// The value. Never shown.
    pub value: String,
    /// The names of the secret variables that went into the value: who may hold all of them may hold this.
    pub sources: Vec<String>,
}

impl Secret {
    /// The text with each reference replaced by the value behind it, in one pass; borrowed if there is none in it.
    pub fn resolve<'a>(secrets: &[Secret], text: &'a str) -> Cow<'a, str> {
        let mut resolved = String::new();
        let mut copied = 0;
        let mut from = 0;
        while let Some(at) = text[from..].find(REFERENCE_PREFIX).map(|found| from + found) {
            let here = &text[at..];
            let fitting = secrets.iter().filter(|secret| here.starts_with(secret.reference.as_str()));
            match fitting.max_by_key(|secret| secret.reference.len()) {
                Some(secret) if !secret.reference.is_empty() => {
                    resolved.push_str(&text[copied..at]);
                    resolved.push_str(&secret.value);
                    copied = at + secret.reference.len();
                    from = copied;
                }
                _ => from = at + REFERENCE_PREFIX.len(),
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        resolved.push_str(&text[copied..]);
        Cow::Owned(resolved)
    }
}

/// Shows everything but the value.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("reference", &self.reference).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a variable or a template has no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VariableError {
    /// Something is wrong with it.
    #[error("{0}")]
    Wrong(String),
    /// It waits for an output that no step has set so far.
    #[error("{0}")]
    NotYetKnown(String),
}

/// What an evaluation made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered<T> {
    /// The value, with references in the place of secrets.
    pub value: T,
    /// Secrets that came into being: of a token that looks into a secret, such as `#{Password | ToBase64}`, a reference
    /// stands in the value, and its result is a secret itself.
    pub derived: Vec<Secret>,
}

/// Variables of the run, as a step may read them. Which names a step may read is decided by `allowed`.
pub trait VariableAccess: Send + Sync {
    /// The evaluated value of a variable, if there is one.
    fn get(&self, name: &str) -> Result<Option<Rendered<Value>>, VariableError>;
    /// All names, sorted.
    fn names(&self) -> Vec<String>;
    /// Evaluates a template. A token whose variable `allowed` refuses is an error that names it, also when `lenient`.
    fn evaluate(
        &self,
        template: &str,
        lenient: bool,
        allowed: &dyn Fn(&str) -> bool,
    ) -> Result<Rendered<String>, VariableError>;
}

/// No variables at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoVariables;

impl VariableAccess for NoVariables {
    fn get(&self, _: &str) -> Result<Option<Rendered<Value>>, VariableError> {
        Ok(None)
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn evaluate(&self, _: &str, _: bool, _: &dyn Fn(&str) -> bool) -> Result<Rendered<String>, VariableError> {
        Err(VariableError::Wrong("there are no variables here".into()))
    }
}

/// Everything that one attempt of a step needs.
#[derive(Clone)]
pub struct StepCall {
    /// The component.
    pub component: Arc<Component>,
    /// The step's identity.
    pub step_id: String,
    /// The step's name.
    pub step_name: String,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// 32 hexadecimal digits, the same for every attempt of this step in this run.
    pub idempotency_key: String,
    /// Run or plan.
    pub mode: RunMode,
    /// The inputs: an object that satisfies the input schema.
    pub inputs: Value,
    /// The powers.
    pub grants: Arc<Grants>,
    /// The limits, the wall clock among them.
    pub limits: Limits,
    /// Variables of the run.
    pub variables: Arc<dyn VariableAccess>,
    /// Secrets behind references.
    pub secrets: Arc<[Secret]>,
    /// Packages by reference.
    pub packages: Arc<[PackageFile]>,
    /// Where artifacts are kept; none refuses them.
    pub artifacts: Option<PathBuf>,
    /// Whether the run was cancelled.
    pub cancel: CancelToken,
    /// How long a step may go on after a cancel.
    pub grace: Duration,
    /// What a plan showed of the step, if the run goes by one.
    pub planned: Option<Arc<dyn PlannedEffects>>,
}

impl StepCall {
    /// A first attempt without inputs and powers, to do the work, with the usual limits.
    pub fn new(component: Arc<Component>) -> Self {
        Self {
            component,
            step_id: "step".into(),
            step_name: "Step".into(),
            attempt: 1,
            idempotency_key: "0".repeat(32),
            mode: RunMode::Apply,
            inputs: Value::Object(serde_json::Map::new()),
            grants: Arc::new(Grants::default()),
            limits: Limits::default(),
            variables: Arc::new(NoVariables),
            secrets: Arc::new([]),
            packages: Arc::new([]),
            artifacts: None,
            cancel: CancelToken::new(),
            grace: Duration::from_secs(10),
            planned: None,
        }
    }
}

/// What happens while a step runs.
#[derive(Debug, Clone, PartialEq)]
pub enum StepEvent {
    /// A log entry; the message may have several lines.
    Log {
        /// How much it matters.
        level: Level,
        /// The text.
        message: String,
        /// Names and values behind it.
        fields: Vec<(String, String)>,
    },
    /// How far it is.
    Progress {
        /// Units done.
        done: u64,
        /// Of so many, if known.
        total: Option<u64>,
        /// What it is doing.
        note: String,
    },
    /// A change that was made.
    Change(Change),
    /// An output was set.
    Output {
        /// Its name.
        name: String,
        /// Its value.
        value: Value,
        /// Whether it is masked.
        sensitive: bool,
    },
    /// A file was kept.
    Artifact {
        /// Its name.
        name: String,
        /// Its size in bytes.
        bytes: u64,
    },
    /// An HTTP request was sent or refused.
    Request {
        /// `GET`, …
        method: String,
        /// The address, without user and query.
        url: String,
        /// The answer's status; none if there was none.
        status: Option<u16>,
        /// Why it was refused or failed.
        error: Option<String>,
    },
    /// A program was started, outside the sandbox.
    Program {
        /// Its absolute path.
        path: String,
        /// Its arguments.
        args: Vec<String>,
    },
    /// In a plan: what the step was about to change in the file system, also what it left as it was in the end. Heard
    /// once, at the step's end.
    Touched {
        /// The paths, each once; what lies in a new directory is not told.
        paths: Vec<TouchedPath>,
        /// Whether these are all.
        is_whole: bool,
    },
    /// A request was sent or a program started that the plan by which the run goes did not show.
    Unplanned {
        /// In the words in which a plan tells of such things.
        effect: String,
    },
    /// The value of a secret was revealed to the step.
    Revealed {
        /// The secret's name.
        name: String,
    },
}

/// Hears what happens while a step runs, in order. Requests and programs tell of themselves from threads of their own;
/// nothing is heard any more once [`StepRunner::run`] has answered.
pub trait StepObserver: Send + Sync {
    /// Something happened.
    fn event(&self, event: StepEvent);
    /// From now on this text is masked wherever it appears.
    fn mask(&self, value: &str);
    /// What can be shown of a text that is cut before it becomes an event, such as a line that is too long: a secret
    /// across a cut is masked only by who sees both sides. The stream holds back what is undecided until `is_end`; who
    /// drops it then shows nothing of it. Parts are cut between characters. One that masks nothing shows all.
    fn mask_part(&self, _stream: &mut MaskStream, part: &str, _is_end: bool) -> String {
        part.to_owned()
    }
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl StepObserver for NoObserver {
    fn event(&self, _: StepEvent) {}
    fn mask(&self, _: &str) {}
}

/// Runs components: the sandbox, or a double in the engine's tests.
pub trait StepRunner: Send + Sync {
    /// Loads a component and asks it to describe itself, or answers what is cached from the last time.
    fn load(&self, source: &ComponentSource) -> Result<Arc<Component>, ComponentError>;

    /// Runs one attempt to its end, and blocks until then. The attempt's time limit and cancellation are obeyed. Files
    /// that changed are reported to the observer before this returns, also after a failure.
    fn run(&self, call: StepCall, observer: Arc<dyn StepObserver>) -> Result<(), Failure>;

    /// A runner for the steps of one plan: whatever their calls say, they run in [`RunMode::Plan`], change nothing, and
    /// see of each other what they would have changed in the file system. What they would change is reported as
    /// changes, before [`run`](Self::run) returns.
    fn begin_plan(&self) -> Result<Box<dyn StepRunner + '_>, Failure>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_in_one_pass() {
        let secret = |reference: &str, value: &str| Secret {
            reference: reference.into(),
            name: "Token".into(),
            value: value.into(),
            sources: vec!["Token".into()],
        };
        let secrets = [secret("secret:ab", "secret:cd"), secret("secret:cd", "x"), secret("secret:abc", "long")];
        for (text, resolved) in [
            ("Bearer secret:ab", "Bearer secret:cd"),
            ("secret:cd/secret:cd", "x/x"),
            ("secret:abc", "long"),
            ("secret:secret:cd!", "secret:x!"),
            ("secret:unknown", "secret:unknown"),
            ("", ""),
        ] {
            assert_eq!(Secret::resolve(&secrets, text), resolved, "{text}");
        }
    }
}
