use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

/// How the names of these folders begin.
const PREFIX: &str = "wharf-plan-";
/// The file in each that its plan holds.
const LOCK: &str = "lock";
/// The most folders that are looked at before a plan.
const MOST_SWEPT: usize = 100;

/// A folder for the contents of files that a plan makes or changes, each under a number.
pub(super) struct Scratch {
    folder: TempDir,
    /// Held as long as the plan lives, however it ends.
    _lock: File,
    last: AtomicU64,
    umask: u32,
}

impl Scratch {
    /// Makes one in the system's temporary folder, and removes those that plans left there which were killed.
    pub(super) fn new() -> io::Result<Self> {
        let place = std::env::temp_dir();
        sweep(&place);
        Self::below(&place)
    }

    fn below(place: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place)?;
        let lock = File::create_new(folder.path().join(LOCK))?;
        // Where files cannot be locked a killed plan leaves its folder behind.
        let _ = lock.try_lock();
        let umask = umask(&folder)?;
        Ok(Self { folder, _lock: lock, last: AtomicU64::new(0), umask })
    }

    /// The permission bits that new files and directories do not get.
    pub(super) fn umask(&self) -> u32 {
        self.umask
    }

    /// A new file that is empty, with its number.
    pub(super) fn create(&self) -> io::Result<(u64, File)> {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(self.path(number))?;
        Ok((number, file))
    }

    /// The file of a number, for reading and writing.
    pub(super) fn open(&self, number: u64) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).open(self.path(number))
    }

    pub(super) fn metadata(&self, number: u64) -> io::Result<fs::Metadata> {
        fs::metadata(self.path(number))
    }

    /// Removes a file that has no name any more. What cannot be removed now goes with the folder.
    pub(super) fn remove(&self, number: u64) {
        let _ = fs::remove_file(self.path(number));
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.path().join(number.to_string())
    }
}

/// Removes the folders of plans that do not live any more. One in which there is no lock yet is being made, or is somebody
/// else's: it stays.
fn sweep(place: &Path) {
    let Ok(entries) = fs::read_dir(place) else { return };
    let left = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    for folder in left.take(MOST_SWEPT).map(|entry| entry.path()) {
        let is_folder = fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_dir());
        let lock = File::open(folder.join(LOCK));
        if is_folder && lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

#[cfg(unix)]
fn umask(folder: &TempDir) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    // The system tells it only by setting it, which other threads would see.
    let probe = folder.path().join("umask");
    fs::create_dir(&probe)?;
    let mode = fs::metadata(&probe)?.permissions().mode();
    fs::remove_dir(&probe)?;
    Ok(!mode & 0o777)
}

#[cfg(not(unix))]
fn umask(_: &TempDir) -> io::Result<u32> {
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_killed_plans_left_behind_goes_and_what_is_in_use_stays() {
        let place = tempfile::tempdir().expect("a folder");
        let living = Scratch::below(place.path()).expect("a scratch");
        let killed = Scratch::below(place.path()).expect("a scratch");
        killed.create().expect("a file");
        let left = killed.folder.path().to_owned();
        // Its process is gone: the lock is free, and nobody has removed anything.
        let Scratch { folder, _lock: lock, .. } = killed;
        let _ = folder.keep();
        drop(lock);
        let other = place.path().join(format!("{PREFIX}other"));
        fs::create_dir(&other).expect("a folder");
        sweep(place.path());
        assert!(!left.exists());
        assert!(living.folder.path().exists() && other.exists());
    }
}
