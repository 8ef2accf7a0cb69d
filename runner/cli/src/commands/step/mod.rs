//! Commands that look at steps.

mod inspect;
mod list;
mod schema_type;

use wharf_model::ExitCode;

use crate::error::CommandError;
use crate::ui::Ui;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the standard steps
    List,
    /// Show what a step does, its inputs and outputs, and the powers that it asks for
    Inspect(inspect::Arguments),
}

pub fn run(command: &Command, ui: &Ui) -> Result<ExitCode, CommandError> {
    match command {
        Command::List => list::run(ui),
        Command::Inspect(arguments) => inspect::run(arguments, ui),
    }
}
