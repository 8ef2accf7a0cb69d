use wharf_model::{CancelToken, Process, RunMode, StepRunner, VariableSet};

use super::choices::PackageChoices;
use crate::{LockUse, Machine, StandardSteps, new_run_id};

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The process file.
    pub process: &'a Process,
    /// The name of the process in it: `deploy` for its top-level steps.
    pub process_name: &'a str,
    /// The environment; needed if the process has any.
    pub environment: Option<&'a str>,
    /// Variables from elsewhere than the process file: from the command line, from variable files, from the sets that the
    /// process file includes. Of two with the same origin the first wins. The process file's own are not among them.
    pub variable_sets: Vec<VariableSet>,
    /// Whether tokens without a value are echoed instead of being errors.
    pub lenient: bool,
    /// Which versions of packages were chosen for this run.
    pub package_choices: PackageChoices,
    /// The run's identity.
    pub run_id: String,
    /// What the schedule is for. For a plan nothing is written beside the process file: a folder stands for the package
    /// that it would become.
    pub mode: RunMode,
    /// What was recorded of the process, and what that means.
    pub lock: LockUse<'a>,
}

impl<'a> Request<'a> {
    /// The top-level steps of a process file, in no environment, to be looked at and not to be run.
    pub fn new(process: &'a Process, variable_sets: Vec<VariableSet>) -> Self {
        Self {
            process,
            process_name: "deploy",
            environment: None,
            variable_sets,
            lenient: false,
            package_choices: PackageChoices::default(),
            run_id: new_run_id(),
            mode: RunMode::Plan,
            lock: LockUse::default(),
        }
    }
}

/// What a process needs from outside to become a schedule.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// Loads components.
    pub runner: &'a dyn StepRunner,
    /// The steps that come with the program.
    pub standard: &'a dyn StandardSteps,
    /// The machine.
    pub machine: &'a dyn Machine,
    /// Whether the run was cancelled before it began: programs that fetch secrets end then.
    pub cancel: &'a CancelToken,
}

/// How deep resolving goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Far enough to run: secrets are fetched, and packages downloaded and packed.
    Run,
    /// Nothing is written, no secret is read and nobody is asked.
    Check,
}
