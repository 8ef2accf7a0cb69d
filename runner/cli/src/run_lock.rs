//! One run at a time for each project, environment and target.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wharf_journal::{FileRunLocks, RunLockAnswer, RunLockHolder, RunLockKey, RunLocks};
use wharf_model::{CancelToken, ExitCode};
use wharf_report::{Line, Role};

use crate::error::CommandError;
use crate::places::{STATE_VARIABLE, state_folder};
use crate::run_journal::{failed, when};
use crate::shell::quoted;
use crate::ui::Ui;

/// How often it is looked whether a lock is free.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a build server's job waits if nothing is said.
pub const USUAL_WAIT: Duration = Duration::from_secs(10 * 60);

/// The locks of this user on this machine; those of a user who has no place for them lie beside the process file.
pub fn run_locks(project: &Path) -> impl RunLocks {
    let folder = state_folder().unwrap_or_else(|| project.join(".wharf"));
    FileRunLocks::new(&folder.join("locks"))
}

/// The lock of a project in an environment, on this machine.
pub fn key(project: &str, environment: Option<&str>) -> RunLockKey {
    RunLockKey { project: project.to_owned(), environment: environment.map(str::to_owned), target: "here".into() }
}

/// Takes a lock, waiting for whoever has it; what is answered is to be kept until the run has ended.
pub fn take(
    project: &Path,
    key: &RunLockKey,
    run: &str,
    wait: Duration,
    cancel: &CancelToken,
    ui: &Ui,
) -> Result<Box<dyn Send>, CommandError> {
    let locks = run_locks(project);
    let holder = RunLockHolder {
        run: run.to_owned(),
        user: user(),
        host: host_name(),
        process: std::process::id(),
        since: now(),
    };
    let began = Instant::now();
    let mut is_told = false;
    loop {
        let answer = locks.try_take(key, &holder).map_err(|error| {
            failed(error).hint(format!("{STATE_VARIABLE} names another folder for the locks of runs"))
        });
        let held = match answer? {
            RunLockAnswer::Taken(lock) => return Ok(lock),
            RunLockAnswer::Held(held) => held,
        };
        if cancel.is_cancelled() {
            return Err(CommandError::cancelled());
        }
        if began.elapsed() >= wait {
            return Err(refused(key, held.as_ref()));
        }
        if !std::mem::replace(&mut is_told, true) {
            let text = format!("waiting: {}", in_words(key, held.as_ref()));
            ui.say(Line::new().with(Role::Faint, text));
        }
        std::thread::sleep(PAUSE.min(wait.saturating_sub(began.elapsed())));
    }
}

fn refused(key: &RunLockKey, held: Option<&RunLockHolder>) -> CommandError {
    let environment = key.environment.as_deref().map(|name| format!(" -e {}", quoted(name))).unwrap_or_default();
    CommandError::Failed {
        message: in_words(key, held),
        hints: vec![
            "`--wait 10m` waits until it has ended".to_owned(),
            format!("`wharf unlock{environment}` takes the lock from a run that hangs"),
        ],
        code: ExitCode::LockHeld,
    }
}

/// `SupportFlow in Dev is being run by me on box since 17:35`.
pub fn in_words(key: &RunLockKey, held: Option<&RunLockHolder>) -> String {
    let place = key.environment.as_deref().map(|name| format!(" in {name}")).unwrap_or_default();
    match held {
        Some(RunLockHolder { run, user, host, process, since }) => {
            let since = when(*since);
            format!(
                "{}{place} is being run by {user} on {host} since {since} (run {run}, process {process})",
                key.project
            )
        }
        None => format!("{}{place} is being run already", key.project),
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn user() -> String {
    let named = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| "somebody".into())
}

#[cfg(unix)]
fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "this machine".into())
}
