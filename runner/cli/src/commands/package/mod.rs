//! Commands that look at packages, open them, and clean up after them.

mod clean;
mod diff;
mod extract;
mod inspect;
mod limits;
mod list;
mod open;
mod show;
mod verify;

use wharf_model::ExitCode;

use crate::error::CommandError;
use crate::ui::Ui;

pub use limits::{LimitArguments, limit_hint};
pub use show::{count, percent, shown_path};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show what is in a package
    Inspect(inspect::Arguments),
    /// Read packages to their end and compare them with their checksums
    Verify(verify::Arguments),
    /// Extract a package into a folder
    Extract(extract::Arguments),
    /// Show what changed between two packages, file by file
    Diff(diff::Arguments),
    /// List the packages of a folder, or of the cache of downloads
    List(list::Arguments),
    /// Remove packages that were downloaded
    Clean(clean::Arguments),
}

pub fn run(command: &Command, ui: &Ui) -> Result<ExitCode, CommandError> {
    match command {
        Command::Inspect(arguments) => inspect::run(arguments, ui),
        Command::Verify(arguments) => verify::run(arguments, ui),
        Command::Extract(arguments) => extract::run(arguments, ui),
        Command::Diff(arguments) => diff::run(arguments, ui),
        Command::List(arguments) => list::run(arguments, ui),
        Command::Clean(arguments) => clean::run(arguments, ui),
    }
}
