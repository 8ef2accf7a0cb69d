//! Commands that look at variables. None of them runs a step, fetches a secret or asks for anything.

mod evaluate;
mod explain;
mod here;
mod list;
mod show;

use wharf_model::ExitCode;

use crate::error::CommandError;
use crate::ui::Ui;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the variables with the values that they have in an environment
    List(list::Arguments),
    /// Explain why a variable has the value that it has
    Explain(explain::Arguments),
    /// Evaluate a template
    Evaluate(evaluate::Arguments),
}

pub fn run(command: &Command, ui: &Ui) -> Result<ExitCode, CommandError> {
    match command {
        Command::List(arguments) => list::run(arguments, ui),
        Command::Explain(arguments) => explain::run(arguments, ui),
        Command::Evaluate(arguments) => evaluate::run(arguments, ui),
    }
}
