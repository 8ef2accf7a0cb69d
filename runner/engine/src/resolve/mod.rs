//! A process, an environment and variables become a schedule, or diagnostics with places. Nothing runs here.

mod allow;
mod check;
mod choices;
mod components;
mod coverage;
mod decide;
mod derive;
mod downloads;
mod environment;
mod feeds;
mod fetch;
mod git;
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
mod versions;

pub use check::check;
pub use choices::PackageChoices;
pub use environment::{EnvironmentChoice, choose_environment};
pub use feeds::{FeedUse, feed_settings};
pub(crate) use late::{LateInputs, condition_holds, late_inputs};
pub use prompts::{Prompt, prompts};
pub use request::{Request, World};
pub use schedule::{resolve, variables};
