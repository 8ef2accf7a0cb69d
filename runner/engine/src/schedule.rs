use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use wharf_fetch::Held;
use wharf_model::{
    Component, Diagnostic, Failure, Grants, Limit, Limits, LockChange, PackageFile, Secret, SecretSummary, Step,
};
use wharf_variables::{Bounds, Variables};

use crate::resolve::{Condition, condition_holds};

/// Everything that a run will do, as far as it is known before: steps in order, components loaded, inputs evaluated,
/// powers granted, packages verified.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The run's identity.
    pub run_id: String,
    /// The project.
    pub project: String,
    /// The process, such as `deploy`.
    pub process: String,
    /// The environment, if the process has any.
    pub environment: Option<String>,
    /// The folder of the process file.
    pub folder: PathBuf,
    /// The steps in order, those of `on-failure` last.
    pub steps: Vec<ScheduledStep>,
    /// The packages that steps may use.
    pub packages: Vec<AcquiredPackage>,
    /// The variables as the steps see them.
    pub variables: Variables,
    /// The secrets that steps may use.
    pub secrets: Vec<Secret>,
    /// Where those that are variables come from, by name.
    pub secret_sources: Vec<SecretSummary>,
    /// The names of those that could not be had: in a plan something stands in their place.
    pub unset_secrets: Vec<String>,
    /// How what is used differs from what was recorded; none if nothing was recorded.
    pub lock_changes: Option<Vec<LockChange>>,
    /// What is odd and does not stop a run.
    pub warnings: Vec<Diagnostic>,
    /// The packages of the cache that the run uses: nothing removes them as long as this lives.
    pub held: Vec<Arc<Held>>,
}

/// A package that is there and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcquiredPackage {
    /// The package.
    pub file: PackageFile,
    /// The archive's size in bytes.
    pub bytes: u64,
    /// The folder from which it is packed, if it is.
    pub folder: Option<PathBuf>,
}

/// Which list a step stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepGroup {
    /// `steps`.
    Main,
    /// `on-failure`.
    OnFailure,
}

impl ScheduledStep {
    /// What its conditions say, given the variables of the run.
    pub(crate) fn condition(&self, of_run: &Variables) -> Result<Condition, Failure> {
        match &self.condition {
            Some(Ok(())) => Ok(Condition::Holds),
            Some(Err(reason)) => Ok(Condition::Unmet(reason.clone())),
            None => condition_holds(&self.step, &self.variables(of_run)),
        }
    }

    /// The secrets that the step may hold: its own, and those derived when its inputs were evaluated late.
    pub(crate) fn secrets_with(&self, derived: &[Secret]) -> Arc<[Secret]> {
        match derived {
            [] => Arc::clone(&self.secrets),
            derived => self.secrets.iter().chain(derived).cloned().collect(),
        }
    }

    /// The variables of the run as this step sees them.
    pub(crate) fn variables(&self, of_run: &Variables) -> Variables {
        in_step(of_run.clone(), &self.step, &self.limits)
            .with_secrets(self.references.iter().cloned())
            .with_secret_values(&self.sources)
    }
}

/// The variables in the scope of a step, by its id and by its name, and with its limits.
pub(crate) fn in_step(variables: Variables, step: &Step, limits: &Limits) -> Variables {
    let variables = variables.with_bounds(bounds(limits)).in_scope("step", &step.id);
    if step.name == step.id { variables } else { variables.in_scope("step", &step.name) }
}

/// How far evaluation may go.
pub(crate) fn bounds(limits: &Limits) -> Bounds {
    let bytes = usize::try_from(limits.get(Limit::EvaluationBytes)).unwrap_or(usize::MAX);
    Bounds { bytes, ..Bounds::default() }
}

/// A step of a schedule.
#[derive(Debug, Clone)]
pub struct ScheduledStep {
    /// The step as it is written.
    pub step: Step,
    /// Which list it stands in.
    pub group: StepGroup,
    /// The component; none for a disabled step.
    pub component: Option<Arc<Component>>,
    /// The powers.
    pub grants: Arc<Grants>,
    /// The limits of each attempt.
    pub limits: Limits,
    /// Whether the conditions hold; none if that depends on the run.
    pub condition: Option<Result<(), String>>,
    /// The inputs, an object that satisfies the input schema; none if they depend on the run.
    pub inputs: Option<Value>,
    /// The references of secrets in the step's own scope, by the variables' names, where they are others than elsewhere.
    pub references: Vec<(String, String)>,
    /// The secrets that the step may come across: by what the process file says, never by an output.
    pub secrets: Arc<[Secret]>,
    /// The secrets with which the step's variables are evaluated: those that it may come across, and those from which
    /// something that it may come across is derived.
    pub sources: Arc<[Secret]>,
    /// The packages that the step may open.
    pub packages: Arc<[PackageFile]>,
}
