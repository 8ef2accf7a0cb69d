//! Runs that have been, as their journals tell them.

mod log;
mod record;
mod text;

pub use log::{LogLine, log_line};
pub use record::{RunRecord, RunState, StepRecord};
pub use text::{RunRow, record_to_text, runs_to_text};
