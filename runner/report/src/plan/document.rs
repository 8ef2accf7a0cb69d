use serde::{Deserialize, Serialize};
use wharf_model::{
    Change, Failure, Level, LockChange, PackageSummary, PlanCounts, PlanStatus, PowerSummary, RunStatus, SecretSummary,
};

/// What a run would do, as far as it can be said before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlanDocument {
    /// The version of this format.
    pub format: u32,
    /// The project.
    pub project: String,
    /// The process, `deploy` if none was named.
    pub process: String,
    /// The environment, if there is one.
    pub environment: Option<String>,
    /// The packages.
    pub packages: Vec<PackageSummary>,
    /// How the plan ended: it fails if a step fails in it, as that would in the run.
    pub status: RunStatus,
    /// Totals.
    pub counts: PlanCounts,
    /// The steps in order, those of `on-failure` last.
    pub steps: Vec<PlannedStep>,
    /// The secrets that steps come across, with where they come from.
    pub secrets: Vec<SecretSummary>,
    /// How what is used differs from what was recorded in the lock; none if nothing was recorded.
    pub lock: Option<Vec<LockChange>>,
    /// The command that does exactly this.
    pub command: Option<String>,
}

/// A step of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedStep {
    /// The identity.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// What `uses` says.
    pub uses: String,
    /// The component's digest.
    pub digest: String,
    /// What the plan can say of it.
    pub status: PlanStatus,
    /// Whether a step before it, of which not all is known, may change what this one meets.
    pub provisional: bool,
    /// The name of that step.
    pub provisional_after: Option<String>,
    /// What is live before it, of a step that makes something live; empty if nothing is.
    pub live: Option<String>,
    /// Why it is left out, deferred or not planned.
    pub reason: Option<String>,
    /// Why it fails, or where it did not go on.
    pub failure: Option<Failure>,
    /// What it would change, those requests and programs among them that were withheld.
    pub changes: Vec<Change>,
    /// What it may do.
    pub powers: Vec<PowerSummary>,
    /// Requests that were sent in the plan, because a rule covers them.
    pub requests: Vec<PlanRequest>,
    /// Programs that were started in the plan, outside the sandbox, because they are trusted there.
    pub programs: Vec<PlanProgram>,
    /// The names of secrets that were revealed to it.
    pub revealed: Vec<String>,
    /// What it said.
    pub log: Vec<PlanLog>,
}

/// A request that was sent in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlanRequest {
    /// `GET`, …
    pub method: String,
    /// The address, without user and query.
    pub url: String,
    /// The answer's status.
    pub status: Option<u16>,
    /// Why it was refused or failed.
    pub error: Option<String>,
}

/// A program that was started in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlanProgram {
    /// Its absolute path.
    pub path: String,
    /// Its arguments.
    pub args: Vec<String>,
}

/// A log entry of a planned step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlanLog {
    /// How much it matters.
    pub level: Level,
    /// The text.
    pub message: String,
}

impl Default for PlanDocument {
    fn default() -> Self {
        Self {
            format: 1,
            project: String::new(),
            process: String::new(),
            environment: None,
            packages: Vec::new(),
            status: RunStatus::Succeeded,
            counts: PlanCounts::default(),
            steps: Vec::new(),
            secrets: Vec::new(),
            lock: None,
            command: None,
        }
    }
}
