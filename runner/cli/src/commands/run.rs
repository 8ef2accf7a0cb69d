use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use wharf_engine::{
    AcquiredPackage, PackageChoices, Request, Schedule, World, new_run_id, resolve, run as run_schedule,
};
use wharf_model::{
    CancelToken, EventSink, ExitCode, PackageSource, PackageSpec, PackedVersion, Process, VariableCandidate,
    VariableSet, VariableValue,
};
use wharf_report::{DocumentReporter, NdjsonReporter, Next, Surface, TerminalOptions, TerminalReporter};

use crate::arguments::{FileArgument, Global, LenientArgument, Output, VariableArguments};
use crate::embedded::Embedded;
use crate::environment::{choose, confirm};
use crate::error::CommandError;
use crate::process_file::load;
use crate::prompts;
use crate::sandbox::host;
use crate::shell::quoted;
use crate::signals::{Screen, cancel_on_signals};
use crate::terminal_machine::TerminalMachine;
use crate::ui::{Ui, WatchedStdout};
use crate::variables::{VariableSets, definition, variable_sets};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The process to run: one of `processes`; the top-level steps if none is named
    #[arg(default_value = "deploy", hide_default_value = true, value_name = "PROCESS")]
    process: String,
    #[command(flatten)]
    file: FileArgument,
    /// The environment; asked for if there are several and none is named
    #[arg(short, long, value_name = "NAME")]
    environment: Option<String>,
    #[command(flatten)]
    variables: VariableArguments,
    #[command(flatten)]
    lenient: LenientArgument,
    /// Choose the version of a package: `PACKAGE:VERSION`, `STEP:VERSION` or `STEP:REFERENCE:VERSION`; `*` stands for any
    #[arg(long = "package", value_name = "PACKAGE:VERSION")]
    packages: Vec<String>,
    /// The version of every package for which none is chosen
    #[arg(long, value_name = "VERSION")]
    default_package_version: Option<String>,
    /// Confirm the run where the environment asks for it
    #[arg(short, long)]
    yes: bool,
}

pub fn run(arguments: &Arguments, global: &Global, ui: &Ui) -> Result<ExitCode, CommandError> {
    let process = load(&arguments.file, ui)?;
    let VariableSets { sets: variable_sets, warnings } = variable_sets(&arguments.variables, Some(&process))?;
    ui.diagnostics(&warnings);
    let package_choices = PackageChoices::parse(&arguments.packages, arguments.default_package_version.as_deref())?;
    let environment = choose(&process, arguments.environment.as_deref(), ui)?;
    let host = host(ui)?;
    let secrets = secret_names(&process, &variable_sets);
    let mut request = Request {
        process: &process,
        process_name: &arguments.process,
        environment: environment.as_deref(),
        variable_sets,
        lenient: arguments.lenient.lenient,
        package_choices,
        run_id: new_run_id(),
    };
    let (cancel, screen) = (CancelToken::new(), Screen::default());
    cancel_on_signals(&cancel, Arc::clone(&screen));
    let machine = TerminalMachine::new(ui);
    let world = World { runner: &host, standard: &Embedded, machine: &machine, cancel: &cancel };
    prompts::ask(&mut request, world, ui)?;
    let schedule = resolve(&request, world)?;
    ui.diagnostics(&schedule.warnings);
    if let Some(environment) = process.environments.iter().find(|known| Some(&known.name) == environment.as_ref()) {
        confirm(environment, &process.project, arguments.yes, ui)?;
    }

    let next = next(arguments, &process, &schedule, environment.as_deref(), &secrets);
    let consumer = consumer(next, global, ui, &screen);
    let outcome = run_schedule(&schedule, &host, consumer, &cancel);
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

/// The next useful command: the next environment in promotion order, or the same again after a failure.
fn next(
    arguments: &Arguments,
    process: &Process,
    schedule: &Schedule,
    environment: Option<&str>,
    secrets: &HashSet<String>,
) -> Next {
    let mut variables = variable_options(&arguments.variables, secrets);
    if arguments.lenient.lenient {
        variables.push_str(" --lenient");
    }
    for choice in &arguments.packages {
        variables.push_str(&format!(" --package {}", quoted(choice)));
    }
    if let Some(version) = &arguments.default_package_version {
        variables.push_str(&format!(" --default-package-version {}", quoted(version)));
    }
    let command = |environment: Option<&str>, more: &str| {
        let mut command = String::from("wharf run");
        if arguments.process != "deploy" {
            command.push_str(&format!(" {}", quoted(&arguments.process)));
        }
        if let Some(file) = &arguments.file.file {
            command.push_str(&format!(" -f {}", quoted(&file.display().to_string())));
        }
        if let Some(environment) = environment {
            command.push_str(&format!(" -e {}", quoted(environment)));
        }
        command.push_str(&variables);
        command.push_str(more);
        command
    };
    let names = process.environments.iter().map(|environment| environment.name.as_str());
    let following = names.skip_while(|name| Some(*name) != environment).nth(1);
    Next {
        succeeded: following.map(|following| command(Some(following), &decided_versions(arguments, process, schedule))),
        failed: Some(command(environment, " -v")),
    }
}

/// The options that choose again what this run decided: what was tried in one environment is what goes to the next.
fn decided_versions(arguments: &Arguments, process: &Process, schedule: &Schedule) -> String {
    if !arguments.packages.is_empty() || arguments.default_package_version.is_some() {
        // Those were chosen, and stand in the command already.
        return String::new();
    }
    let is_decided = |spec: &&PackageSpec| match &spec.source {
        PackageSource::Feed { .. } => true,
        PackageSource::Folder { version, .. } => matches!(version, PackedVersion::GitTag(_)),
        PackageSource::File { .. } => false,
    };
    let used = |spec: &PackageSpec| {
        let mut packages = schedule.packages.iter();
        packages.find(|package| package.file.reference == spec.reference)
    };
    let decided = process.packages.iter().filter(is_decided).filter_map(used);
    let option = |package: &AcquiredPackage| {
        format!(" --package {}", quoted(&format!("{}:{}", package.file.reference, package.file.version)))
    };
    decided.map(option).collect()
}

/// The options that give the same variables again. A value for a secret is shown nowhere.
fn variable_options(arguments: &VariableArguments, secrets: &HashSet<String>) -> String {
    let is_secret = |given: &str| definition(given).is_ok_and(|given| secrets.contains(&given.name.to_lowercase()));
    let files = arguments.files.iter().map(|file| format!(" --variable-file {}", quoted(&file.display().to_string())));
    let plain = arguments.variables.iter().filter(|given| !is_secret(given));
    files.chain(plain.map(|given| format!(" --variable {}", quoted(given)))).collect()
}

/// The names of variables that are secrets somewhere, in lower case.
fn secret_names(process: &Process, sets: &[VariableSet]) -> HashSet<String> {
    let definitions = sets.iter().flat_map(|set| &set.definitions).chain(&process.variables);
    let secrets = definitions.filter(|definition| definition.candidates.iter().any(is_secret));
    secrets.map(|definition| definition.name.to_lowercase()).collect()
}

fn is_secret(candidate: &VariableCandidate) -> bool {
    matches!(candidate.value, VariableValue::Secret(_))
}
