use std::path::PathBuf;
use std::sync::Arc;

use wharf_engine::plan;
use wharf_model::{EventSink, ExitCode, RunMode};
use wharf_report::{
    NdjsonReporter, Next, PlanCollector, PlanDocument, Surface, TerminalOptions, plan_to_markdown, plan_to_text,
};

use crate::again::{decided_versions, run_command};
use crate::arguments::{Form, Global};
use crate::error::CommandError;
use crate::schedule::{Ready, ScheduleArguments, with_schedule};
use crate::ui::{Ui, WatchedStdout};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    what: ScheduleArguments,
    #[command(flatten)]
    options: PlanOptions,
}

/// How a plan is shown.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct PlanOptions {
    /// Show the differences of text files
    #[arg(long)]
    diff: bool,
    /// End with exit code 2 if the run would change something
    #[arg(long, alias = "detailed-exit-code")]
    detailed_exitcode: bool,
}

pub fn run(arguments: &Arguments, global: &Global, ui: &Ui) -> Result<ExitCode, CommandError> {
    show_plan(&arguments.what, arguments.options, global, ui)
}

/// Shows what a run with these arguments would do.
pub fn show_plan(
    arguments: &ScheduleArguments,
    options: PlanOptions,
    global: &Global,
    ui: &Ui,
) -> Result<ExitCode, CommandError> {
    with_schedule(arguments, RunMode::Plan, ui, |ready| {
        let Ready { schedule, process, environment, host, cancel, secrets, .. } = ready;
        let collector = Arc::new(PlanCollector::default());
        let consumer: Arc<dyn EventSink> = match global.output {
            Form::Ndjson => Arc::new(NdjsonReporter::new(Box::new(WatchedStdout))),
            Form::Text | Form::Json | Form::Markdown => Arc::clone(&collector) as _,
        };
        let outcome = plan(schedule, host, consumer, cancel)?;
        let command = run_command(arguments, environment, secrets) + &decided_versions(arguments, process, schedule);
        let document = PlanDocument { command: Some(command), ..collector.document() };
        match global.output {
            Form::Ndjson => {}
            Form::Json => ui.json(&serde_json::to_value(&document).unwrap_or_default()),
            Form::Markdown => ui.text(&plan_to_markdown(&document, &here())),
            Form::Text => ui.text(&plan_to_text(&document, &terminal(global, ui), options.diff)),
        }
        Ok(outcome.exit_code(options.detailed_exitcode))
    })
}

fn here() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))
}

fn terminal(global: &Global, ui: &Ui) -> TerminalOptions {
    TerminalOptions {
        surface: Surface::of_stdout(),
        style: ui.out,
        verbosity: global.verbosity(),
        folder: here(),
        next: Next::default(),
    }
}
