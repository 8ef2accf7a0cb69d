use wharf_engine::{EnvironmentChoice, choose_environment};
use wharf_model::{Environment, Process};
use wharf_report::{Line, Role};

use crate::ask::{TRIES, answer, can_ask, choices, chosen, question};
use crate::error::CommandError;
use crate::ui::{Ui, write_stderr};

/// The environment in which a process runs: the one that is named, the only one, or the one that the user answers.
pub fn choose(process: &Process, given: Option<&str>, ui: &Ui) -> Result<Option<String>, CommandError> {
    match choose_environment(process, given)? {
        EnvironmentChoice::None => Ok(None),
        EnvironmentChoice::One(name) => Ok(Some(name)),
        EnvironmentChoice::Ask(names) if can_ask() => ask(&names, ui).map(Some),
        EnvironmentChoice::Ask(names) => Err(unknown(&names)),
    }
}

/// Asks before a run in an environment that wants it.
pub fn confirm(environment: &Environment, project: &str, yes: bool, ui: &Ui) -> Result<(), CommandError> {
    if !environment.confirm || yes {
        return Ok(());
    }
    let name = &environment.name;
    if !can_ask() {
        return Err(CommandError::usage(format!("runs in {name} must be confirmed, and nobody can be asked here"))
            .hint("`--yes` confirms"));
    }
    let question = ui.err.paint(Role::Strong, &format!("Run {project} in {name}?"));
    write_stderr(&question);
    match answer(" [y/N] ", ui)?.to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(CommandError::usage("not confirmed; nothing was changed")),
    }
}

fn ask(names: &[String], ui: &Ui) -> Result<String, CommandError> {
    question(&Line::new().with(Role::Strong, "In which environment?"), ui);
    choices(names, ui);
    for _ in 0..TRIES {
        if let Some(name) = chosen(&answer("name or number: ", ui)?, names) {
            return Ok(name.clone());
        }
    }
    Err(unknown(names))
}

fn unknown(names: &[String]) -> CommandError {
    CommandError::usage("the process has several environments")
        .hint(format!("name one with `-e`: {}", names.join(", ")))
}
