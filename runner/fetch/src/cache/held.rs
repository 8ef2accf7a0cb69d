use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::layout::{Layout, write_whole};
use super::seal::Seal;
use crate::{FetchError, Sha256Digest};

/// Where a package came from this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// It was here.
    Cache,
    /// From the feed.
    Feed {
        /// Bytes that an earlier download had left.
        resumed: u64,
    },
}

/// A package of the cache. As long as this value lives, in any process, no clean-up removes the file.
#[derive(Debug)]
pub struct Held {
    path: PathBuf,
    file_name: String,
    digest: Sha256Digest,
    size: u64,
    source: Source,
    /// Open and locked.
    _file: File,
}

impl Held {
    /// The file. Its name is the digest: [`file_name`](Self::file_name) has the extension. It must not be changed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the feed calls the file: its extension says what kind of archive it is.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The digest of the file.
    pub fn digest(&self) -> Sha256Digest {
        self.digest
    }

    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where it came from this time.
    pub fn source(&self) -> Source {
        self.source
    }

    /// Whether a reader of such packages has found nothing wrong with it: see [`mark_intact`](Self::mark_intact).
    pub fn is_intact(&self) -> bool {
        intact_mark(&self.path).is_file()
    }

    /// Remembers that a reader of such packages has found nothing wrong with it. If that cannot be remembered, the next
    /// one looks again.
    pub fn mark_intact(&self) {
        let _ = write_whole(&intact_mark(&self.path), b"");
    }

    /// Reads the whole file and compares its digest. Otherwise its size and time are believed.
    ///
    /// # Errors
    /// [`FetchError::Corrupt`] if it was changed.
    pub fn verify(&self) -> Result<(), FetchError> {
        let actual = Sha256Digest::of_file(&self.path).map_err(FetchError::file("read", &self.path))?;
        if actual == self.digest {
            return Ok(());
        }
        Err(FetchError::Corrupt { path: self.path.clone(), expected: self.digest, actual })
    }
}

/// The file that says of a package that it is intact.
pub(super) fn intact_mark(blob: &Path) -> PathBuf {
    blob.with_extension("intact")
}

/// Locks the package of this digest, if it is here and right.
pub(super) async fn hold(
    layout: &Layout,
    digest: Sha256Digest,
    file_name: &str,
    source: Source,
) -> Result<Option<Held>, FetchError> {
    let path = layout.blob(digest);
    let file = {
        let _entered = layout.enter()?;
        let Ok(file) = File::open(&path) else { return Ok(None) };
        file.lock_shared().map_err(FetchError::file("lock", &path))?;
        file
    };
    let about = file.metadata().map_err(FetchError::file("read", &path))?;
    if !Seal::holds(&path, &about) {
        let hashed = path.clone();
        let hashed = tokio::task::spawn_blocking(move || Sha256Digest::of_file(&hashed)).await;
        if !matches!(hashed, Ok(Ok(actual)) if actual == digest) {
            // Somebody changed it, or the machine stopped in the middle of it: it is fetched again.
            let _ = fs::remove_file(&path);
            return Ok(None);
        }
        Seal::put(&path, &about)?;
    }
    Seal::touch(&path);
    let (size, file_name) = (about.len(), file_name.to_owned());
    Ok(Some(Held { path, file_name, digest, size, source, _file: file }))
}
