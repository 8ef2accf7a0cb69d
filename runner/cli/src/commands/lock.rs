use wharf_engine::{LockUse, Request, UpdateScope, World, record};
use wharf_model::{CancelToken, ExitCode, Lock};
use wharf_report::{Line, Role, lock_changes_to_text};

use crate::arguments::{FileArgument, Output, VariableArguments};
use crate::embedded::Embedded;
use crate::error::CommandError;
use crate::lock_file::LockFile;
use crate::process_file::load;
use crate::sandbox::host;
use crate::saved_plan::WHARF;
use crate::signals::{Screen, cancel_on_signals};
use crate::terminal_machine::TerminalMachine;
use crate::ui::Ui;
use crate::variables::{VariableSets, variable_sets};

/// What is recorded.
#[derive(Debug, clap::Args)]
pub struct RecordArguments {
    #[command(flatten)]
    pub file: FileArgument,
    #[command(flatten)]
    pub variables: VariableArguments,
    /// Show what would be recorded, and write nothing
    #[arg(long, alias = "whatIf")]
    pub what_if: bool,
}

pub fn run(arguments: &RecordArguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    record_and_show(arguments, Keep::Packages, ui)
}

/// What of the lock stays as it is.
pub enum Keep<'a> {
    /// The versions that feeds were asked for.
    Packages,
    /// Everything but what belongs to this step, component or package.
    AllBut(&'a str),
    /// Nothing.
    Nothing,
}

/// Records what the process uses now, and shows how that differs from what was recorded.
pub fn record_and_show(arguments: &RecordArguments, keep: Keep<'_>, ui: &Ui) -> Result<ExitCode, CommandError> {
    let process = load(&arguments.file, ui)?;
    let VariableSets { sets: variable_sets, warnings } = variable_sets(&arguments.variables, Some(&process))?;
    ui.diagnostics(&warnings);
    let file = LockFile::of(&process)?;
    let recorded = file.lock().cloned().unwrap_or_default();
    let scope = match keep {
        Keep::AllBut(name) => Some(UpdateScope::find(name, &process, &recorded)?),
        Keep::Packages | Keep::Nothing => None,
    };
    let kept = match (&scope, keep) {
        (Some(scope), _) => scope.without(&recorded),
        (None, Keep::Nothing) => Lock::default(),
        (None, _) => recorded.clone(),
    };
    let host = host(ui)?;
    let cancel = CancelToken::new();
    cancel_on_signals(&cancel, Screen::default());
    let machine = TerminalMachine::new(ui);
    let world = World { runner: &host, standard: &Embedded, machine: &machine, cancel: &cancel };
    let usage = LockUse { lock: Some(&kept), file_name: &file.name, is_strict: false, is_offline: false };
    let request = Request { lock: usage, ..Request::new(&process, variable_sets) };
    let now = record(&request, world, WHARF)?;
    let lock = match &scope {
        Some(scope) => scope.renewed(&recorded, now),
        None => now,
    };
    let changes = recorded.changes(&lock);
    let is_written = !arguments.what_if && file.write(&lock)?;
    match ui.output {
        Output::Text => ui.text(&lock_changes_to_text(&changes, &ui.out)),
        Output::Json | Output::Ndjson => ui.json(&serde_json::json!({
            "lock": file.path.display().to_string(),
            "written": is_written,
            "changes": changes,
        })),
    }
    let sums = [(lock.components.len(), "component"), (lock.steps.len(), "step"), (lock.packages.len(), "package")];
    let sums: Vec<String> = sums
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    let title = match (arguments.what_if, changes.is_empty()) {
        (_, true) => format!("{} is up to date", file.path.display()),
        (true, false) => format!("{} would change", file.path.display()),
        (false, false) => format!("wrote {}", file.path.display()),
    };
    let line = Line::new().with(Role::Good, format!("{} ", ui.err.symbols.done)).with(Role::Strong, title);
    ui.say(line.with(Role::Faint, format!(": {}", sums.join(", "))));
    Ok(ExitCode::Done)
}
