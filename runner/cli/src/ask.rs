//! Questions on the terminal. They stand on standard error: standard output is data.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::sync::{Mutex, PoisonError};

use wharf_report::{Line, Role, sanitize};

use crate::error::CommandError;
use crate::ui::{Ui, write_stderr};

/// How often a question is asked before it is given up.
pub const TRIES: usize = 3;

/// Whether there is somebody who can be asked.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Writes the question that the next answers are for.
pub fn question(line: &Line, ui: &Ui) {
    write_stderr(&format!("{}\n", ui.err.render(line)));
}

/// Writes the numbered choices of a question.
pub fn choices(names: &[String], ui: &Ui) {
    let width = names.len().to_string().len();
    for (index, name) in names.iter().enumerate() {
        let number = ui.err.paint(Role::Accent, &format!("{:>width$}", index + 1));
        write_stderr(&format!("  {number} {}\n", sanitize(name)));
    }
}

/// The choice that an answer means: one of the names, without regard to case, or else a number.
pub fn chosen<'a>(answer: &str, names: &'a [String]) -> Option<&'a String> {
    let by_name = names.iter().find(|name| name.to_lowercase() == answer.to_lowercase());
    by_name.or_else(|| answer.parse::<usize>().ok().and_then(|number| names.get(number.wrapping_sub(1))))
}

/// One line of an answer, without blanks around it. `invitation` stands before it.
pub fn answer(invitation: &str, ui: &Ui) -> Result<String, CommandError> {
    write_stderr(&ui.err.paint(Role::Faint, invitation));
    let mut line = String::new();
    let asking = Asking::begin();
    let read = io::stdin().lock().read_line(&mut line);
    drop(asking);
    match read {
        Ok(0) => Err(CommandError::usage("there was no answer; nothing was changed")),
        Ok(_) => Ok(line.trim().to_owned()),
        Err(error) => Err(CommandError::usage(format!("the answer cannot be read: {error}"))),
    }
}

/// Asks for a secret, which nobody sees while it is typed. None if there is no answer.
pub fn secret(label: &str, ui: &Ui) -> io::Result<Option<String>> {
    write_stderr(&ui.err.render(&Line::new().with(Role::Strong, format!("{}: ", sanitize(label)))));
    let asking = Asking::begin();
    let answer = rpassword::read_password();
    drop(asking);
    let answer = match answer {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
        answer => Some(answer?),
    };
    // The end of the line that was typed is not shown either.
    write_stderr("\n");
    Ok(answer.filter(|answer| !answer.is_empty()))
}

/// What a question finds and has to leave behind.
static ASKING: Mutex<Option<Console>> = Mutex::new(None);

/// How the terminal was before a question.
struct Console {
    #[cfg(unix)]
    settings: Option<rustix::termios::Termios>,
}

/// For as long as it lives, somebody is asked.
struct Asking;

impl Asking {
    fn begin() -> Self {
        let console = Console {
            #[cfg(unix)]
            settings: rustix::termios::tcgetattr(io::stdin()).ok(),
        };
        *ASKING.lock().unwrap_or_else(PoisonError::into_inner) = Some(console);
        Self
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        *ASKING.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Whether somebody is asked at this moment.
pub fn is_asking() -> bool {
    ASKING.lock().unwrap_or_else(PoisonError::into_inner).is_some()
}

/// Leaves a question that will not be answered any more: the terminal shows again what is typed.
pub fn leave() {
    let console = ASKING.lock().unwrap_or_else(PoisonError::into_inner).take();
    #[cfg(unix)]
    if let Some(settings) = console.and_then(|console| console.settings) {
        // If the terminal is gone there is nothing to restore.
        let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, &settings);
    }
    #[cfg(not(unix))]
    drop(console);
    write_stderr("\n");
}
