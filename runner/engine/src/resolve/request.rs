use wharf_model::{Process, StepRunner};
use wharf_variables::Override;

use crate::{Machine, StandardSteps};

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The process file.
    pub process: &'a Process,
    /// The name of the process in it: `deploy` for its top-level steps.
    pub process_name: &'a str,
    /// The environment; needed if the process has any.
    pub environment: Option<&'a str>,
    /// Values of variables from the command line.
    pub overrides: Vec<Override>,
    /// The run's identity.
    pub run_id: String,
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
}

/// How deep resolving goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Far enough to run: secrets are fetched and packages packed.
    Run,
    /// Nothing is written and no secret is read.
    Check,
}
