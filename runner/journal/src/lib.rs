//! The journal of a run: `.wharf/runs/<id>/events.ndjson`, an event on each line. Each is written before the next one
//! happens, so that it survives the end of the process however that comes, and reaches the disk within a tenth of a
//! second. What events mean is not known here. Beside it: the lock that only one run at a time has.

mod error;
mod read;
mod run_lock;
mod runs;
#[cfg(test)]
mod tests;
mod write;

pub use error::JournalError;
pub use read::{Events, Recovered, read_events};
pub use run_lock::{FileRunLocks, RunLockAnswer, RunLockHolder, RunLockKey, RunLocks};
pub use runs::{RunFolder, Runs};
pub use write::Journal;

/// The name of the file in a run's folder.
pub const FILE_NAME: &str = "events.ndjson";
/// The file beside it that a run holds as long as it lasts.
const LOCK_NAME: &str = "lock";
