use wharf_model::{EventSink, ExitCode};
use wharf_report::{DocumentReporter, NdjsonReporter, Next, Surface, TerminalOptions, TerminalReporter};

use crate::arguments::{Global, Output};
use crate::error::CommandError;
use crate::run_journal::{RunArgument, failed};
use crate::ui::{Ui, WatchedStdout};

/// Which run is told again.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    run: RunArgument,
}

pub fn run(arguments: &Arguments, global: &Global, ui: &Ui) -> Result<ExitCode, CommandError> {
    let run = arguments.run.find()?;
    let stdout = Box::new(WatchedStdout);
    let document = (ui.output == Output::Json).then(|| DocumentReporter::new(Box::new(WatchedStdout)));
    let reporter: Box<dyn EventSink> = match ui.output {
        Output::Ndjson => Box::new(NdjsonReporter::new(stdout)),
        Output::Text | Output::Json => Box::new(TerminalReporter::new(
            TerminalOptions {
                surface: Surface::Plain,
                style: ui.out,
                verbosity: global.verbosity(),
                folder: std::env::current_dir().unwrap_or_default(),
                next: Next::default(),
            },
            stdout,
        )),
    };
    for event in run.events().map_err(failed)? {
        let event = event.map_err(failed)?;
        match &document {
            Some(document) => document.event(&event),
            None => reporter.event(&event),
        }
    }
    if let Some(document) = document {
        document.finish();
    }
    Ok(ExitCode::Done)
}
