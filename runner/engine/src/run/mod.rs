//! A schedule becomes a run: which step comes next, attempts, outputs, and one stream of events.

mod attempts;
mod emitter;
mod mask_event;
mod observer;
mod overlap;
mod plan;
mod powers;
mod process;
mod resumed;
mod wait;

pub use plan::{PlanKeeping, PlanOutcome, plan, plan_for_run};
pub use process::{ByPlan, RunOptions, RunOutcome, run, run_with};
pub use resumed::Resumed;
