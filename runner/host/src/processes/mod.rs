//! Programs of the machine, for steps whose grants name them.
//!
//! A program is started by the absolute path that its grant was resolved to before the run, without a shell, with an
//! environment by allow-list, as the first of a group that ends when the step ends. One thread per step looks after them
//! all, so that their output flows and their end is noticed whatever the step does meanwhile.
//!
//! What a program leaves behind in its group lives until the step's end and may go on printing to the log; nobody waits
//! for it. What leaves the group as well (`setsid`) is out of reach, and is not waited for either.

mod cancel;
mod command;
mod environment;
mod group;
mod keeper;
mod line;
mod log;
#[cfg(target_os = "linux")]
mod members;
mod order;
mod output;
mod program;
mod state;
mod supervisor;
mod worker;

#[cfg(test)]
mod tests;

pub use command::{OutputMode, ProgramCommand, ProgramInput};
pub use environment::BaseEnvironment;
pub use group::Exit;
pub use line::Source;
pub use program::Program;
pub use supervisor::Supervisor;
