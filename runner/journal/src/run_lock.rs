use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::JournalError;

/// What only one run at a time may do: deploy a project into an environment of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLockKey {
    /// The project.
    pub project: String,
    /// The environment, if there is one.
    pub environment: Option<String>,
    /// The target, such as `here`.
    pub target: String,
}

/// Who has a lock: for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunLockHolder {
    /// The run.
    pub run: String,
    /// The user.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The process on it.
    pub process: u32,
    /// Since when, in milliseconds since the Unix epoch.
    pub since: u64,
}

/// What came of asking for a lock.
pub enum RunLockAnswer {
    /// It is the caller's until this is dropped, or the process ends.
    Taken(Box<dyn Send>),
    /// Somebody else has it; none if nobody knows who.
    Held(Option<RunLockHolder>),
}

/// Where locks are: on this machine, or in a store that several share.
pub trait RunLocks: Send + Sync {
    /// Takes a lock if nobody has it. Waits for nobody.
    ///
    /// # Errors
    /// When the place of the locks cannot be used.
    fn try_take(&self, key: &RunLockKey, holder: &RunLockHolder) -> Result<RunLockAnswer, JournalError>;

    /// Who has a lock; none if nobody has it.
    ///
    /// # Errors
    /// When the place of the locks cannot be used.
    fn holder(&self, key: &RunLockKey) -> Result<Option<Option<RunLockHolder>>, JournalError>;

    /// Takes a lock away from whoever has it.
    ///
    /// # Errors
    /// When the place of the locks cannot be used.
    fn break_lock(&self, key: &RunLockKey) -> Result<(), JournalError>;
}

/// Locks of the kernel on files in a folder of the user: one ends with the process that has it, however that ends.
#[derive(Debug, Clone)]
pub struct FileRunLocks {
    folder: PathBuf,
}

/// Who has the lock is written beside the file that is locked: on Windows nobody can read that.
struct Held {
    about: PathBuf,
    _file: File,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Before the lock goes: what another one writes stays.
        let _ = fs::remove_file(&self.about);
    }
}

impl FileRunLocks {
    /// Locks in this folder, which is made when the first one is taken.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn paths(&self, key: &RunLockKey) -> (PathBuf, PathBuf) {
        let name = file_name(key);
        (self.folder.join(format!("{name}.lock")), self.folder.join(format!("{name}.json")))
    }

    fn open(&self, path: &Path) -> Result<File, JournalError> {
        fs::create_dir_all(&self.folder).map_err(JournalError::io("make", &self.folder))?;
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        opened.map_err(JournalError::io("write", path))
    }
}

impl RunLocks for FileRunLocks {
    fn try_take(&self, key: &RunLockKey, holder: &RunLockHolder) -> Result<RunLockAnswer, JournalError> {
        let (path, about) = self.paths(key);
        let file = self.open(&path)?;
        match file.try_lock() {
            Ok(()) => {
                let text = serde_json::to_vec_pretty(holder).unwrap_or_default();
                fs::write(&about, text).map_err(JournalError::io("write", &about))?;
                Ok(RunLockAnswer::Taken(Box::new(Held { about, _file: file })))
            }
            Err(TryLockError::WouldBlock) => Ok(RunLockAnswer::Held(read(&about))),
            Err(TryLockError::Error(error)) => Err(JournalError::io("lock", &path)(error)),
        }
    }

    fn holder(&self, key: &RunLockKey) -> Result<Option<Option<RunLockHolder>>, JournalError> {
        let (path, about) = self.paths(key);
        match File::open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(JournalError::io("open", &path)(error)),
            Ok(file) => match file.try_lock_shared() {
                Ok(()) => Ok(None),
                Err(TryLockError::WouldBlock) => Ok(Some(read(&about))),
                Err(TryLockError::Error(error)) => Err(JournalError::io("lock", &path)(error)),
            },
        }
    }

    fn break_lock(&self, key: &RunLockKey) -> Result<(), JournalError> {
        let (path, about) = self.paths(key);
        for path in [&about, &path] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(JournalError::io("remove", path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn read(about: &Path) -> Option<RunLockHolder> {
    serde_json::from_slice(&fs::read(about).ok()?).ok()
}

/// Bytes of a name that are written out; of a longer one the digest follows.
const LONGEST: usize = 60;

/// A name that people know again, and that no two keys share: what is no letter or digit is written as its number.
fn file_name(key: &RunLockKey) -> String {
    let part = |text: &str| -> String {
        let mut name = String::new();
        let text = text.to_lowercase();
        for byte in text.bytes().take(LONGEST) {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' => name.push(char::from(byte)),
                other => name.push_str(&format!("%{other:02x}")),
            }
        }
        if text.len() > LONGEST {
            let digest = Sha256::digest(text.as_bytes());
            name.push('%');
            digest.iter().take(8).for_each(|byte| name.push_str(&format!("{byte:02x}")));
        }
        name
    };
    let environment = key.environment.as_deref().map_or_else(|| "-".to_owned(), part);
    format!("{}+{environment}+{}", part(&key.project), part(&key.target))
}
