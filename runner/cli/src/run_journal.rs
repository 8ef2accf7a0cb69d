//! The runs of a project, as their journals tell them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wharf_engine::own_folder;
use wharf_journal::{Journal, JournalError, RunFolder, Runs};
use wharf_model::{CancelToken, Event, EventKind, EventSink};
use wharf_report::{RunRow, RunState};

use crate::arguments::FileArgument;
use crate::error::CommandError;
use crate::process_file::{FILE_NAME, find};

/// Which run.
#[derive(Debug, Clone, clap::Args)]
pub struct RunArgument {
    /// The run: its identity, or the beginning or end of it; the newest if none is named
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    #[command(flatten)]
    pub file: FileArgument,
}

impl RunArgument {
    /// The folder of the run that is meant.
    pub fn find(&self) -> Result<RunFolder, CommandError> {
        let runs = runs_of(&self.file)?;
        runs.find(self.run.as_deref())
            .map_err(|error| failed(error).hint("`wharf runs list` shows those that are here"))
    }
}

/// The runs beside a process file, which need not be right.
pub fn runs_of(file: &FileArgument) -> Result<Runs, CommandError> {
    let path = find(file)?.ok_or_else(|| {
        CommandError::usage(format!("there is no {FILE_NAME} here or in a folder above")).hint("`-f FILE` names one")
    })?;
    let absolute = std::path::absolute(&path)
        .map_err(|error| CommandError::usage(format!("{} has no place: {error}", path.display())))?;
    Ok(Runs::of_project(&absolute.parent().map(PathBuf::from).unwrap_or_default()))
}

/// What goes wrong with a journal.
pub fn failed(error: JournalError) -> CommandError {
    CommandError::failed(error.to_string())
}

/// Begins the journal of a run.
pub fn begin_journal(folder: &std::path::Path, run: &str, cancel: &CancelToken) -> Result<Arc<Journal>, CommandError> {
    let runs = Runs::of_project(folder);
    let made = own_folder(folder).map_err(CommandError::failed);
    let journal = made.and_then(|_| {
        Journal::create(runs.folder(), run, cancel).map_err(|error| match error {
            JournalError::Exists(run) => CommandError::failed(format!("this plan has been run already: {run}"))
                .hint(format!("`wharf resume {run}` goes on with it; plan again to run again")),
            other => failed(other),
        })
    });
    journal.map(Arc::new).map_err(|error| error.hint("nothing has run: what happens is always written down"))
}

/// Goes on with the journal of a run.
pub fn continue_journal(
    folder: &std::path::Path,
    run: &str,
    cancel: &CancelToken,
) -> Result<Arc<Journal>, CommandError> {
    let run = Runs::of_project(folder).find(Some(run)).map_err(failed)?;
    Journal::resume(&run.journal(), cancel).map(Arc::new).map_err(failed)
}

/// Tells a journal first, and then somebody else.
pub struct Journaled {
    pub journal: Arc<Journal>,
    pub then: Arc<dyn EventSink>,
}

impl EventSink for Journaled {
    fn event(&self, event: &Event) {
        self.journal.event(event);
        self.then.event(event);
    }
}

/// When something happened, in words: in this machine's time.
pub fn when(milliseconds: u64) -> String {
    let time = i64::try_from(milliseconds).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    time.map(|time| time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

/// How a run stands.
pub fn state_of(run: &RunFolder, last: Option<&Event>) -> RunState {
    let status = match last.map(|event| &event.kind) {
        Some(EventKind::RunFinished { status, .. }) => Some(*status),
        _ => None,
    };
    RunState::of(status, status.is_none() && run.is_running())
}

/// A run in a listing; none if its journal does not begin like one.
pub fn row(run: &RunFolder) -> Option<RunRow> {
    let (first, last) = run.ends();
    let first = first?;
    let EventKind::RunStarted { project, process, environment, packages, .. } = first.kind else { return None };
    Some(RunRow {
        run: run.id.clone(),
        when: when(first.at),
        project,
        process,
        environment,
        packages,
        state: state_of(run, last.as_ref()),
        duration: last.map(|event| Duration::from_micros(event.elapsed)),
    })
}
