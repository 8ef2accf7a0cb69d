use wharf_model::ExitCode;

use crate::commands::lock::{Keep, RecordArguments, record_and_show};
use crate::error::CommandError;
use crate::ui::Ui;

/// What is recorded anew.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Only this: a step by its id or name, what its `uses` says, or a package; everything if nothing is named
    #[arg(value_name = "STEP")]
    name: Option<String>,
    #[command(flatten)]
    what: RecordArguments,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let keep = arguments.name.as_deref().map_or(Keep::Nothing, Keep::AllBut);
    record_and_show(&arguments.what, keep, ui)
}
