use std::path::PathBuf;
use std::sync::Arc;

use wharf_engine::{Request, ThisMachine, World, new_run_id, resolve, run as run_schedule};
use wharf_model::{CancelToken, EventSink, ExitCode, Process, VariableCandidate, VariableValue};
use wharf_report::{DocumentReporter, NdjsonReporter, Next, Surface, TerminalOptions, TerminalReporter};

use crate::arguments::{FileArgument, Global, Output, VariableArguments};
use crate::embedded::Embedded;
use crate::environment::{choose, confirm};
use crate::error::CommandError;
use crate::process_file::load;
use crate::sandbox::host;
use crate::shell::quoted;
use crate::signals::cancel_on_signals;
use crate::ui::{Ui, WatchedStdout};
use crate::variables::overrides;

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
    /// Confirm the run where the environment asks for it
    #[arg(short, long)]
    yes: bool,
}

pub fn run(arguments: &Arguments, global: &Global, ui: &Ui) -> Result<ExitCode, CommandError> {
    let process = load(&arguments.file, ui)?;
    let overrides = overrides(&arguments.variables)?;
    let environment = choose(&process, arguments.environment.as_deref(), ui)?;
    let host = host(ui)?;
    let request = Request {
        process: &process,
        process_name: &arguments.process,
        environment: environment.as_deref(),
        overrides,
        run_id: new_run_id(),
    };
    let schedule = resolve(&request, World { runner: &host, standard: &Embedded, machine: &ThisMachine })?;
    ui.diagnostics(&schedule.warnings);
    if let Some(environment) = process.environments.iter().find(|known| Some(&known.name) == environment.as_ref()) {
        confirm(environment, &process.project, arguments.yes, ui)?;
    }

    let (consumer, screen) = consumer(arguments, global, ui, &process, environment.as_deref());
    let cancel = CancelToken::new();
    cancel_on_signals(&cancel, screen);
    let outcome = run_schedule(&schedule, &host, consumer, &cancel);
    Ok(outcome.exit_code())
}

/// Who hears of the run; the screen apart, if it is one.
fn consumer(
    arguments: &Arguments,
    global: &Global,
    ui: &Ui,
    process: &Process,
    environment: Option<&str>,
) -> (Arc<dyn EventSink>, Option<Arc<TerminalReporter>>) {
    let stdout = Box::new(WatchedStdout);
    match ui.output {
        Output::Json => (Arc::new(DocumentReporter::new(stdout)), None),
        Output::Ndjson => (Arc::new(NdjsonReporter::new(stdout)), None),
        Output::Text => {
            let options = TerminalOptions {
                surface: Surface::of_stdout(),
                style: ui.out,
                verbosity: global.verbosity(),
                folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
                next: next(arguments, process, environment),
            };
            let screen = Arc::new(TerminalReporter::new(options, stdout));
            (Arc::clone(&screen) as Arc<dyn EventSink>, Some(screen))
        }
    }
}

/// The next useful command: the next environment in promotion order, or the same again after a failure.
fn next(arguments: &Arguments, process: &Process, environment: Option<&str>) -> Next {
    let variables = variable_options(&arguments.variables, process);
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
        succeeded: following.map(|following| command(Some(following), "")),
        failed: Some(command(environment, " -v")),
    }
}

/// The options that give the same variables again. A value for a secret is shown nowhere.
fn variable_options(arguments: &VariableArguments, process: &Process) -> String {
    let is_secret = |given: &str| {
        process.variables.iter().filter(|variable| variable.candidates.iter().any(has_secret)).any(|variable| {
            let rest = given.trim().get(variable.name.len()..);
            let same =
                given.trim().get(..variable.name.len()).is_some_and(|name| name.eq_ignore_ascii_case(&variable.name));
            same && rest.is_some_and(|rest| rest.trim_start().starts_with(['=', ':']))
        })
    };
    let files = arguments.files.iter().map(|file| format!(" --variable-file {}", quoted(&file.display().to_string())));
    let plain = arguments.variables.iter().filter(|given| !is_secret(given));
    files.chain(plain.map(|given| format!(" --variable {}", quoted(given)))).collect()
}

fn has_secret(candidate: &VariableCandidate) -> bool {
    matches!(candidate.value, VariableValue::Secret(_))
}
