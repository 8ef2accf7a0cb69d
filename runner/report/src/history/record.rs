use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use wharf_model::{Counts, Event, EventKind, Failure, PackageSummary, RunStatus, StepStatus, StepSummary};

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// It did all that it was to do.
    Succeeded,
    /// A step failed.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// It lasts.
    Running,
    /// Its process ended in the middle of it.
    Interrupted,
}

impl RunState {
    /// How a run stands whose end is this, if it has one.
    pub fn of(status: Option<RunStatus>, is_running: bool) -> Self {
        match status {
            Some(RunStatus::Succeeded) => Self::Succeeded,
            Some(RunStatus::Failed) => Self::Failed,
            Some(RunStatus::Cancelled) => Self::Cancelled,
            None if is_running => Self::Running,
            None => Self::Interrupted,
        }
    }

    /// The word in listings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Running => "running",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A run, put together from its events.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunRecord {
    /// Its identity.
    pub run: String,
    /// The project.
    pub project: String,
    /// The process.
    pub process: String,
    /// The environment, if there is one.
    pub environment: Option<String>,
    /// When it began, in milliseconds since the Unix epoch.
    pub started_at: u64,
    /// How it ended; none if it has not.
    pub status: Option<RunStatus>,
    /// Microseconds that it took; up to its last event if it has not ended.
    pub duration: u64,
    /// Totals; none if it has not ended.
    pub counts: Option<Counts>,
    /// The packages.
    pub packages: Vec<PackageSummary>,
    /// The steps in order.
    pub steps: Vec<StepRecord>,
}

/// A step of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepRecord {
    /// The identity.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// What `uses` says.
    pub uses: String,
    /// Whether it has begun.
    pub has_begun: bool,
    /// How it ended; none if it has not.
    pub status: Option<StepStatus>,
    /// Attempts so far.
    pub attempts: u32,
    /// Microseconds that it took.
    pub duration: u64,
    /// Changes that it made.
    pub changes: usize,
    /// What it did that the plan of the run did not show.
    pub unplanned: usize,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Why it did not run.
    pub reason: Option<String>,
    /// The outputs that it set, with secrets masked.
    pub outputs: Vec<(String, Value)>,
    /// The files that it kept, with their bytes.
    pub artifacts: Vec<(String, u64)>,
}

impl RunRecord {
    /// Puts a run together; none if its first event is not there.
    pub fn of(events: impl IntoIterator<Item = Event>) -> Option<Self> {
        let mut events = events.into_iter();
        let first = events.next()?;
        let EventKind::RunStarted { run, project, process, environment, steps, packages, .. } = first.kind else {
            return None;
        };
        let by_id: HashMap<String, usize> =
            steps.iter().enumerate().map(|(index, step)| (step.id.clone(), index)).collect();
        let mut record = Self {
            run,
            project,
            process,
            environment,
            started_at: first.at,
            status: None,
            duration: 0,
            counts: None,
            packages,
            steps: steps.into_iter().map(StepRecord::new).collect(),
        };
        for event in events {
            record.duration = record.duration.max(event.elapsed);
            record.apply(event.kind, &by_id);
        }
        Some(record)
    }

    fn apply(&mut self, event: EventKind, by_id: &HashMap<String, usize>) {
        let steps = &mut self.steps;
        let at = |id: &str| by_id.get(id).copied();
        match event {
            // The run goes on: what is told of its steps from here on holds.
            EventKind::RunStarted { .. } => (self.status, self.counts) = (None, None),
            EventKind::StepStarted { step, attempt, .. } => {
                if let Some(index) = at(&step) {
                    let fresh = StepRecord {
                        id: steps[index].id.clone(),
                        name: steps[index].name.clone(),
                        uses: steps[index].uses.clone(),
                        ..StepRecord::default()
                    };
                    if attempt == 1 || steps[index].status.is_some() {
                        steps[index] = fresh;
                    }
                    steps[index].has_begun = true;
                    steps[index].attempts = attempt;
                }
            }
            EventKind::Output { step, name, value, .. } => {
                if let Some(index) = at(&step) {
                    let outputs = &mut steps[index].outputs;
                    match outputs.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, known)) => *known = value,
                        None => outputs.push((name, value)),
                    }
                }
            }
            EventKind::Artifact { step, name, bytes } => {
                if let Some(index) = at(&step) {
                    steps[index].artifacts.push((name, bytes));
                }
            }
            EventKind::Change { step, .. } => {
                if let Some(index) = at(&step) {
                    steps[index].changes += 1;
                }
            }
            EventKind::Unplanned { step, .. } => {
                if let Some(index) = at(&step) {
                    steps[index].unplanned += 1;
                }
            }
            EventKind::StepFinished { step, status, attempts, failure, reason, changes, duration } => {
                let is_kept = |index: &usize| attempts == 0 && steps[*index].status == Some(StepStatus::Succeeded);
                if let Some(index) = at(&step).filter(|index| !is_kept(index)) {
                    let step = &mut steps[index];
                    (step.status, step.attempts, step.failure, step.reason) = (Some(status), attempts, failure, reason);
                    (step.changes, step.duration) = (changes, duration);
                }
            }
            EventKind::RunFinished { status, counts, duration } => {
                (self.status, self.counts, self.duration) = (Some(status), Some(counts), duration);
            }
            _ => {}
        }
    }
}

impl StepRecord {
    fn new(step: StepSummary) -> Self {
        Self { id: step.id, name: step.name, uses: step.uses, ..Self::default() }
    }
}
