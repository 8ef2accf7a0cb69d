use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

/// A folder for the contents of files that a plan makes or changes, each under a number.
pub(super) struct Scratch {
    folder: TempDir,
    last: AtomicU64,
    umask: u32,
}

impl Scratch {
    pub(super) fn new() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("wharf-plan-").tempdir()?;
        let umask = umask(&folder)?;
        Ok(Self { folder, last: AtomicU64::new(0), umask })
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
