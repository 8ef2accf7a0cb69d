use std::sync::{Arc, OnceLock};
use std::time::Duration;

use wharf_model::{CancelToken, ExitCode};
use wharf_report::{Line, Role, TerminalReporter};

use crate::ask;
use crate::ui::write_stderr;

/// How long a run may take to end after the second signal.
const LAST_GRACE: Duration = Duration::from_secs(3);

/// The screen of a run, as soon as there is one.
pub type Screen = Arc<OnceLock<Arc<TerminalReporter>>>;

/// Ctrl-C, SIGTERM and SIGHUP cancel the run; the second one means now, and a third ends this program. So does the first
/// one while the user is asked.
pub fn cancel_on_signals(cancel: &CancelToken, screen: Screen) {
    let token = cancel.clone();
    let mut signals = 0;
    let handler = move || {
        signals += 1;
        if ask::is_asking() {
            ask::leave();
            end(None);
        }
        let notice = match (signals, screen.get()) {
            (1, Some(_)) => "cancelling: the running step may end well; press Ctrl-C again to stop at once",
            (1, None) => "cancelling; press Ctrl-C again to stop at once",
            (2, _) => "stopping at once",
            (_, screen) => end(screen),
        };
        match screen.get() {
            Some(screen) => screen.notice(Line::new().with(Role::Warn, notice)),
            None => write_stderr(&format!("{notice}\n")),
        }
        token.cancel();
        if signals == 2 {
            let screen = screen.clone();
            // The run ends by itself in this time; if it does not, nothing else would end it.
            std::thread::spawn(move || {
                std::thread::sleep(LAST_GRACE);
                end(screen.get());
            });
        }
    };
    // Without a handler a signal ends this program at once, which is what it is for.
    let _ = ctrlc::set_handler(handler);
}

/// Ctrl-C, SIGTERM and SIGHUP cancel the work of a command that runs no steps; the second one ends this program.
pub fn cancel_work_on_signals(cancel: &CancelToken) {
    let token = cancel.clone();
    let handler = move || {
        if token.is_cancelled() {
            end(None);
        }
        token.cancel();
    };
    let _ = ctrlc::set_handler(handler);
}

fn end(screen: Option<&Arc<TerminalReporter>>) -> ! {
    if let Some(screen) = screen {
        screen.close();
    }
    std::process::exit(i32::from(ExitCode::Cancelled as u8));
}
