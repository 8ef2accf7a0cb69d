use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Change, ChangeKind, Failure, Level, LockChange, PowerKind, RunMode};

/// Something that happened in a run. Everything that happens is one; reporters and the journal consume them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, in milliseconds since the Unix epoch.
    pub at: u64,
    /// Microseconds since the run began.
    pub elapsed: u64,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// With what a run was begun. A value that was given for a secret is not among the variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunArguments {
    /// The process file, by its absolute path.
    pub file: PathBuf,
    /// The process in it.
    pub process: String,
    /// The environment, if there is one.
    pub environment: Option<String>,
    /// Variables that were given or answered, `name=value`.
    pub variables: Vec<String>,
    /// Files of variables, by their absolute paths.
    pub variable_files: Vec<PathBuf>,
    /// Whether tokens without a value are echoed.
    pub lenient: bool,
    /// Chosen versions of packages.
    pub packages: Vec<String>,
}

/// A step, as the head of a run lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepSummary {
    /// The identity.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// What `uses` says.
    pub uses: String,
    /// The component's digest.
    pub digest: String,
}

/// A package, as the head of a run lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageSummary {
    /// The reference in the process file.
    pub reference: String,
    /// The ID.
    pub id: String,
    /// The version as written.
    pub version: String,
    /// The archive's digest.
    pub digest: String,
    /// The archive's size in bytes.
    pub bytes: u64,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// It did its work.
    Succeeded,
    /// It failed.
    Failed,
    /// A condition left it out.
    Skipped,
    /// The run was cancelled while it ran.
    Cancelled,
    /// The run ended before its turn came.
    NotStarted,
}

/// What a plan can say of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanStatus {
    /// It went to its end: what is shown is what the run does.
    Complete,
    /// Something was withheld and the step did not go on: of what comes after that, nothing is known.
    Partial,
    /// It needs a value that only the run can know.
    Deferred,
    /// A condition leaves it out.
    Skipped,
    /// It asks about the world after the changes: the run checks.
    Checked,
    /// It fails, as it would in the run.
    Failed,
    /// It was not planned: a step before it fails, or the plan was cancelled.
    NotPlanned,
}

/// A power of a step, as a plan lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PowerSummary {
    /// The kind.
    pub kind: PowerKind,
    /// What is granted, with its variables filled in: a path, an address, a name.
    pub value: String,
    /// The same as the process file writes it, if that has variables in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// The input that it follows from, as a JSON pointer; none if it is written under `allow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
}

fn is_set() -> bool {
    true
}

/// A secret, as a plan lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SecretSummary {
    /// The variable's name.
    pub name: String,
    /// Whether it is set: a plan is made without it too, a run is not.
    #[serde(default = "is_set", rename = "set")]
    pub is_set: bool,
    /// Where it comes from, such as `environment variable DB_PASSWORD`.
    pub source: String,
}

/// How many steps a plan says what of, and how many changes it shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlanCounts {
    /// Steps of which all is shown.
    pub complete: usize,
    /// Steps of which a part is shown.
    pub partial: usize,
    /// Steps that need a value of the run.
    pub deferred: usize,
    /// Steps that a condition leaves out.
    pub skipped: usize,
    /// Steps that check in the run.
    pub checked: usize,
    /// Steps that fail.
    pub failed: usize,
    /// Steps that were not planned.
    pub not_planned: usize,
    /// Things that are made.
    pub create: usize,
    /// Things that are changed.
    pub update: usize,
    /// Things that are deleted.
    pub delete: usize,
    /// Requests and programs that were withheld, and other changes.
    pub other: usize,
}

impl PlanCounts {
    /// Whether the run would change something, as far as the plan knows.
    pub fn has_changes(&self) -> bool {
        self.create + self.update + self.delete + self.other + self.partial + self.deferred > 0
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    /// Every step that had to run succeeded.
    Succeeded,
    /// A step failed.
    Failed,
    /// The run was cancelled.
    Cancelled,
}

/// How many steps ended how, and how many changes they made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// Steps that succeeded and changed something.
    pub changed: usize,
    /// Steps that succeeded and did something whose effect nobody has told: a request, a program.
    pub done: usize,
    /// Steps that succeeded and changed nothing.
    pub unchanged: usize,
    /// Steps that failed.
    pub failed: usize,
    /// Steps that a condition left out.
    pub skipped: usize,
    /// Steps that were cancelled.
    pub cancelled: usize,
    /// Steps whose turn never came.
    pub not_started: usize,
    /// Changes of all steps.
    pub changes: usize,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum EventKind {
    /// The run begins: always the first event.
    RunStarted {
        /// The run's identity.
        run: String,
        /// The project.
        project: String,
        /// The process, `deploy` if none was named.
        process: String,
        /// The environment, if there is one.
        environment: Option<String>,
        /// Run or plan.
        mode: RunMode,
        /// The steps, in order, those of `on-failure` last.
        steps: Vec<StepSummary>,
        /// The packages.
        packages: Vec<PackageSummary>,
        /// Whether the run goes on after it had ended or was cut off.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        resumed: bool,
        /// With what it was begun, so that it can be resumed; absent where it cannot be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arguments: Option<RunArguments>,
    },
    /// A step does not run again in a run that goes on: its end stands in the journal.
    StepKept {
        /// The step.
        step: String,
    },
    /// What a plan's steps may do, and which secrets they come across: right behind `run-started` of a plan.
    Granted {
        /// The powers of each step, by its identity, in order.
        powers: Vec<(String, Vec<PowerSummary>)>,
        /// The secrets.
        secrets: Vec<SecretSummary>,
        /// How what is used differs from what was recorded; absent if nothing was recorded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lock: Option<Vec<LockChange>>,
    },
    /// An attempt of a step begins.
    StepStarted {
        /// The step.
        step: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// A digest of the component and the inputs, under the user's key; absent where there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inputs: Option<String>,
    },
    /// A log entry.
    Log {
        /// The step; none for the run itself.
        step: Option<String>,
        /// How much it matters.
        level: Level,
        /// The text; it may have several lines.
        message: String,
        /// Names and values behind it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fields: Vec<(String, String)>,
    },
    /// How far a step is.
    Progress {
        /// The step.
        step: String,
        /// Units done.
        done: u64,
        /// Of so many.
        total: Option<u64>,
        /// What it is doing.
        note: String,
    },
    /// A step changed something.
    Change {
        /// The step.
        step: String,
        /// What.
        change: Change,
    },
    /// A step set an output.
    Output {
        /// The step.
        step: String,
        /// The output's name.
        name: String,
        /// Its value; the mask if it is sensitive.
        value: Value,
        /// Whether it is sensitive.
        sensitive: bool,
        /// The value under the user's key, where the one that is shown is another; absent where there is no key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sealed: Option<String>,
    },
    /// A step kept a file.
    Artifact {
        /// The step.
        step: String,
        /// The artifact's name.
        name: String,
        /// Its size in bytes.
        bytes: u64,
    },
    /// A step sent an HTTP request, or was refused one.
    Request {
        /// The step.
        step: String,
        /// `GET`, …
        method: String,
        /// The address, without user and query.
        url: String,
        /// The answer's status.
        status: Option<u16>,
        /// Why it was refused or failed.
        error: Option<String>,
    },
    /// A step started a program, outside the sandbox.
    Program {
        /// The step.
        step: String,
        /// Its absolute path.
        path: String,
        /// Its arguments.
        args: Vec<String>,
    },
    /// A step was shown the value of a secret.
    Revealed {
        /// The step.
        step: String,
        /// The secret's name.
        name: String,
    },
    /// An attempt failed and another one follows.
    AttemptFailed {
        /// The step.
        step: String,
        /// Which attempt.
        attempt: u32,
        /// Of so many.
        attempts: u32,
        /// Why.
        failure: Failure,
        /// Milliseconds until the next one.
        retry_in: u64,
    },
    /// A step ended, or never began.
    StepFinished {
        /// The step.
        step: String,
        /// How.
        status: StepStatus,
        /// Attempts made.
        attempts: u32,
        /// Why it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
        /// Why it was skipped or not started.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Changes that it made.
        changes: usize,
        /// Microseconds that it took, all attempts and waits included.
        duration: u64,
    },
    /// What a plan can say of a step: the last event of each step of a plan.
    StepPlanned {
        /// The step.
        step: String,
        /// What.
        status: PlanStatus,
        /// Whether a step before it, of which not all is known, may change what this one meets.
        provisional: bool,
        /// The name of that step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provisional_after: Option<String>,
        /// What is live before it, of a step that makes something live; empty if nothing is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        live: Option<String>,
        /// Why it fails, or where it did not go on.
        failure: Option<Failure>,
        /// Why it is left out, deferred or not planned.
        reason: Option<String>,
        /// Changes that it would make, those that were withheld among them.
        changes: usize,
        /// Microseconds that it took.
        duration: u64,
    },
    /// Something was done that the plan by which the run goes did not show.
    Unplanned {
        /// The step.
        step: String,
        /// What was done to it.
        kind: ChangeKind,
        /// The thing.
        target: String,
        /// Whether the plan showed another change of the same thing.
        otherwise: bool,
    },
    /// A plan has ended: always its last event.
    PlanFinished {
        /// How.
        status: RunStatus,
        /// Totals.
        counts: PlanCounts,
        /// Microseconds that it took.
        duration: u64,
    },
    /// The run ends: always the last event.
    RunFinished {
        /// How.
        status: RunStatus,
        /// Totals.
        counts: Counts,
        /// Microseconds from the first event on.
        duration: u64,
    },
}
