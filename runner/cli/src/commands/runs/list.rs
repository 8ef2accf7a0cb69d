use serde_json::{Value, json};
use wharf_model::ExitCode;
use wharf_report::{Line, Role, RunRow, runs_to_text};

use crate::arguments::{FileArgument, Output};
use crate::error::CommandError;
use crate::run_journal::{failed, row, runs_of};
use crate::ui::{Ui, stdout_width};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    file: FileArgument,
    /// At most so many
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let all = runs_of(&arguments.file)?.list().map_err(failed)?;
    let rows: Vec<RunRow> = all.iter().rev().take(arguments.limit).filter_map(row).collect();
    match ui.output {
        Output::Text if rows.is_empty() => ui.say(Line::new().with(Role::Text, "nothing has run here so far")),
        Output::Text => {
            ui.text(&runs_to_text(&rows, &ui.out, stdout_width()));
            let more = all.len().saturating_sub(arguments.limit);
            if more > 0 {
                ui.say(Line::new().with(Role::Faint, format!("and {more} older ones: `--limit {}`", all.len())));
            }
        }
        Output::Json | Output::Ndjson => ui.json(&rows.iter().map(document).collect()),
    }
    Ok(ExitCode::Done)
}

fn document(row: &RunRow) -> Value {
    json!({
        "run": row.run,
        "began": row.when,
        "project": row.project,
        "process": row.process,
        "environment": row.environment,
        "packages": row.packages,
        "state": row.state,
        "duration": row.duration.map(|duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)),
    })
}
