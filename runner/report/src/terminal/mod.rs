//! The run on a screen: finished lines stay, and one live block below them shows what runs. Without a terminal the same
//! lines are written as they come.

mod change_lines;
mod head;
mod item;
mod live;
mod options;
mod reporter;
mod screen;
mod step;
mod summary;

pub(crate) use change_lines::change_lines;
pub(crate) use head::Head;
pub(crate) use item::{failure_lines, log_lines, program_line, request_line};
pub use options::{Next, Surface, TerminalOptions, Verbosity};
pub use reporter::TerminalReporter;
