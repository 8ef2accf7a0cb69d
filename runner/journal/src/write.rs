use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wharf_model::{CancelToken, Event, EventSink};

use crate::{FILE_NAME, JournalError, LOCK_NAME};

/// How long an event may be written and not on the disk.
const LATENCY: Duration = Duration::from_millis(100);

/// The journal of one run, while the run lasts. An event that cannot be written cancels the run: what happens after that
/// nobody could tell.
pub struct Journal {
    path: PathBuf,
    shared: Arc<Shared>,
    cancel: CancelToken,
    syncer: Mutex<Option<JoinHandle<()>>>,
    /// Held as long as the run lasts, so that others know that it does. It is no lock on the journal itself: on Windows
    /// nobody could read that.
    _lock: File,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    file: File,
    /// One for all lines, so that none costs a new one.
    buffer: Vec<u8>,
    is_dirty: bool,
    is_ended: bool,
    failed: Option<io::Error>,
}

impl Journal {
    /// Begins the journal of a run in a new folder below `runs`.
    ///
    /// # Errors
    /// When the folder or the file cannot be made.
    pub fn create(runs: &Path, id: &str, cancel: &CancelToken) -> Result<Self, JournalError> {
        let folder = runs.join(id);
        fs::create_dir_all(&folder).map_err(JournalError::io("make", &folder))?;
        let path = folder.join(FILE_NAME);
        let opened = OpenOptions::new().append(true).create_new(true).open(&path);
        let file = opened.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => JournalError::Exists(id.to_owned()),
            _ => JournalError::io("make", &path)(error),
        })?;
        Self::on(file, path, cancel)
    }

    /// Goes on with the journal of a run, behind its last whole line: what a crash has torn is cut off.
    ///
    /// # Errors
    /// When it cannot be read or written, or the run still lasts.
    pub fn resume(path: &Path, cancel: &CancelToken) -> Result<Self, JournalError> {
        let opened = OpenOptions::new().read(true).append(true).open(path);
        let file = opened.map_err(JournalError::io("open", path))?;
        let whole = crate::read::whole_length(path)?;
        let journal = Self::on(file, path.to_owned(), cancel)?;
        {
            let state = journal.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.file.set_len(whole).map_err(JournalError::io("cut", path))?;
        }
        Ok(journal)
    }

    pub(crate) fn on(file: File, path: PathBuf, cancel: &CancelToken) -> Result<Self, JournalError> {
        let lock = hold(&path)?;
        let state = State { file, buffer: Vec::new(), is_dirty: false, is_ended: false, failed: None };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let of_thread = Arc::clone(&shared);
        let syncer = thread::Builder::new().name("journal".into()).spawn(move || of_thread.sync_until_ended());
        let syncer = syncer.map_err(JournalError::io("write", &path))?;
        Ok(Self { path, shared, cancel: cancel.clone(), syncer: Mutex::new(Some(syncer)), _lock: lock })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Ends the journal: everything is on the disk when this returns.
    ///
    /// # Errors
    /// If an event could not be written, now or before.
    pub fn finish(&self) -> Result<(), JournalError> {
        self.end();
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.failed.take() {
            Some(error) => Err(JournalError::io("write", &self.path)(error)),
            None => Ok(()),
        }
    }

    fn end(&self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).is_ended = true;
        self.shared.changed.notify_all();
        if let Some(syncer) = self.syncer.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It ends by itself; a panic of it is told by who panics.
            let _ = syncer.join();
        }
    }
}

/// Takes the lock beside a journal.
fn hold(journal: &Path) -> Result<File, JournalError> {
    let path = journal.with_file_name(LOCK_NAME);
    let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = opened.map_err(JournalError::io("write", &path))?;
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(JournalError::Running(journal.display().to_string())),
        // Where files cannot be locked, nobody knows whether a run lasts.
        Ok(()) | Err(fs::TryLockError::Error(_)) => Ok(file),
    }
}

impl EventSink for Journal {
    fn event(&self, event: &Event) {
        let mut guard = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        if state.failed.is_some() {
            return;
        }
        state.buffer.clear();
        let written = serde_json::to_writer(&mut state.buffer, event).map_err(io::Error::from).and_then(|()| {
            state.buffer.push(b'\n');
            state.file.write_all(&state.buffer)
        });
        match written {
            Ok(()) if state.is_dirty => {}
            Ok(()) => {
                state.is_dirty = true;
                self.shared.changed.notify_all();
            }
            Err(error) => {
                state.failed = Some(error);
                drop(guard);
                self.cancel.cancel();
            }
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    /// Brings what is written to the disk, a little later than it was.
    fn sync_until_ended(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            while !state.is_dirty && !state.is_ended {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if !state.is_ended {
                // Half of the time, so that the disk has the other half.
                let waited = self.changed.wait_timeout_while(state, LATENCY / 2, |state| !state.is_ended);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            let is_ended = state.is_ended;
            if state.is_dirty {
                state.is_dirty = false;
                match state.file.try_clone() {
                    // Others write meanwhile.
                    Ok(file) => {
                        drop(state);
                        let synced = file.sync_data();
                        state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                        if let Err(error) = synced {
                            state.failed.get_or_insert(error);
                        }
                    }
                    Err(error) => drop(state.failed.get_or_insert(error)),
                }
            }
            if is_ended {
                return;
            }
        }
    }
}
