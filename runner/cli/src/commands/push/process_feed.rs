use std::path::Path;

use wharf_engine::{EnvironmentChoice, FeedUse, Request, choose_environment, feed_settings};
use wharf_fetch::FeedSettings;
use wharf_model::{CancelToken, Diagnostic, Process, RunMode, did_you_mean};
use wharf_report::sanitize;

use crate::arguments::{FileArgument, VariableArguments};
use crate::error::CommandError;
use crate::process_file::{FILE_NAME, find, read_process};
use crate::terminal_machine::TerminalMachine;
use crate::ui::Ui;
use crate::variables::{VariableSets, variable_sets};

/// The process file that has the feed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "A feed of the process file")]
pub struct ProcessFeedArguments {
    #[command(flatten)]
    file: FileArgument,
    /// The environment whose variables the feed is given with
    #[arg(short, long, value_name = "NAME")]
    environment: Option<String>,
    #[command(flatten)]
    variables: VariableArguments,
}

impl ProcessFeedArguments {
    /// The feed that `feeds:` of the process file calls `name`, with its secrets; none if a folder is meant.
    pub fn settings(&self, name: &str, cancel: &CancelToken, ui: &Ui) -> Result<Option<FeedSettings>, CommandError> {
        let shown = sanitize(name);
        if shown.trim().is_empty() {
            return Err(CommandError::usage("`--to` names no feed"));
        }
        let is_path = name.contains(['/', '\\']) || name.starts_with('.');
        let wants_process = self.file.file.is_some() || self.environment.is_some();
        if is_path && !wants_process {
            return Ok(None);
        }
        let is_folder = !wants_process && Path::new(name).is_dir();
        let Some(path) = find(&self.file)? else {
            // Whoever is in the wrong folder would publish into a new one and never hear of it.
            return if is_folder { Ok(None) } else { Err(unknown(name, None)) };
        };
        let (process, warnings) = read_process(&path)?;
        if !process.feeds.iter().any(|feed| feed.name.eq_ignore_ascii_case(name)) {
            return if is_folder { Ok(None) } else { Err(unknown(name, Some((&process, &path)))) };
        }
        ui.diagnostics(&warnings);
        let VariableSets { sets: variable_sets, warnings } = variable_sets(&self.variables, Some(&process))?;
        ui.diagnostics(&warnings);
        let environment = match choose_environment(&process, self.environment.as_deref())? {
            EnvironmentChoice::One(name) => Some(name),
            // What a feed is given with is seldom another in each environment; where it is, its error says what is missing.
            EnvironmentChoice::None | EnvironmentChoice::Ask(_) => None,
        };
        let request = Request {
            environment: environment.as_deref(),
            mode: RunMode::Apply,
            ..Request::new(&process, variable_sets)
        };
        let settings = feed_settings(&request, &TerminalMachine::new(ui), cancel, name, FeedUse::Push);
        Ok(Some(settings.map_err(|problems| match (environment, process.environments.is_empty()) {
            // What is missing may be said in one environment only.
            (None, false) => hint_at_environment(problems, &process),
            _ => problems,
        })?))
    }
}

fn hint_at_environment(problems: Vec<Diagnostic>, process: &Process) -> Vec<Diagnostic> {
    let names: Vec<&str> = process.environments.iter().map(|environment| environment.name.as_str()).collect();
    let help = format!("if it depends on the environment, name one with `-e`: {}", names.join(", "));
    problems.into_iter().map(|problem| problem.help(help.as_str())).collect()
}

/// The error for a name that neither a feed of the process file nor a folder has.
fn unknown(name: &str, process: Option<(&Process, &Path)>) -> CommandError {
    let shown = sanitize(name);
    let error = match process {
        Some((_, path)) => CommandError::usage(format!("{} has no feed `{shown}`", path.display())),
        None => {
            CommandError::usage(format!("there is no folder `{shown}`, and no {FILE_NAME} that could have such a feed"))
        }
    };
    let feeds = process.iter().flat_map(|(process, _)| &process.feeds).map(|feed| feed.name.as_str());
    let error = match did_you_mean(name, feeds) {
        Some(help) => error.hint(help),
        None => error,
    };
    error.hint(format!("`--to ./{shown}` is the folder of that name"))
}
