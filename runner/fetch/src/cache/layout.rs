use std::fs::{self, DirBuilder, File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::{FetchError, Sha256Digest};

/// Where things are.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Makes what is missing, for this user alone.
    pub(super) fn make(root: &Path) -> Result<Self, FetchError> {
        for folder in ["sha256", "index", "partial"] {
            let folder = root.join(folder);
            let mut builder = DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&folder).map_err(FetchError::file("make", &folder))?;
        }
        Ok(Self { root: root.to_owned() })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn blob(&self, digest: Sha256Digest) -> PathBuf {
        let hex = digest.hex();
        self.root.join("sha256").join(&hex[..2]).join(hex)
    }

    pub(super) fn blobs(&self) -> PathBuf {
        self.root.join("sha256")
    }

    pub(super) fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    pub(super) fn partials(&self) -> PathBuf {
        self.root.join("partial")
    }

    /// Taken for the moment in which something is looked up, locked or put in place, so that no clean-up comes between.
    pub(super) fn enter(&self) -> Result<File, FetchError> {
        let file = self.lock_file()?;
        file.lock_shared().map_err(FetchError::file("lock", &self.root.join("lock")))?;
        Ok(file)
    }

    /// Taken to clean up: nobody enters meanwhile.
    pub(super) fn enter_alone(&self) -> Result<File, FetchError> {
        let file = self.lock_file()?;
        file.lock().map_err(FetchError::file("lock", &self.root.join("lock")))?;
        Ok(file)
    }

    fn lock_file(&self) -> Result<File, FetchError> {
        open_lock(&self.root.join("lock"))
    }
}

/// Opens a file that exists to be locked.
pub(super) fn open_lock(path: &Path) -> Result<File, FetchError> {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    opened.map_err(FetchError::file("write", path))
}

/// Writes a small file so that it is there with all of its content or not at all.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> Result<(), FetchError> {
    use std::io::Write as _;
    let folder = path.parent().unwrap_or(path);
    let written = tempfile::NamedTempFile::new_in(folder)
        .and_then(|mut file| file.write_all(content).map(|()| file))
        .and_then(|file| file.persist(path).map_err(|error| error.error));
    written.map(drop).map_err(FetchError::file("write", path))
}

/// The entries of a directory; none if it is not there.
pub(super) fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}
