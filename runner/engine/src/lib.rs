//! Process, environment and variables become a [`Schedule`]; the schedule becomes a run. The only one that decides what
//! happens next. It meets the sandbox through [`wharf_model::StepRunner`], prints nothing and knows no terminal.

mod command;
mod identity;
mod lock;
mod machine;
mod package_names;
mod planned_run;
mod resolve;
mod run;
mod schedule;
mod standard;

pub use command::{SecretCommand, SecretCommandError};
pub use identity::{idempotency_key, new_run_id};
pub use lock::{LockUse, UpdateScope};
pub use machine::{Clock, Downloading, Machine, ThisMachine};
pub use package_names::PackageNames;
pub use planned_run::{PlanKey, PlannedRun, PlannedState, PlannedStepEffects, PlannedTouch, Unplanned};
pub use resolve::{
    EnvironmentChoice, FeedUse, PackageChoices, Prompt, Request, World, check, choose_environment, feed_settings,
    find_process, own_folder, prompts, record, resolve, set_feed_limits, variables,
};
pub use run::{ByPlan, PlanKeeping, PlanOutcome, Resumed, RunOptions, RunOutcome, plan, plan_for_run, run, run_with};
pub use schedule::{AcquiredPackage, Schedule, ScheduledStep, StepGroup};
pub use standard::StandardSteps;
