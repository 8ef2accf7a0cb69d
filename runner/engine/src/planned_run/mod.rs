//! What a plan showed, kept for the run that follows it: whether everything is as it was then, and what that run may do.
//! Nothing in it tells of contents: every text is a digest under a key that is kept elsewhere.

mod effects;
mod inputs;
mod key;
mod record;
mod state;
mod verify;

pub(crate) use effects::{Compared, StepPlan};
pub use key::PlanKey;
pub(crate) use record::Recorder;
pub use record::{PlannedRun, PlannedState, PlannedStepEffects, PlannedTouch};
pub use verify::Unplanned;
