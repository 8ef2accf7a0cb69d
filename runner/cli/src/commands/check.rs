use std::path::Path;

use wharf_engine::{Request, World, check};
use wharf_model::{CancelToken, Diagnostic, ExitCode, NamedProcess, Process};
use wharf_report::{Line, Role, diagnostics_to_json, sanitize};

use crate::arguments::{FileArgument, LenientArgument, Output, VariableArguments};
use crate::embedded::Embedded;
use crate::error::{CommandError, exit_code_of};
use crate::lock_file::{LockArguments, LockFile};
use crate::process_file::{find, load, read_process};
use crate::sandbox::host;
use crate::terminal_machine::TerminalMachine;
use crate::ui::Ui;
use crate::variables::{VariableSets, variable_sets};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    file: FileArgument,
    #[command(flatten)]
    variables: VariableArguments,
    #[command(flatten)]
    lenient: LenientArgument,
    #[command(flatten)]
    lock: LockArguments,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let Some(path) = find(&arguments.file)? else { return load(&arguments.file, ui).map(|_| ExitCode::Done) };
    let (mut found, mut process) = (Vec::new(), None);
    match checked(&path, arguments, ui, &mut found) {
        Ok(read) => process = Some(read),
        Err(CommandError::Diagnostics(problems)) => found.extend(problems),
        Err(error) => return Err(error),
    }
    match ui.output {
        Output::Text => {
            ui.diagnostics(&found);
            ui.say(verdict(&found, process.as_ref(), ui));
        }
        Output::Json | Output::Ndjson => ui.json(&diagnostics_to_json(&found)),
    }
    Ok(exit_code_of(&found))
}

/// Reads and checks a process; `found` gets what is wrong or odd.
fn checked(path: &Path, arguments: &Arguments, ui: &Ui, found: &mut Vec<Diagnostic>) -> Result<Process, CommandError> {
    let (process, warnings) = read_process(path)?;
    found.extend(warnings);
    let VariableSets { sets: variable_sets, warnings } = variable_sets(&arguments.variables, Some(&process))?;
    found.extend(warnings);
    let lock = LockFile::of(&process)?;
    let host = host(ui)?;
    let (machine, cancel) = (TerminalMachine::new(ui), CancelToken::new());
    let world = World { runner: &host, standard: &Embedded, machine: &machine, cancel: &cancel };
    let request = Request {
        lenient: arguments.lenient.lenient,
        lock: lock.usage(arguments.lock, false),
        ..Request::new(&process, variable_sets)
    };
    found.extend(check(&request, world));
    Ok(process)
}

/// What the check came to, in a line.
fn verdict(found: &[Diagnostic], process: Option<&Process>, ui: &Ui) -> Line {
    let errors = found.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let warnings = found.len() - errors;
    let line = if found.is_empty() { Line::new() } else { Line::new().with(Role::Text, "\n") };
    if errors > 0 {
        let mut line = line.with(Role::Bad, format!("{} ", ui.err.symbols.failed));
        line.push(Role::Strong, count(errors, "error"));
        if warnings > 0 {
            line.push(Role::Text, format!(", {}", count(warnings, "warning")));
        }
        return line;
    }
    let mut line = line.with(Role::Good, format!("{} ", ui.err.symbols.done));
    if let Some(process) = process {
        let steps = process.all_processes().flat_map(NamedProcess::all_steps).count();
        line.push(Role::Strong, format!("{} is sound", sanitize(&process.project)));
        line.push(Role::Faint, format!(": {}", count(steps, "step")));
        if !process.environments.is_empty() {
            line.push(Role::Faint, format!(", {}", count(process.environments.len(), "environment")));
        }
    }
    if warnings > 0 {
        line.push(Role::Warn, format!(", {}", count(warnings, "warning")));
    }
    line
}

fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}
