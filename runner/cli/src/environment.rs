use std::io::{BufRead as _, IsTerminal as _};

use wharf_engine::{EnvironmentChoice, choose_environment};
use wharf_model::{Environment, Process};
use wharf_report::{Line, Role};

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
    let question = Line::new().with(Role::Strong, format!("Run {project} in {name}?")).with(Role::Faint, " [y/N] ");
    write_stderr(&ui.err.render(&question));
    match answer()?.to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(CommandError::usage("not confirmed; nothing was changed")),
    }
}

fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

fn ask(names: &[String], ui: &Ui) -> Result<String, CommandError> {
    write_stderr(&format!("{}\n", ui.err.paint(Role::Strong, "In which environment?")));
    for (index, name) in names.iter().enumerate() {
        write_stderr(&format!("  {} {name}\n", ui.err.paint(Role::Accent, &(index + 1).to_string())));
    }
    for _ in 0..3 {
        write_stderr(&ui.err.paint(Role::Faint, "name or number: "));
        let answer = answer()?;
        let by_number = answer.parse::<usize>().ok().and_then(|number| names.get(number.wrapping_sub(1)));
        let by_name = names.iter().find(|name| name.to_lowercase() == answer.to_lowercase());
        if let Some(name) = by_name.or(by_number) {
            return Ok(name.clone());
        }
    }
    Err(unknown(names))
}

fn answer() -> Result<String, CommandError> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    match read {
        Ok(0) => Err(CommandError::usage("there was no answer; nothing was changed")),
        Ok(_) => Ok(line.trim().to_owned()),
        Err(error) => Err(CommandError::usage(format!("the answer cannot be read: {error}"))),
    }
}

fn unknown(names: &[String]) -> CommandError {
    CommandError::usage("the process has several environments")
        .hint(format!("name one with `-e`: {}", names.join(", ")))
}
