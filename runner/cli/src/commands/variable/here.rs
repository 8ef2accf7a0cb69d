use std::path::PathBuf;

use wharf_engine::{Machine as _, Request, ThisMachine, World, find_process, variables};
use wharf_model::{CancelToken, Diagnostic, NamedProcess, did_you_mean};
use wharf_variables::{Scopes, Variables};

use crate::arguments::{FileArgument, VariableArguments};
use crate::embedded::Embedded;
use crate::environment::choose;
use crate::error::CommandError;
use crate::process_file::load;
use crate::sandbox::host;
use crate::terminal_machine::TerminalMachine;
use crate::ui::Ui;
use crate::variables::{VariableSets, variable_sets};

/// Where variables are looked at.
#[derive(Debug, clap::Args)]
pub struct HereArguments {
    #[command(flatten)]
    pub file: FileArgument,
    /// The environment; asked for if there are several and none is named
    #[arg(short, long, value_name = "NAME")]
    pub environment: Option<String>,
    /// The step, by its id or name
    #[arg(long, value_name = "STEP")]
    pub step: Option<String>,
    /// The process: one of `processes`; the top-level steps if none is named
    #[arg(long, default_value = "deploy", hide_default_value = true, value_name = "NAME")]
    pub process: String,
    #[command(flatten)]
    pub variables: VariableArguments,
}

/// Variables as they are in one place.
pub struct Here {
    pub variables: Variables,
    pub environment: Option<String>,
    /// The process; none without a process file.
    pub process: Option<String>,
    pub step: Option<String>,
    /// Where relative paths begin.
    pub folder: PathBuf,
    /// What is wrong or odd with the variables.
    pub problems: Vec<Diagnostic>,
}

impl Here {
    /// The place as kinds of scope with the name that holds.
    pub fn scopes(&self) -> Vec<(&'static str, &str)> {
        let kinds = [("environment", &self.environment), ("process", &self.process), ("step", &self.step)];
        kinds.into_iter().filter_map(|(kind, name)| name.as_deref().map(|name| (kind, name))).collect()
    }

    /// The place in words, such as `in environment Dev, process deploy`.
    pub fn in_words(&self) -> String {
        let scopes: Vec<String> = self.scopes().iter().map(|(kind, name)| format!("{kind} {name}")).collect();
        if scopes.is_empty() { String::new() } else { format!("in {}", scopes.join(", ")) }
    }
}

/// The variables of the process file, which must be there.
pub fn of_process(arguments: &HereArguments, ui: &Ui) -> Result<Here, CommandError> {
    let process = load(&arguments.file, ui)?;
    let VariableSets { sets, warnings } = variable_sets(&arguments.variables, Some(&process))?;
    let named = find_process(&process, &arguments.process)?;
    let step = arguments.step.as_deref().map(|step| find_step(named, step)).transpose()?;
    let environment = choose(&process, arguments.environment.as_deref(), ui)?;
    let host = host(ui)?;
    let cancel = CancelToken::new();
    let request =
        Request { process_name: &named.name, environment: environment.as_deref(), ..Request::new(&process, sets) };
    let machine = TerminalMachine::new(ui);
    let world = World { runner: &host, standard: &Embedded, machine: &machine, cancel: &cancel };
    let (mut variables, found) = variables(&request, world);
    let problems = warnings.into_iter().chain(found).collect();
    // What a step says while it runs is known to those behind it.
    for earlier in named.all_steps().take_while(|earlier| Some(earlier.id.as_str()) != step.as_deref()) {
        variables.declare_output(&earlier.id, &earlier.name, None);
    }
    if let Some(step) = &step {
        variables = variables.in_scope("step", step);
    }
    let (process, folder) = (Some(named.name.clone()), process.folder.clone());
    Ok(Here { variables, process, step, environment, folder, problems })
}

/// The variables of files and of the command line alone: any environment, step and process may be named.
pub fn without_process(arguments: &HereArguments) -> Result<Here, CommandError> {
    let VariableSets { sets, warnings } = variable_sets(&arguments.variables, None)?;
    let mut scopes = Scopes::new().with("process", [arguments.process.clone()]);
    let named = [("environment", &arguments.environment), ("step", &arguments.step)];
    for (kind, name) in named {
        scopes = scopes.with(kind, name.iter().cloned());
    }
    let mut variables = Variables::new(sets, scopes).with_clock(ThisMachine.clock());
    if let Some(environment) = &arguments.environment {
        for name in ["Wharf.Environment.Name", "Octopus.Environment.Name"] {
            variables = variables.with_system(name, environment);
        }
    }
    let (environment, step) = (arguments.environment.clone(), arguments.step.clone());
    Ok(Here { variables, environment, process: None, step, folder: PathBuf::new(), problems: warnings })
}

/// The id of the step with this id or name.
fn find_step(process: &NamedProcess, wanted: &str) -> Result<String, Diagnostic> {
    let is_same = |name: &str| name.to_lowercase() == wanted.to_lowercase();
    let found = process
        .all_steps()
        .find(|step| is_same(&step.id))
        .or_else(|| process.all_steps().find(|step| is_same(&step.name)));
    found.map(|step| step.id.clone()).ok_or_else(|| {
        let message = format!("the process `{}` has no step `{wanted}`", process.name);
        let names: Vec<&str> = process.all_steps().map(|step| step.id.as_str()).collect();
        let problem = Diagnostic::error("unknown-step", message);
        did_you_mean(wanted, names.iter().copied()).into_iter().fold(problem, Diagnostic::help)
    })
}
