use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::layout::write_whole;
use crate::FetchError;

/// The size and the time of a file at the moment when its digest was right. As long as both are the same, the digest is
/// taken to be: hashing gigabytes at each start would take longer than all the rest. The time of the seal's own last
/// change is when the file was last used.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seal {
    size: u64,
    modified: u64,
}

impl Seal {
    fn of(about: &Metadata) -> Self {
        let modified = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = modified.and_then(|time| u64::try_from(time.as_nanos()).ok()).unwrap_or(0);
        Self { size: about.len(), modified }
    }

    /// Whether the file is as it was.
    pub(super) fn holds(blob: &Path, about: &Metadata) -> bool {
        let kept: Option<Self> = fs::read(path(blob)).ok().and_then(|text| serde_json::from_slice(&text).ok());
        kept.is_some_and(|kept| kept == Self::of(about))
    }

    /// Says that the file, as it is now, is right.
    pub(super) fn put(blob: &Path, about: &Metadata) -> Result<(), FetchError> {
        let text = serde_json::to_vec(&Self::of(about)).unwrap_or_default();
        write_whole(&path(blob), &text)
    }

    /// Says that the file is used now. If that cannot be said it is cleaned away earlier, nothing worse.
    pub(super) fn touch(blob: &Path) {
        if let Ok(file) = File::options().write(true).open(path(blob)) {
            let _ = file.set_modified(SystemTime::now());
        }
    }

    /// When the file was last used.
    pub(super) fn last_used(blob: &Path) -> Option<SystemTime> {
        fs::metadata(path(blob)).or_else(|_| fs::metadata(blob)).ok()?.modified().ok()
    }
}

/// Where the seal of a file is.
pub(super) fn path(blob: &Path) -> PathBuf {
    blob.with_extension("seal")
}
