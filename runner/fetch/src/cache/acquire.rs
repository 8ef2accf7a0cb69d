use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::held::{Held, Source, hold};
use super::index::{self, Record};
use super::layout::{Layout, open_lock};
use super::seal::Seal;
use crate::cancel::unless_cancelled;
use crate::download::{Downloaded, Guard, download_guarded};
use crate::{Feed, FetchError, Remote, Sha256Digest, Transfer};

/// How often it is looked whether another process has finished the same download.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The cache of packages.
#[derive(Debug, Clone)]
pub struct Cache {
    pub(super) layout: Layout,
}

/// One version of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The ID.
    pub id: String,
    /// The exact version.
    pub version: String,
    /// What it has to be, from a lock file.
    pub digest: Option<Sha256Digest>,
    /// Whether the feed must not be asked: what the cache knows of this version is taken.
    pub offline: bool,
}

impl Wanted {
    /// A version, whatever its digest.
    pub fn new(id: impl Into<String>, version: impl Into<String>) -> Self {
        Self { id: id.into(), version: version.into(), digest: None, offline: false }
    }
}

impl Cache {
    /// Opens the cache below `root`, a directory of its own, and makes what is missing.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn open(root: &Path) -> Result<Self, FetchError> {
        Ok(Self { layout: Layout::make(root)? })
    }

    /// The package, from here or from the feed. The feed is not asked at all when what is wanted has a digest that is
    /// here, nor when its versions never change; else it is asked what it has now. Several that want the same at the
    /// same time, in any process, download it once.
    ///
    /// # Errors
    /// Those of [`Feed::locate`] and [`download`](crate::download), and those of this machine's disk.
    pub async fn acquire(&self, feed: &dyn Feed, wanted: &Wanted, transfer: &Transfer) -> Result<Held, FetchError> {
        unless_cancelled(&transfer.cancel, self.acquire_now(feed, wanted, transfer)).await
    }

    async fn acquire_now(&self, feed: &dyn Feed, wanted: &Wanted, transfer: &Transfer) -> Result<Held, FetchError> {
        let index = index::path(&self.layout, feed, &wanted.id, &wanted.version);
        let known = Record::read(&index);
        if let Some(record) = &known {
            let as_wanted = wanted.digest.is_some_and(|digest| record.digest() == Some(digest));
            let believed = wanted.digest.is_none() && (wanted.offline || feed.immutable());
            if (as_wanted || believed)
                && let Some(held) = self.hold_record(record).await?
            {
                return Ok(held);
            }
        }
        if wanted.offline {
            let what = format!("{} {} of feed {}", wanted.id, wanted.version, feed.name());
            return Err(FetchError::NotCached { what, place: self.layout.root().display().to_string() });
        }
        let remote = feed.locate(&wanted.id, &wanted.version).await?;
        let digest = agreed(feed, wanted, &remote)?;
        let search = Search { feed, wanted, remote: &remote, digest, index: &index };
        if let Some(held) = self.look(&search, None).await? {
            return Ok(held);
        }
        let name = match digest {
            Some(digest) => index::key(&[&digest.to_string()]),
            None => index::key(&[&feed.identity(), &wanted.id, &wanted.version, &remote.place]),
        };
        let guard = self.queue(&name).await?;
        // Somebody else may have fetched it while this one waited.
        if let Some(held) = self.look(&search, Some(&known)).await? {
            return Ok(held);
        }
        let into = self.layout.partials().join(&name);
        let done = download_guarded(feed, &remote, &into, digest, transfer, Arc::clone(&guard)).await?;
        self.keep(&search, &into, done).await
    }

    /// What is here of what the feed has. With `before`, a record that is another one than then is believed: it was
    /// written while this one waited for its turn.
    async fn look(&self, search: &Search<'_>, before: Option<&Option<Record>>) -> Result<Option<Held>, FetchError> {
        if let Some(digest) = search.digest {
            let held = hold(&self.layout, digest, &search.remote.file_name, Source::Cache).await?;
            if held.is_some() {
                search.record(digest).write(search.index)?;
            }
            return Ok(held);
        }
        let Some(record) = Record::read(search.index) else { return Ok(None) };
        let unchanged = record.validator.is_some() && record.validator == search.remote.validator;
        let fresh = before.is_some_and(|before| before.as_ref() != Some(&record));
        if unchanged || fresh { self.hold_record(&record).await } else { Ok(None) }
    }

    async fn hold_record(&self, record: &Record) -> Result<Option<Held>, FetchError> {
        match record.digest() {
            Some(digest) => hold(&self.layout, digest, &record.file_name, Source::Cache).await,
            None => Ok(None),
        }
    }

    /// Waits for the right to download this.
    async fn queue(&self, name: &str) -> Result<Guard, FetchError> {
        let path = self.layout.partials().join(format!("{name}.lock"));
        loop {
            if let Some(lock) = self.try_lock(&path)? {
                return Ok(Arc::new(lock));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    fn try_lock(&self, path: &Path) -> Result<Option<File>, FetchError> {
        // The file is opened anew each time: a clean-up may have removed the one of the last time.
        let _entered = self.layout.enter()?;
        let file = open_lock(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(FetchError::file("lock", path)(error)),
        }
    }

    /// Gives what was downloaded its place.
    async fn keep(&self, search: &Search<'_>, from: &Path, done: Downloaded) -> Result<Held, FetchError> {
        let blob = self.layout.blob(done.digest);
        let source = Source::Feed { resumed: done.resumed };
        let name = &search.remote.file_name;
        // The same content may have come under another name, and be in use: that file stays, with its locks.
        if let Some(held) = hold(&self.layout, done.digest, name, source).await? {
            let _ = fs::remove_file(from);
            search.record(done.digest).write(search.index)?;
            return Ok(held);
        }
        {
            let _entered = self.layout.enter()?;
            let folder: PathBuf = blob.parent().map(Path::to_owned).unwrap_or_default();
            fs::create_dir_all(&folder).map_err(FetchError::file("make", &folder))?;
            fs::rename(from, &blob).map_err(FetchError::file("write", &blob))?;
            let about = fs::metadata(&blob).map_err(FetchError::file("read", &blob))?;
            Seal::put(&blob, &about)?;
            search.record(done.digest).write(search.index)?;
        }
        let held = hold(&self.layout, done.digest, name, source).await?;
        held.ok_or_else(|| {
            let what = format!("{name} was removed as soon as it was there: it");
            FetchError::NotCached { what, place: self.layout.root().display().to_string() }
        })
    }
}

/// What is looked for.
struct Search<'a> {
    feed: &'a dyn Feed,
    wanted: &'a Wanted,
    remote: &'a Remote,
    digest: Option<Sha256Digest>,
    index: &'a Path,
}

impl Search<'_> {
    fn record(&self, digest: Sha256Digest) -> Record {
        Record::new(self.feed, &self.wanted.id, &self.wanted.version, self.remote, digest)
    }
}

/// The digest that caller and feed agree on.
fn agreed(feed: &dyn Feed, wanted: &Wanted, remote: &Remote) -> Result<Option<Sha256Digest>, FetchError> {
    match (wanted.digest, remote.digest) {
        (Some(expected), Some(actual)) if expected != actual => {
            let (feed, file) = (feed.name().to_owned(), remote.file_name.clone());
            Err(FetchError::WrongDigest { feed, file, expected, actual })
        }
        (wanted, told) => Ok(wanted.or(told)),
    }
}
