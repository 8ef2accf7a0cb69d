use wharf_model::ExitCode;

use crate::error::CommandError;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Which format
    #[arg(value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Format {
    /// The process file, for editors
    #[default]
    Process,
    /// The lines of `wharf run --output ndjson`
    Events,
    /// What `wharf plan --output json` writes
    Plan,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    match arguments.format {
        Format::Process => ui.text(&format!("{:#}\n", wharf_project::json_schema())),
        Format::Plan => ui.text(wharf_report::PLAN_SCHEMA),
        Format::Events => ui.text(wharf_report::EVENTS_SCHEMA),
    }
    Ok(ExitCode::Done)
}
