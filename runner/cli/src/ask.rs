//! Questions on the terminal. They stand on standard error: standard output is data.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use wharf_model::ExitCode;
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
    let asking = Asking::begin(false);
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
    // What is typed is hidden before the question is seen.
    let asking = Asking::begin(true);
    write_stderr(&ui.err.render(&Line::new().with(Role::Strong, format!("{}: ", sanitize(label)))));
    let answer = rpassword::read_password();
    drop(asking);
    let answer = match answer {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
        // Ctrl-C is a character while the terminal hides what is typed.
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            std::process::exit(i32::from(ExitCode::Cancelled as u8));
        }
        answer => Some(answer?),
    };
    Ok(answer.filter(|answer| !answer.is_empty()))
}

/// What a question finds and has to leave behind.
static ASKING: Mutex<Option<Console>> = Mutex::new(None);

/// How the terminal was before a question.
struct Console {
    #[cfg(unix)]
    settings: Option<rustix::termios::Termios>,
}

impl Console {
    fn remember(is_hidden: bool) -> Self {
        #[cfg(unix)]
        let settings = rustix::termios::tcgetattr(io::stdin()).ok();
        #[cfg(unix)]
        if let Some(mut hidden) = settings.clone().filter(|_| is_hidden) {
            hidden.local_modes.remove(rustix::termios::LocalModes::ECHO);
            set(&hidden);
        }
        #[cfg(not(unix))]
        let _ = is_hidden;
        Self {
            #[cfg(unix)]
            settings,
        }
    }

    fn restore(self) {
        #[cfg(unix)]
        if let Some(settings) = self.settings {
            set(&settings);
        }
    }
}

#[cfg(unix)]
fn set(settings: &rustix::termios::Termios) {
    // If the terminal is gone nobody sees anything.
    let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, settings);
}

/// For as long as it lives, somebody is asked.
struct Asking;

impl Asking {
    fn begin(is_hidden: bool) -> Self {
        *console() = Some(Console::remember(is_hidden));
        Self
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(before) = console().take() {
            before.restore();
        }
    }
}

fn console() -> MutexGuard<'static, Option<Console>> {
    ASKING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether somebody is asked at this moment.
pub fn is_asking() -> bool {
    console().is_some()
}

/// Leaves a question that will not be answered any more: the terminal shows again what is typed.
pub fn leave() {
    if let Some(before) = console().take() {
        before.restore();
    }
    write_stderr("\n");
}
