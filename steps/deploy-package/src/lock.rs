use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use wharf_step::context::Mode;
use wharf_step::prelude::*;

/// How long a run waits for another one, which switches releases in a fraction of a second.
const WAIT: Duration = Duration::from_secs(30);
/// How often it looks.
const PAUSE: Duration = Duration::from_millis(50);
/// A lock that is older was left by a run that was killed. Shorter than [`WAIT`], so that nobody fails because of it.
const STALE: Duration = Duration::from_secs(20);

/// The right to switch releases and to write the state: the file `.wharf/deploy.lock`, which only one run can create. It
/// is held while directories are renamed, never while files are extracted or removed.
pub struct Lock {
    path: Option<PathBuf>,
}

/// Who holds a lock: for people, and to know one's own again.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Holder {
    /// The run's idempotency key.
    run: String,
    /// When it was taken, in seconds since 1970.
    since: u64,
}

impl Lock {
    /// Takes the lock in the private directory of a site; waits while another run has it. A plan does the same, so that a
    /// run which goes by it may do it too, but waits for nobody: what it changes no other run can see.
    pub fn take(private: &Path) -> Result<Self> {
        fs::create_dir_all(private).with_context(|| format!("cannot create {}", private.display()))?;
        let path = private.join("deploy.lock");
        let cannot = || format!("cannot create the lock {}", path.display());
        if context::mode() == Mode::Plan && path.exists() {
            OpenOptions::new().append(true).open(&path).with_context(cannot)?;
            return Ok(Self { path: None });
        }
        for _ in 0..WAIT.as_millis() / PAUSE.as_millis() {
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    let written = file.write_all(mine().as_bytes()).with_context(cannot);
                    let lock = Self { path: Some(path.clone()) };
                    return written.map(|()| lock);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).with_context(cannot),
            }
            // An attempt of this very run was cut off while it had the lock.
            if holder(&path).is_some_and(|run| run == context::idempotency_key()) {
                return Ok(Self { path: Some(path) });
            }
            if is_stale(&path) {
                warn!("{} was left by a run that was cut off", path.display());
                // Another run may be faster: then there is nothing to remove, or a lock to wait for.
                let _ = fs::remove_file(&path);
                continue;
            }
            context::sleep(PAUSE)?;
        }
        let site = private.parent().unwrap_or(private).display();
        Err(Error::transient(format!("another run deploys into {site}"))
            .with_help(format!("try again when it has ended; if there is none, remove {}", path.display()))
            .with_retry_after(Duration::from_secs(5)))
    }
}

/// Whether an attempt of this very run was cut off while it had the lock, and has left it.
pub fn is_own(private: &Path) -> bool {
    holder(&private.join("deploy.lock")).is_some_and(|run| run == context::idempotency_key())
}

/// Removes the lock that such an attempt has left.
pub fn remove_own(private: &Path) {
    // What cannot be removed is stale soon.
    let _ = fs::remove_file(private.join("deploy.lock"));
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A panic stands for a power cut in the tests, which leaves the lock behind.
        if let Some(path) = self.path.take().filter(|_| !std::thread::panicking()) {
            // If this run was taken for dead, the lock is another one's.
            if holder(&path).is_some_and(|run| run == context::idempotency_key()) {
                // What cannot be removed is stale soon.
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn mine() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let holder = Holder { run: context::idempotency_key(), since };
    serde_json::to_string(&holder).unwrap_or_default()
}

/// The idempotency key of the run that has the lock; none while it is being written.
fn holder(path: &Path) -> Option<String> {
    let holder: Holder = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    Some(holder.run)
}

fn is_stale(path: &Path) -> bool {
    older_than(path, STALE)
}

/// Whether something was last changed longer ago than this. A time that lies as far in the future is a clock that was
/// put back.
pub fn older_than(path: &Path, age: Duration) -> bool {
    let Ok(modified) = fs::symlink_metadata(path).and_then(|metadata| metadata.modified()) else { return false };
    match SystemTime::now().duration_since(modified) {
        Ok(passed) => passed > age,
        Err(ahead) => ahead.duration() > age,
    }
}
