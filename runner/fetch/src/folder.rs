use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::mpsc;

use crate::names::{check_id, check_version, in_order, same_id};
use crate::{
    ByteStream, Feed, FeedSettings, FetchError, Limits, Opened, Overwrite, PackageFile, PackageNames, Pushed, Remote,
};

/// How much is read at once.
const CHUNK: usize = 256 * 1024;
/// Chunks that are read ahead.
const AHEAD: usize = 4;

/// A directory with files `ID.version.ext`, directly in it or in a directory named `ID`.
pub(crate) struct FolderFeed {
    path: PathBuf,
    settings: FeedSettings,
    names: Arc<dyn PackageNames>,
}

/// A package's file.
struct Found {
    path: PathBuf,
    version: String,
    file_name: String,
    /// Its extension's place in the order of preference.
    rank: usize,
}

impl FolderFeed {
    pub(crate) fn new(path: PathBuf, settings: FeedSettings, names: Arc<dyn PackageNames>) -> Self {
        Self { path, settings, names }
    }

    /// All files of a package.
    fn find(&self, id: &str) -> Result<Vec<Found>, FetchError> {
        let mut found = Vec::new();
        let mut nested = Vec::new();
        for entry in self.list(&self.path)? {
            if entry.file_type().is_ok_and(|kind| !kind.is_file()) && same_id(&entry.file_name().to_string_lossy(), id)
            {
                nested.push(entry.path());
            } else {
                self.consider(&entry, id, &mut found);
            }
        }
        for folder in nested.into_iter().filter(|folder| folder.is_dir()) {
            for entry in self.list(&folder)? {
                self.consider(&entry, id, &mut found);
            }
        }
        let limit = self.settings.limits.max_versions;
        if found.len() > limit {
            return Err(FetchError::TooLarge {
                feed: self.settings.name.clone(),
                what: format!("the list of versions of {id}"),
                limit: limit as u64,
                unit: "versions",
                name: "max-versions",
            });
        }
        Ok(found)
    }

    fn list(&self, folder: &Path) -> Result<Vec<fs::DirEntry>, FetchError> {
        match fs::read_dir(folder).and_then(Iterator::collect) {
            Ok(entries) => Ok(entries),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(FetchError::NotFound {
                feed: self.settings.name.clone(),
                what: "the directory".into(),
                place: folder.display().to_string(),
                hint: String::new(),
            }),
            Err(error) => Err(FetchError::file("list", folder)(error)),
        }
    }

    fn consider(&self, entry: &fs::DirEntry, id: &str, found: &mut Vec<Found>) {
        let file_name = entry.file_name();
        let Some(file_name) = file_name.to_str() else { return };
        let Some(parts) = self.names.split(file_name) else { return };
        let rank = self.settings.extensions.iter().position(|known| known.eq_ignore_ascii_case(parts.extension));
        if let Some(rank) = rank
            && same_id(parts.id, id)
            && entry.path().is_file()
        {
            let (version, file_name) = (parts.version.to_owned(), file_name.to_owned());
            found.push(Found { path: entry.path(), version, file_name, rank });
        }
    }

    fn locate_now(&self, id: &str, version: &str) -> Result<Remote, FetchError> {
        check_id(id)?;
        check_version(version)?;
        let same = |found: &Found| self.names.compare(&found.version, version).is_eq();
        // The one that is written as asked, then the preferred kind.
        let best = |found: &Found| (found.version != version, found.rank, found.path.clone());
        let Some(found) = self.find(id)?.into_iter().filter(same).min_by_key(best) else {
            return Err(FetchError::NotFound {
                feed: self.settings.name.clone(),
                what: format!("{id} {version}"),
                place: self.path.display().to_string(),
                hint: String::new(),
            });
        };
        let file = fs::metadata(&found.path).map_err(FetchError::file("read", &found.path))?;
        Ok(Remote {
            id: id.to_owned(),
            version: found.version,
            file_name: found.file_name,
            size: Some(file.len()),
            digest: None,
            validator: validator(&file),
            place: found.path.to_string_lossy().into_owned(),
        })
    }

    /// Copies beside and renames, unless `stopped` says that nobody wants it any more.
    fn push_now(&self, file: &PackageFile, mode: Overwrite, stopped: &AtomicBool) -> Result<Pushed, FetchError> {
        file.check()?;
        let limit = self.settings.limits.max_size;
        let size = fs::metadata(&file.path).map_err(FetchError::file("read", &file.path))?.len();
        if size > limit {
            return Err(too_large(&self.settings.name, &file.file_name(), limit));
        }
        let there = match self.locate_now(&file.id, &file.version) {
            Ok(there) => Some(PathBuf::from(there.place)),
            Err(FetchError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let exists = || FetchError::Exists { feed: self.settings.name.clone(), file: file.file_name() };
        match (mode, &there) {
            (Overwrite::Fail, Some(_)) => return Err(exists()),
            (Overwrite::Ignore, Some(_)) => return Ok(Pushed::AlreadyThere),
            _ => {}
        }
        let target = self.path.join(file.file_name());
        fs::create_dir_all(&self.path).map_err(FetchError::file("make", &self.path))?;
        let write = FetchError::file("write", &target);
        let copied = (|| {
            let mut copy = tempfile::Builder::new().prefix(".wharf-").tempfile_in(&self.path)?;
            io::copy(&mut Stoppable { file: File::open(&file.path)?, stopped }, &mut copy)?;
            // A package is for all who may read the directory.
            let permissions = fs::metadata(&file.path)?.permissions();
            copy.as_file().set_permissions(permissions)?;
            copy.as_file().sync_all()?;
            Ok(copy)
        })();
        let copy: io::Result<tempfile::NamedTempFile> = copied;
        if stopped.load(Ordering::SeqCst) {
            return Err(FetchError::Cancelled);
        }
        let copy = copy.map_err(write)?;
        let written = match mode {
            Overwrite::Overwrite => copy.persist(&target).map(drop),
            Overwrite::Fail | Overwrite::Ignore => copy.persist_noclobber(&target).map(drop),
        };
        match written {
            Ok(()) => {}
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                return if mode == Overwrite::Fail { Err(exists()) } else { Ok(Pushed::AlreadyThere) };
            }
            Err(error) => return Err(FetchError::file("write", &target)(error.error)),
        }
        // What was replaced may have been another kind of archive, or in the directory of its ID.
        match there.filter(|old| mode == Overwrite::Overwrite && *old != target) {
            Some(old) => fs::remove_file(&old).map_err(FetchError::file("remove", &old)).map(|()| Pushed::Done),
            None => Ok(Pushed::Done),
        }
    }
}

#[async_trait]
impl Feed for FolderFeed {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn identity(&self) -> String {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        format!("folder {}", path.display())
    }

    fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    async fn versions(&self, id: &str) -> Result<Vec<String>, FetchError> {
        check_id(id)?;
        let versions = self.find(id)?.into_iter().map(|found| found.version).collect();
        Ok(in_order(&*self.names, versions))
    }

    async fn locate(&self, id: &str, version: &str) -> Result<Remote, FetchError> {
        self.locate_now(id, version)
    }

    async fn open(&self, remote: &Remote, from: u64, known: Option<&str>) -> Result<Opened, FetchError> {
        let path = PathBuf::from(&remote.place);
        let read = || FetchError::file("read", &path);
        let mut file = File::open(&path).map_err(read())?;
        let about = file.metadata().map_err(read())?;
        let validator = validator(&about);
        let same = validator.as_deref() == known && from <= about.len();
        let offset = if same { from } else { 0 };
        file.seek(SeekFrom::Start(offset)).map_err(read())?;
        Ok(Opened { stream: chunks(file, path.clone()), offset, size: Some(about.len()), validator })
    }

    async fn push(&self, file: &PackageFile, mode: Overwrite) -> Result<Pushed, FetchError> {
        // Copying gigabytes would hold up everything else on this thread.
        let feed = Self { path: self.path.clone(), settings: self.settings.clone(), names: Arc::clone(&self.names) };
        let file = file.clone();
        let stop = StopOnDrop(Arc::default());
        let stopped = Arc::clone(&stop.0);
        match tokio::task::spawn_blocking(move || feed.push_now(&file, mode, &stopped)).await {
            Ok(pushed) => pushed,
            Err(_) => Err(FetchError::Cancelled),
        }
    }
}

/// Says when it is dropped that nobody waits any more.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Reads a file until nobody wants it any more.
struct Stoppable<'a> {
    file: File,
    stopped: &'a AtomicBool,
}

impl io::Read for Stoppable<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stopped.load(Ordering::SeqCst) {
            // Not `Interrupted`, after which copying tries again.
            return Err(io::Error::other("cancelled"));
        }
        self.file.read(buffer)
    }
}

pub(crate) fn too_large(feed: &str, what: &str, limit: u64) -> FetchError {
    let (feed, what) = (feed.to_owned(), what.to_owned());
    FetchError::TooLarge { feed, what, limit, unit: "bytes", name: "max-size" }
}

fn validator(file: &fs::Metadata) -> Option<String> {
    let changed = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{}-{}", file.len(), changed.as_nanos()))
}

fn chunks(mut file: File, path: PathBuf) -> ByteStream {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut buffer = vec![0; CHUNK];
            let chunk = match file.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => {
                    buffer.truncate(count);
                    Ok(Bytes::from(buffer))
                }
                Err(error) => Err(FetchError::file("read", &path)(error)),
            };
            let last = chunk.is_err();
            if sender.blocking_send(chunk).is_err() || last {
                return;
            }
        }
    });
    Box::pin(stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) }))
}
