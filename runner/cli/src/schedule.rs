use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use wharf_engine::{PackageChoices, Request, Schedule, World, new_run_id, resolve};
use wharf_host::Host;
use wharf_model::{CancelToken, ExitCode, Process, RunMode};

use crate::again::secret_names;
use crate::arguments::{FileArgument, LenientArgument, VariableArguments};
use crate::embedded::Embedded;
use crate::environment::choose;
use crate::error::CommandError;
use crate::lock_file::{LockArguments, LockFile};
use crate::process_file::load;
use crate::prompts;
use crate::run_lock;
use crate::sandbox::host;
use crate::saved_plan::SavedPlan;
use crate::signals::{Screen, cancel_on_signals};
use crate::terminal_machine::TerminalMachine;
use crate::ui::Ui;
use crate::variables::{VariableSets, variable_sets};

/// What is run, or planned.
#[derive(Debug, Clone, clap::Args)]
pub struct ScheduleArguments {
    /// The process: one of `processes`, or a saved plan (`FILE.plan`); the top-level steps if none is named
    #[arg(default_value = "deploy", hide_default_value = true, value_name = "PROCESS")]
    pub process: String,
    #[command(flatten)]
    pub file: FileArgument,
    /// The environment; asked for if there are several and none is named
    #[arg(short, long, value_name = "NAME")]
    pub environment: Option<String>,
    #[command(flatten)]
    pub variables: VariableArguments,
    #[command(flatten)]
    pub lenient: LenientArgument,
    /// Choose the version of a package: `PACKAGE:VERSION`, `STEP:VERSION` or `STEP:REFERENCE:VERSION`; `*` stands for any
    #[arg(long = "package", value_name = "PACKAGE:VERSION")]
    pub packages: Vec<String>,
    /// The version of every package for which none is chosen
    #[arg(long, value_name = "VERSION")]
    pub default_package_version: Option<String>,
    #[command(flatten)]
    pub lock: LockArguments,
    /// Ask no feed: take packages from the cache
    #[arg(long)]
    pub offline: bool,
}

/// A schedule with what it takes to carry it out.
pub struct Ready<'a> {
    pub schedule: &'a Schedule,
    pub request: &'a Request<'a>,
    pub process: &'a Process,
    pub environment: Option<&'a str>,
    pub host: &'a Host,
    pub cancel: &'a CancelToken,
    /// Where Ctrl-C is told, once there is a screen.
    pub screen: &'a Screen,
    /// The names of variables that are secrets, in lower case.
    pub secrets: &'a HashSet<String>,
}

/// What a schedule is made for.
pub enum Occasion<'a> {
    /// A plan.
    Plan,
    /// A run, which waits so long for another one.
    Run { wait: Duration },
    /// A run that goes by a saved plan: it has that plan's identity, and nothing is asked that was not asked then.
    RunByPlan { plan: &'a SavedPlan, wait: Duration },
    /// A run that goes on: nothing is asked again.
    Resume { run: &'a str, wait: Duration },
}

/// Makes the schedule that the arguments mean, asking for what is missing, and does something with it.
pub fn with_schedule(
    arguments: &ScheduleArguments,
    occasion: &Occasion<'_>,
    ui: &Ui,
    work: impl FnOnce(Ready<'_>) -> Result<ExitCode, CommandError>,
) -> Result<ExitCode, CommandError> {
    let process = load(&arguments.file, ui)?;
    let VariableSets { sets: variable_sets, warnings } = variable_sets(&arguments.variables, Some(&process))?;
    ui.diagnostics(&warnings);
    let package_choices = PackageChoices::parse(&arguments.packages, arguments.default_package_version.as_deref())?;
    let environment = choose(&process, arguments.environment.as_deref(), ui)?;
    let lock = LockFile::of(&process)?;
    let host = host(ui)?;
    let secrets = secret_names(&process, &variable_sets);
    let mut request = Request {
        process: &process,
        process_name: &arguments.process,
        environment: environment.as_deref(),
        variable_sets,
        lenient: arguments.lenient.lenient,
        package_choices,
        run_id: match occasion {
            Occasion::Plan | Occasion::Run { .. } => new_run_id(),
            Occasion::RunByPlan { plan, .. } => plan.run.clone(),
            Occasion::Resume { run, .. } => (*run).to_owned(),
        },
        mode: match occasion {
            Occasion::Plan => RunMode::Plan,
            Occasion::Run { .. } | Occasion::RunByPlan { .. } | Occasion::Resume { .. } => RunMode::Apply,
        },
        lock: lock.usage(arguments.lock, arguments.offline),
    };
    let (cancel, screen) = (CancelToken::new(), Screen::default());
    cancel_on_signals(&cancel, Arc::clone(&screen));
    let machine = TerminalMachine::new(ui);
    let world = World { runner: &host, standard: &Embedded, machine: &machine, cancel: &cancel };
    if !matches!(occasion, Occasion::RunByPlan { .. } | Occasion::Resume { .. }) {
        prompts::ask(&mut request, world, ui)?;
    }
    let _lock = match occasion {
        Occasion::Plan => None,
        Occasion::Run { wait } | Occasion::RunByPlan { wait, .. } | Occasion::Resume { wait, .. } => {
            let key = run_lock::key(&process.project, environment.as_deref());
            Some(run_lock::take(&process.folder, &key, &request.run_id, *wait, &cancel, ui)?)
        }
    };
    let schedule = resolve(&request, world)?;
    ui.diagnostics(&schedule.warnings);
    work(Ready {
        schedule: &schedule,
        request: &request,
        process: &process,
        environment: environment.as_deref(),
        host: &host,
        cancel: &cancel,
        screen: &screen,
        secrets: &secrets,
    })
}
