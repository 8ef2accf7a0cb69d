use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use wharf_engine::{ByPlan, PlanKeeping, PlanKey, PlannedRun, Resumed, RunOptions, Unplanned, plan_for_run, run_with};
use wharf_model::{Event, EventSink, ExitCode};
use wharf_project::parse_duration;
use wharf_report::{DocumentReporter, NdjsonReporter, Next, Surface, TerminalOptions, TerminalReporter};

use crate::again::next;
use crate::arguments::{Global, Output};
use crate::commands::plan::{PlanOptions, show_plan};
use crate::environment::confirm;
use crate::error::CommandError;
use crate::lock_file::is_ci;
use crate::run_arguments::run_arguments;
use crate::run_journal::{Journaled, begin_journal, continue_journal, failed};
use crate::run_lock::USUAL_WAIT;
use crate::saved_plan::{SavedPlan, WHARF, plan_key};
use crate::schedule::{Occasion, Ready, ScheduleArguments, with_schedule};
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
    #[arg(long, alias = "whatIf", conflicts_with_all = ["yes", "unplanned"])]
    what_if: bool,
    /// Compare what happens with a plan, and tell or refuse what it did not show; `fail` with a saved plan
    #[arg(long, value_enum, value_name = "POLICY")]
    unplanned: Option<Policy>,
    /// How long to wait for another run of the same project in the same environment, such as `30s`; not at all if nothing
    /// is said, 10m where the variable CI is set
    #[arg(long, value_name = "TIME", value_parser = time)]
    wait: Option<Duration>,
}

/// How long a run waits for another one.
pub fn usual_wait(given: Option<Duration>) -> Duration {
    given.unwrap_or(if is_ci() { USUAL_WAIT } else { Duration::ZERO })
}

/// Reads a time such as `10m`.
pub fn time(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|reason| format!("it {reason}; write a time such as 10m"))
}

/// What becomes of an effect that the plan did not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Policy {
    /// It happens, and is told
    List,
    /// It is refused before it happens
    Fail,
}

impl From<Policy> for Unplanned {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::List => Unplanned::List,
            Policy::Fail => Unplanned::Fail,
        }
    }
}

impl Arguments {
    /// Whether nothing is to be done but shown.
    pub fn is_plan(&self) -> bool {
        self.what_if
    }

    fn wait(&self) -> Duration {
        usual_wait(self.wait)
    }
}

pub fn run(arguments: &Arguments, global: &Global, ui: &Ui) -> Result<ExitCode, CommandError> {
    if arguments.what_if {
        return show_plan(&arguments.what, &PlanOptions::default(), global, ui);
    }
    if SavedPlan::is_name(&arguments.what.process) {
        return run_saved(arguments, global, ui);
    }
    with_schedule(&arguments.what, &Occasion::Run { wait: arguments.wait() }, ui, |ready| {
        allow(&ready, arguments, ui)?;
        let unplanned = match arguments.unplanned {
            Some(policy) => Some((plan_now(&ready)?, Unplanned::from(policy))),
            None => None,
        };
        let by_plan =
            unplanned.as_ref().map(|((planned, key), unplanned)| ByPlan { planned, key, unplanned: *unplanned });
        carry_out(&ready, &arguments.what, by_plan, None, global, ui)
    })
}

/// Runs what a saved plan showed, if all is as it was.
fn run_saved(arguments: &Arguments, global: &Global, ui: &Ui) -> Result<ExitCode, CommandError> {
    let path = Path::new(&arguments.what.process);
    let saved = SavedPlan::read(path)?;
    let key = saved.key(path)?;
    let what = saved.arguments(&arguments.what)?;
    with_schedule(&what, &Occasion::RunByPlan { plan: &saved, wait: arguments.wait() }, ui, |ready| {
        saved.planned.verify(ready.request, ready.schedule, WHARF, &key)?;
        allow(&ready, arguments, ui)?;
        let unplanned = arguments.unplanned.map_or(Unplanned::Fail, Unplanned::from);
        let by_plan = ByPlan { planned: &saved.planned, key: &key, unplanned };
        carry_out(&ready, &what, Some(by_plan), None, global, ui)
    })
}

/// Asks where the environment wants to be asked for.
fn allow(ready: &Ready<'_>, arguments: &Arguments, ui: &Ui) -> Result<(), CommandError> {
    let mut environments = ready.process.environments.iter();
    match environments.find(|known| Some(known.name.as_str()) == ready.environment) {
        Some(environment) => confirm(environment, &ready.process.project, arguments.yes, ui),
        None => Ok(()),
    }
}

/// A plan of what is about to run, which nobody sees.
fn plan_now(ready: &Ready<'_>) -> Result<(PlannedRun, PlanKey), CommandError> {
    struct Nobody;
    impl EventSink for Nobody {
        fn event(&self, _: &Event) {}
    }
    let key = PlanKey::random();
    let keeping = PlanKeeping { request: ready.request, key: &key, wharf: WHARF };
    let (_, planned) = plan_for_run(ready.schedule, ready.host, Arc::new(Nobody), ready.cancel, &keeping)?;
    Ok((planned, key))
}

/// Runs a schedule, from its beginning or from where it was.
pub fn carry_out(
    ready: &Ready<'_>,
    what: &ScheduleArguments,
    by_plan: Option<ByPlan<'_>>,
    resumed: Option<Resumed>,
    global: &Global,
    ui: &Ui,
) -> Result<ExitCode, CommandError> {
    let Ready { schedule, process, environment, host, cancel, screen, secrets, .. } = ready;
    let next = next(what, process, schedule, *environment, secrets);
    let key = plan_key(true)?;
    let arguments = Some(run_arguments(ready, what)?);
    let journal = match &resumed {
        None => begin_journal(&schedule.folder, &schedule.run_id, cancel)?,
        Some(_) => continue_journal(&schedule.folder, &schedule.run_id, cancel)?,
    };
    let then = consumer(next, global, ui, screen);
    let consumer = Arc::new(Journaled { journal: Arc::clone(&journal), then });
    let options = RunOptions { by_plan, key: key.as_ref(), arguments, resumed };
    let outcome = run_with(schedule, *host, consumer, cancel, options);
    // That it could not be written is why it was cancelled.
    journal.finish().map_err(failed)?;
    Ok(outcome.exit_code())
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
