use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use wharf_journal::RunFolder;
use wharf_model::ExitCode;
use wharf_project::parse_duration;
use wharf_report::{Line, Role};

use crate::arguments::{FileArgument, Output};
use crate::error::CommandError;
use crate::run_journal::{failed, runs_of};
use crate::ui::Ui;

/// Runs that are kept if nothing else is said.
const USUAL_COUNT: usize = 50;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    file: FileArgument,
    /// Keep the newest ones, so many; 50 if nothing else is said
    #[arg(long, value_name = "COUNT")]
    keep: Option<usize>,
    /// Remove those that began longer ago, such as `30d`
    #[arg(long, value_name = "TIME", value_parser = age)]
    older_than: Option<Duration>,
    /// Show what would be removed, and remove nothing
    #[arg(long, alias = "whatIf")]
    what_if: bool,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let all = runs_of(&arguments.file)?.list().map_err(failed)?;
    let keep = arguments.keep.unwrap_or(if arguments.older_than.is_some() { 0 } else { USUAL_COUNT });
    let surplus = &all[..all.len().saturating_sub(keep)];
    // One that lasts is in use, however old it is.
    let is_old = |run: &&RunFolder| arguments.older_than.is_none_or(|age| began_before(run, age)) && !run.is_running();
    let old: Vec<&RunFolder> = surplus.iter().filter(is_old).collect();
    if !arguments.what_if {
        for run in &old {
            run.remove().map_err(failed)?;
        }
    }
    let left = all.len() - old.len();
    match ui.output {
        Output::Text => {
            let verb = if arguments.what_if { "would remove" } else { "removed" };
            let what = match old.len() {
                0 => "nothing to remove".to_owned(),
                1 => format!("{verb} 1 run"),
                count => format!("{verb} {count} runs"),
            };
            ui.say(Line::new().with(Role::Text, format!("{what}; {left} left")));
        }
        Output::Json | Output::Ndjson => {
            let removed: Vec<&str> = old.iter().map(|run| run.id.as_str()).collect();
            ui.json(&json!({ "removed": removed, "left": left, "what-if": arguments.what_if }));
        }
    }
    Ok(ExitCode::Done)
}

fn began_before(run: &RunFolder, age: Duration) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let began = run.ends().0.map(|event| Duration::from_millis(event.at));
    began.is_some_and(|began| now.saturating_sub(began) > age)
}

fn age(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|reason| format!("it {reason}; write a time such as 30d"))
}
