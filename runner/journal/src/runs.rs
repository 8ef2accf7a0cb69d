use std::fs::{self, File};
use std::path::{Path, PathBuf};

use wharf_model::Event;

use crate::read::last_event;
use crate::{Events, FILE_NAME, JournalError, LOCK_NAME, read_events};

/// Characters of an identity that tell the time: `20261121-010754`.
const SECOND: usize = 15;

/// The folder with the runs of a project.
#[derive(Debug, Clone)]
pub struct Runs {
    folder: PathBuf,
}

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    /// The run's identity.
    pub id: String,
    /// Its folder.
    pub path: PathBuf,
}

impl Runs {
    /// The runs below `.wharf` beside a process file.
    pub fn of_project(folder: &Path) -> Self {
        Self { folder: folder.join(".wharf").join("runs") }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All runs that have a journal, the oldest first.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn list(&self) -> Result<Vec<RunFolder>, JournalError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(JournalError::io("read", &self.folder)(error)),
        };
        let mut runs: Vec<RunFolder> = entries
            .flatten()
            .map(|entry| RunFolder { id: entry.file_name().to_string_lossy().into_owned(), path: entry.path() })
            .filter(|run| run.journal().is_file())
            .collect();
        // An identity tells the second; of those within one second the first event tells which was first.
        let second = |run: &RunFolder| run.id.chars().take(SECOND).collect::<String>();
        runs.sort_by(|one, other| {
            let by_second = second(one).cmp(&second(other));
            by_second.then_with(|| one.began().cmp(&other.began())).then_with(|| one.id.cmp(&other.id))
        });
        Ok(runs)
    }

    /// The run with this identity, or with the only one that has this beginning or end; the newest if none is named.
    ///
    /// # Errors
    /// When there is no such run, or several are.
    pub fn find(&self, name: Option<&str>) -> Result<RunFolder, JournalError> {
        let mut runs = self.list()?;
        let Some(name) = name else {
            return runs.pop().ok_or_else(|| JournalError::Unknown("nothing has run here so far".into()));
        };
        if let Some(run) = runs.iter().find(|run| run.id == name) {
            return Ok(run.clone());
        }
        let mut meant = runs.into_iter().filter(|run| run.id.starts_with(name) || run.id.ends_with(name));
        match (meant.next(), meant.next()) {
            (Some(run), None) => Ok(run),
            (Some(_), Some(_)) => {
                Err(JournalError::Unknown(format!("several runs are called `{name}`: write more of it")))
            }
            (None, _) => Err(JournalError::Unknown(format!("there is no run `{name}`"))),
        }
    }
}

impl RunFolder {
    /// The file of its events.
    pub fn journal(&self) -> PathBuf {
        self.path.join(FILE_NAME)
    }

    /// Its events, from the first on.
    ///
    /// # Errors
    /// When the journal cannot be opened.
    pub fn events(&self) -> Result<Events, JournalError> {
        read_events(&self.journal())
    }

    /// When its first event was, in milliseconds since the Unix epoch; 0 if there is none.
    fn began(&self) -> u64 {
        self.events().ok().and_then(|mut events| events.next()?.ok()).map_or(0, |event| event.at)
    }

    /// Its first event and its last, without reading those between.
    pub fn ends(&self) -> (Option<Event>, Option<Event>) {
        let first = self.events().ok().and_then(|mut events| events.next()?.ok());
        (first, last_event(&self.journal()))
    }

    /// Whether the process that makes it lives.
    pub fn is_running(&self) -> bool {
        let Ok(file) = File::open(self.path.join(LOCK_NAME)) else { return false };
        matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock))
    }

    /// Removes it with all that it has kept.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn remove(&self) -> Result<(), JournalError> {
        fs::remove_dir_all(&self.path).map_err(JournalError::io("remove", &self.path))
    }
}
