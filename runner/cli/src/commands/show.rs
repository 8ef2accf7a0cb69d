use wharf_model::{EventSink as _, ExitCode};
use wharf_report::{DocumentReporter, RunRecord, record_to_text};

use crate::arguments::Output;
use crate::error::CommandError;
use crate::run_journal::{RunArgument, failed, state_of, when};
use crate::ui::{Ui, WatchedStdout, stdout_width};

/// Which run is shown.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    run: RunArgument,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let run = arguments.run.find()?;
    let events = run.events().map_err(failed)?;
    if ui.output != Output::Text {
        // The same document that the run itself writes.
        let reporter = DocumentReporter::new(Box::new(WatchedStdout));
        for event in events {
            reporter.event(&event.map_err(failed)?);
        }
        reporter.finish();
        return Ok(ExitCode::Done);
    }
    let events = events.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let last = events.last().cloned();
    let Some(record) = RunRecord::of(events) else {
        return Err(CommandError::failed(format!("the journal of run {} does not begin like one", run.id)));
    };
    let state = state_of(&run, last.as_ref());
    ui.text(&record_to_text(&record, state, &when(record.started_at), &ui.out, stdout_width()));
    Ok(ExitCode::Done)
}
