//! A process, an environment and variables become a schedule, or diagnostics with places. Nothing runs here.

mod allow;
mod check;
mod components;
mod coverage;
mod derive;
mod environment;
mod fetch;
mod given;
mod inputs;
mod late;
mod mentions;
mod packages;
mod path;
mod pattern;
mod prompts;
mod request;
mod schedule;
mod secrets;
mod sources;
mod steps;
mod system_variables;
mod templates;

pub use check::check;
pub use environment::{EnvironmentChoice, choose_environment};
pub(crate) use late::{LateInputs, condition_holds, late_inputs};
pub use prompts::{Prompt, prompts};
pub use request::{Request, World};
pub use schedule::{resolve, variables};
