use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::{FeedSpec, Limit, PowerKind, SourceFile, Span, SpannedValue};

/// A process file, read and checked in form; nothing is evaluated yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The folder in which the file lies: relative paths in it start here.
    pub folder: PathBuf,
    /// `project`, or the folder's name.
    pub project: String,
    /// `environments`, in promotion order.
    pub environments: Vec<Environment>,
    /// `feeds`.
    pub feeds: Vec<FeedSpec>,
    /// `packages`.
    pub packages: Vec<PackageSpec>,
    /// `variables`, in the order written.
    pub variables: Vec<VariableDefinition>,
    /// `variable-sets`: files of further variables, which the process file's own win over, as written.
    pub variable_sets: Vec<(PathBuf, Span)>,
    /// `defaults`.
    pub defaults: Defaults,
    /// `steps`, and `on-failure` beside it: the process `deploy`.
    pub deploy: NamedProcess,
    /// `processes`.
    pub processes: Vec<NamedProcess>,
}

impl Process {
    /// Every process: `deploy` first, which is empty in a file that has only others.
    pub fn all_processes(&self) -> impl Iterator<Item = &NamedProcess> + Clone {
        std::iter::once(&self.deploy).chain(&self.processes)
    }

    /// The environments that a run can be in: none where the file names none.
    pub fn environment_choices(&self) -> Vec<Option<&str>> {
        match self.environments.as_slice() {
            [] => vec![None],
            environments => environments.iter().map(|environment| Some(environment.name.as_str())).collect(),
        }
    }
}

/// A list of steps that can be run by name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedProcess {
    /// Its name; the top-level steps are `deploy`.
    pub name: String,
    /// Where its name, or its list of steps, stands.
    pub span: Span,
    /// `steps`.
    pub steps: Vec<Step>,
    /// `on-failure`: run when a step has failed.
    pub on_failure: Vec<Step>,
}

impl NamedProcess {
    /// Its steps, and those of `on-failure` after them.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> + Clone {
        self.steps.iter().chain(&self.on_failure)
    }
}

/// An environment to which a process is deployed.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Its name, in the user's spelling.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// `confirm`: ask before a run.
    pub confirm: bool,
}

/// A package that the process names.
#[derive(Debug, Clone, PartialEq)]
pub struct PackageSpec {
    /// The reference by which steps name it; it is the ID too unless another is given.
    pub reference: String,
    /// Where the reference stands.
    pub span: Span,
    /// Where it comes from.
    pub source: PackageSource,
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum PackageSource {
    /// `from` a folder, packed when the run begins, with a `version`.
    Folder {
        /// The folder, as written (a template).
        from: SpannedValue,
        /// The version.
        version: PackedVersion,
    },
    /// `file`: an archive whose name is `ID.version.ext`.
    File {
        /// The path, as written (a template).
        file: SpannedValue,
    },
    /// `feed`: fetched when the run begins.
    Feed {
        /// The feed, in the spelling of `feeds`.
        feed: String,
        /// `id`, as written (a template); the reference if there is none.
        id: Option<SpannedValue>,
        /// `version`: one version or a range, as written (a template); the newest one if there is none.
        version: Option<SpannedValue>,
        /// `prerelease`: whether a range takes prereleases that it does not name.
        prerelease: bool,
    },
}

/// The version with which a folder is packed.
#[derive(Debug, Clone, PartialEq)]
pub enum PackedVersion {
    /// As written (a template).
    Text(SpannedValue),
    /// `git: tag`: the highest version that a tag of the current commit names. Where it stands.
    GitTag(Span),
}

/// The scope of a variable's value: kinds of scope with the alternatives of each. Empty: everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// For each kind, such as `environment`, the names of which one must hold.
    pub kinds: Vec<(String, Vec<String>)>,
}

/// A variable with all its values.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableDefinition {
    /// The name, in the user's spelling; names are compared without regard to case.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// The values, in the order written.
    pub candidates: Vec<VariableCandidate>,
}

/// One value of a variable with its scope.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableCandidate {
    /// The value.
    pub value: VariableValue,
    /// Where it holds.
    pub scope: Scope,
    /// Where it stands.
    pub span: Span,
}

/// What a variable's value is.
#[derive(Debug, Clone, PartialEq)]
pub enum VariableValue {
    /// Text, a list or a map; texts in it are templates.
    Plain(SpannedValue),
    /// A secret, fetched when the run begins.
    Secret(SecretSpec),
    /// Asked for when the run begins.
    Prompt(PromptSpec),
}

/// A secret as the process file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretSpec {
    /// Where it is fetched from.
    pub source: SecretSource,
    /// `allow-short`: whether a value that is too short to be masked is taken all the same.
    pub allow_short: bool,
}

/// Where a secret is fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// `env`: an environment variable of `wharf` itself.
    Env(String),
    /// `file`: a file, without its last line end.
    File(PathBuf),
    /// `run`: what a program writes to its standard output, without its last line end. The program and its arguments.
    Command(Vec<String>),
    /// `prompt`: asked for on the terminal, unseen. The label; none is the variable's name.
    Prompt(Option<String>),
}

/// `prompt`: a variable whose value is asked for when the run begins.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PromptSpec {
    /// `label`: the question; none is the variable's name.
    pub label: Option<String>,
    /// `description`: more about it.
    pub description: Option<String>,
    /// `required`: whether an empty answer is refused.
    pub required: bool,
    /// `default`: the value where nothing is answered or nobody can be asked; a template.
    pub default: Option<SpannedValue>,
    /// `choices`: the only answers, if there are any.
    pub choices: Vec<String>,
}

/// Where variables were written or given, the stronger first: of equally specific values that of the stronger origin
/// holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VariableOrigin {
    /// `--variable`, or an answer to a prompt: for this run alone, so it wins over any scope.
    CommandLine,
    /// A file named with `--variable-file`. Of two the one that is named last wins: it stands first among the sets.
    VariableFile,
    /// The process file.
    ProcessFile,
    /// A file of the process file's `variable-sets`. Of two the one that is listed first wins.
    IncludedSet,
}

/// Variables of one origin.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableSet {
    /// Where they come from.
    pub origin: VariableOrigin,
    /// They, in the order written.
    pub definitions: Vec<VariableDefinition>,
}

/// `defaults`: what holds for every step that says nothing else.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Defaults {
    /// `timeout` of each attempt.
    pub timeout: Option<Duration>,
    /// `limits`.
    pub limits: Vec<LimitSetting>,
}

/// A limit that the process file sets.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitSetting {
    /// Which one.
    pub limit: Limit,
    /// Bytes, milliseconds or a count.
    pub value: u64,
    /// Where it stands.
    pub span: Span,
}

/// A step of a process.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The identity: letters, digits, `-` and `_`.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The component.
    pub uses: Uses,
    /// Where `uses` stands.
    pub uses_span: Span,
    /// The whole entry.
    pub span: Span,
    /// `with`: the inputs, a map whose texts are templates; none is an empty map.
    pub with: Option<SpannedValue>,
    /// `allow`: the granted powers.
    pub allow: Vec<Allow>,
    /// `if`: conditions that must all hold, each a variable's name or a template, with its place.
    pub conditions: Vec<(String, Span)>,
    /// `when`.
    pub when: When,
    /// `retry`.
    pub retry: Retry,
    /// `timeout` of each attempt.
    pub timeout: Option<Duration>,
    /// `limits`.
    pub limits: Vec<LimitSetting>,
    /// `probe`: asks about the world after the change.
    pub probe: bool,
    /// `disabled`.
    pub disabled: bool,
}

/// What a step's `uses` names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Uses {
    /// A standard step, by its name.
    Standard(String),
    /// A component's file, relative to the process file.
    File(PathBuf),
}

impl std::fmt::Display for Uses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Uses::Standard(name) => f.write_str(name),
            Uses::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// When a step runs, given how the run stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum When {
    /// Only as long as nothing has failed.
    #[default]
    Success,
    /// Only when something has failed.
    Failure,
    /// In any case, also after a cancel.
    Always,
}

/// How often and when a step is tried again after a transient failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// All attempts, the first included; at least 1.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles with each further one.
    pub backoff: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 1, backoff: Duration::from_secs(1) }
    }
}

/// One line under `allow`: a kind of power with its patterns.
#[derive(Debug, Clone, PartialEq)]
pub struct Allow {
    /// The kind.
    pub kind: PowerKind,
    /// Where the kind stands.
    pub span: Span,
    /// The patterns.
    pub patterns: Vec<AllowPattern>,
    /// Under `plan`: what is allowed in a plan too. The patterns are rules of another form.
    pub in_plan: bool,
}

/// One pattern of a grant, as written; variables in it are substituted after it is parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct AllowPattern {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}
