//! One at a time: locks that other `cargo xtask` processes respect and that the system drops when a process ends.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result};

use crate::process::say;

/// Held until it is dropped.
#[must_use]
pub struct Lock {
    _file: File,
}

/// Takes the lock at `path`, and says so when somebody else holds it: waiting can take minutes. `what` completes
/// the sentence "another cargo xtask is …".
pub fn take(path: &Path, what: &str) -> Result<Lock> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let file = File::create(path).with_context(|| format!("cannot write the lock file {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            say(format_args!("waiting: another cargo xtask is {what}"));
            file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("cannot lock {}", path.display()));
        }
    }
    Ok(Lock { _file: file })
}
