use serde_json::json;
use wharf_journal::RunLocks as _;
use wharf_model::ExitCode;
use wharf_report::{Line, Role};

use crate::arguments::{FileArgument, Output};
use crate::ask::{answer, can_ask};
use crate::environment::choose;
use crate::error::CommandError;
use crate::process_file::load;
use crate::run_journal::failed;
use crate::run_lock::{in_words, key, run_locks};
use crate::ui::{Ui, write_stderr};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    file: FileArgument,
    /// The environment; asked for if there are several and none is named
    #[arg(short, long, value_name = "NAME")]
    environment: Option<String>,
    /// Take the lock away without asking
    #[arg(short, long)]
    yes: bool,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let process = load(&arguments.file, ui)?;
    let environment = choose(&process, arguments.environment.as_deref(), ui)?;
    let key = key(&process.project, environment.as_deref());
    let locks = run_locks(&process.folder);
    let Some(holder) = locks.holder(&key).map_err(failed)? else {
        return done(false, "nobody has the lock: nothing to do", ui);
    };
    let words = in_words(&key, holder.as_ref());
    if !arguments.yes {
        // A lock ends with the process that has it: that this one is held means that its process lives.
        if !can_ask() {
            return Err(CommandError::usage(words)
                .hint("end that run: its lock ends with it")
                .hint("`--yes` takes the lock away, and then two runs may change the same things"));
        }
        write_stderr(&format!("{words}\n"));
        let question = "Take its lock away? Then two runs may change the same things. [y/N] ";
        if !matches!(answer(question, ui)?.to_lowercase().as_str(), "y" | "yes") {
            return Err(CommandError::usage("the lock stays"));
        }
    }
    locks.break_lock(&key).map_err(failed)?;
    done(true, "the lock is free", ui)
}

fn done(is_broken: bool, text: &str, ui: &Ui) -> Result<ExitCode, CommandError> {
    match ui.output {
        Output::Text => {
            let line = Line::new().with(Role::Good, format!("{} ", ui.err.symbols.done));
            ui.say(line.with(Role::Text, text));
        }
        Output::Json | Output::Ndjson => ui.json(&json!({ "unlocked": is_broken })),
    }
    Ok(ExitCode::Done)
}
