use std::path::PathBuf;
use std::sync::Arc;

use wharf_engine::run as run_schedule;
use wharf_model::{EventSink, ExitCode, RunMode};
use wharf_report::{DocumentReporter, NdjsonReporter, Next, Surface, TerminalOptions, TerminalReporter};

use crate::again::next;
use crate::arguments::{Global, Output};
use crate::commands::plan::{PlanOptions, show_plan};
use crate::environment::confirm;
use crate::error::CommandError;
use crate::schedule::{Ready, ScheduleArguments, with_schedule};
use crate::signals::Screen;
use crate::ui::{Ui, WatchedStdout};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    what: ScheduleArguments,
    /// Confirm the run where the environment asks for it
    #[arg(short, long)]
    yes: bool,
    /// Show what the run would do, and do nothing: the same as `wharf plan`
    #[arg(long, alias = "whatIf", conflicts_with = "yes")]
    what_if: bool,
}

impl Arguments {
    /// Whether nothing is to be done but shown.
    pub fn is_plan(&self) -> bool {
        self.what_if
    }
}

pub fn run(arguments: &Arguments, global: &Global, ui: &Ui) -> Result<ExitCode, CommandError> {
    if arguments.what_if {
        return show_plan(&arguments.what, PlanOptions::default(), global, ui);
    }
    with_schedule(&arguments.what, RunMode::Apply, ui, |ready| {
        let Ready { schedule, process, environment, host, cancel, screen, secrets } = ready;
        if let Some(environment) = process.environments.iter().find(|known| Some(known.name.as_str()) == environment) {
            confirm(environment, &process.project, arguments.yes, ui)?;
        }
        let next = next(&arguments.what, process, schedule, environment, secrets);
        let consumer = consumer(next, global, ui, screen);
        Ok(run_schedule(schedule, host, consumer, cancel).exit_code())
    })
}

/// Who hears of the run. `screen` is set if it is one.
fn consumer(next: Next, global: &Global, ui: &Ui, screen: &Screen) -> Arc<dyn EventSink> {
    let stdout = Box::new(WatchedStdout);
    match ui.output {
        Output::Json => Arc::new(DocumentReporter::new(stdout)),
        Output::Ndjson => Arc::new(NdjsonReporter::new(stdout)),
        Output::Text => {
            let options = TerminalOptions {
                surface: Surface::of_stdout(),
                style: ui.out,
                verbosity: global.verbosity(),
                folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
                next,
            };
            let reporter = Arc::new(TerminalReporter::new(options, stdout));
            screen.get_or_init(|| Arc::clone(&reporter));
            reporter
        }
    }
}
