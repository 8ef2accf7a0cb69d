//! `wharf runs`: what has been run here.

mod clean;
mod list;

use wharf_model::ExitCode;

use crate::error::CommandError;
use crate::ui::Ui;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the runs of this project, the newest first
    List(list::Arguments),
    /// Remove old runs with what they have kept
    Clean(clean::Arguments),
}

pub fn run(command: &Command, ui: &Ui) -> Result<ExitCode, CommandError> {
    match command {
        Command::List(arguments) => list::run(arguments, ui),
        Command::Clean(arguments) => clean::run(arguments, ui),
    }
}
