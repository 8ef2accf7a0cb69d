use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wharf_model::{Change, ChangeSource, Diagnostic, Masker, PlanStatus, TouchedPath};

use super::PlanKey;
use super::inputs::inputs_of;
use super::state::state_of;
use crate::Schedule;
use crate::resolve::Request;

/// What a plan showed, as digests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedRun {
    /// What decided it, by the names that users know.
    pub inputs: BTreeMap<String, String>,
    /// What stood at each path before it would be changed for the first time.
    pub states: Vec<PlannedState>,
    /// What each step would do, by its identity.
    pub steps: BTreeMap<String, PlannedStepEffects>,
}

/// What stood at a path of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedState {
    /// The path.
    pub path: PathBuf,
    /// The digest of its kind, mode and content.
    pub state: String,
}

/// What a step would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedStepEffects {
    /// Whether this is all: the step went to its end, and nothing before it may change what it meets.
    pub is_whole: bool,
    /// Paths that it would touch.
    pub touched: Vec<PlannedTouch>,
    /// Requests and programs that were withheld.
    pub withheld: Vec<String>,
    /// Changes: of what, and which.
    pub changes: BTreeMap<String, String>,
}

/// A path that a step would touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedTouch {
    /// The digest of the path.
    pub path: String,
    /// Whether nothing stood there before: then what lies below it is the step's own too.
    pub is_new: bool,
}

/// The digest of what changes.
pub(super) fn digest_of_target(change: &Change, key: &PlanKey) -> String {
    let by_step = if change.source == ChangeSource::Step { "step" } else { "files" };
    key.digest(&[by_step, &change.target])
}

/// The digest of how it changes.
pub(super) fn digest_of_change(change: &Change, key: &PlanKey) -> String {
    let detail = change.detail.to_string();
    let kind = change.kind.sign().to_string();
    key.digest(&[kind.as_str(), &change.summary, change.diff.as_deref().unwrap_or_default(), &detail])
}

/// Keeps what a plan shows, while it is made.
pub(crate) struct Recorder<'a> {
    key: &'a PlanKey,
    masker: Masker,
    /// Paths whose state is kept, or cannot be.
    seen: HashSet<PathBuf>,
    pub(crate) run: PlannedRun,
}

impl<'a> Recorder<'a> {
    /// Begins with what decides it.
    pub(crate) fn new(
        request: &Request<'_>,
        schedule: &Schedule,
        wharf: &str,
        key: &'a PlanKey,
    ) -> Result<Self, Diagnostic> {
        let inputs = inputs_of(request, schedule, wharf, key)?;
        let masker = Masker::new(schedule.secrets.iter().map(|secret| secret.value.as_str()));
        Ok(Self { key, masker, seen: HashSet::new(), run: PlannedRun { inputs, ..PlannedRun::default() } })
    }

    /// Keeps what a step has shown. The machine is as it was when the plan began.
    pub(crate) fn effects(&mut self, step: &str, touched: &[TouchedPath], is_all: bool, changes: &[Change]) {
        for TouchedPath { machine, .. } in touched {
            self.state(machine);
        }
        let touch =
            |touched: &TouchedPath| PlannedTouch { path: self.key.digest(&[&touched.path]), is_new: touched.is_new };
        let (withheld, changes): (Vec<&Change>, Vec<&Change>) =
            changes.iter().partition(|change| change.source == ChangeSource::Withheld);
        let effects = PlannedStepEffects {
            is_whole: is_all,
            touched: touched.iter().map(touch).collect(),
            withheld: withheld.iter().map(|change| self.key.digest(&[change.effect()])).collect(),
            changes: changes
                .iter()
                .map(|change| (digest_of_target(change, self.key), digest_of_change(change, self.key)))
                .collect(),
        };
        self.run.steps.insert(step.to_owned(), effects);
    }

    /// Says what the plan says of a step: only what is complete and not provisional is all that it does.
    pub(crate) fn status(&mut self, step: &str, status: PlanStatus, provisional: bool) {
        let effects = self.run.steps.entry(step.to_owned()).or_default();
        effects.is_whole &= status == PlanStatus::Complete && !provisional;
    }

    fn state(&mut self, path: &Path) {
        // A path that holds a secret stands nowhere in the plan.
        let text = path.to_string_lossy();
        if !self.seen.insert(path.to_owned()) || self.masker.mask(&text) != text {
            return;
        }
        if let Some(state) = state_of(path, self.key) {
            self.run.states.push(PlannedState { path: path.to_owned(), state });
        }
    }
}
