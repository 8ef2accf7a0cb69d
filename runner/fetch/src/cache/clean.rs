use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::acquire::Cache;
use super::held::intact_mark;
use super::index::Record;
use super::layout::entries;
use super::seal::{self, Seal};
use crate::FetchError;

/// What a clean-up removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clean {
    /// Everything.
    All,
    /// What was not used for so long.
    OlderThan(Duration),
    /// What was not used for the longest time, until no more than so many bytes are left.
    ToSize(u64),
}

/// What a clean-up did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Packages and unfinished downloads that were removed.
    pub removed: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Those that would have been removed, but are in use.
    pub in_use: usize,
}

struct Item {
    /// The package, or the unfinished download.
    file: PathBuf,
    /// The file whose lock says that it is in use.
    lock: PathBuf,
    /// Files that go with it.
    with: Vec<PathBuf>,
    size: u64,
    used: SystemTime,
}

impl Cache {
    /// Removes what nobody uses any more. What a process holds or downloads stays, and is counted.
    ///
    /// # Errors
    /// When the cache cannot be locked, or a file cannot be removed.
    pub fn clean(&self, policy: Clean) -> Result<Cleaned, FetchError> {
        let _alone = self.layout.enter_alone()?;
        let mut items = self.items();
        items.sort_by_key(|item| item.used);
        let mut left: u64 = items.iter().map(|item| item.size).sum();
        let now = SystemTime::now();
        let mut cleaned = Cleaned::default();
        for item in &items {
            let due = match policy {
                Clean::All => true,
                // A time in the future counts as now.
                Clean::OlderThan(age) => now.duration_since(item.used).unwrap_or_default() >= age,
                Clean::ToSize(allowed) => left > allowed,
            };
            if !due {
                continue;
            }
            if is_in_use(&item.lock) {
                cleaned.in_use += 1;
                continue;
            }
            for file in [&item.file].into_iter().chain(&item.with) {
                remove(file)?;
            }
            left -= item.size;
            cleaned.bytes += item.size;
            // The lock of a download that has long ended is nothing that was kept.
            cleaned.removed += usize::from(item.size > 0);
        }
        self.forget_missing()?;
        Ok(cleaned)
    }

    /// Bytes of all packages and unfinished downloads.
    pub fn size(&self) -> u64 {
        self.items().iter().map(|item| item.size).sum()
    }

    fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for file in entries(&self.layout.blobs()).iter().flat_map(|folder| entries(folder)) {
            if file.extension().is_some() {
                continue;
            }
            let Ok(about) = fs::metadata(&file) else { continue };
            let used = Seal::last_used(&file).unwrap_or(SystemTime::UNIX_EPOCH);
            items.push(Item {
                lock: file.clone(),
                with: vec![seal::path(&file), intact_mark(&file)],
                size: about.len(),
                used,
                file,
            });
        }
        // An unfinished download is up to four files of one name: what came, of what, the lock, and, for a moment
        // before it finds its place, the whole.
        let partials: BTreeSet<PathBuf> = entries(&self.layout.partials())
            .iter()
            .filter_map(|file| Some(file.with_file_name(file.file_name()?.to_str()?.split('.').next()?)))
            .collect();
        for whole in partials {
            let file = whole.with_extension("part");
            let lock = whole.with_extension("lock");
            let length = |path: &Path| fs::metadata(path).map_or(0, |about| about.len());
            let used = [&file, &whole, &lock].into_iter().find_map(|file| fs::metadata(file).ok()?.modified().ok());
            items.push(Item {
                size: length(&file) + length(&whole),
                used: used.unwrap_or(SystemTime::UNIX_EPOCH),
                with: vec![whole.with_extension("part.json"), whole, lock.clone()],
                lock,
                file,
            });
        }
        items
    }

    /// Records of what is no longer here.
    fn forget_missing(&self) -> Result<(), FetchError> {
        for file in entries(&self.layout.index()) {
            let digest = Record::read(&file).and_then(|record| record.digest());
            if !digest.is_some_and(|digest| self.layout.blob(digest).is_file()) {
                remove(&file)?;
            }
        }
        Ok(())
    }
}

/// Whether a process holds a lock of this file. Nobody can take one meanwhile.
fn is_in_use(lock: &Path) -> bool {
    File::open(lock).is_ok_and(|file| file.try_lock().is_err())
}

fn remove(file: &Path) -> Result<(), FetchError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(FetchError::file("remove", file)(error)),
        _ => Ok(()),
    }
}
