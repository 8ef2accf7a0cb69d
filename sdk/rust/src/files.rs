//! What [`std::fs`] lacks in a step. Files themselves are read and written with [`std::fs`]: granted paths keep their
//! own names, and [`work`] is private to the step and writable.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::{Context, Error, Result, sys};

/// The step's private directory: empty when it starts, gone when it ends.
///
/// ```
/// std::fs::write(wharf_step::files::work().join("notes.txt"), "…")?;
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn work() -> PathBuf {
    sys::work()
}

/// The machine's own path of a guest path, for the arguments of a program.
///
/// ```
/// use wharf_step::files;
///
/// let script = files::native_path(files::work().join("script.sh"))?;
/// assert!(script.ends_with("script.sh"));
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn native_path(path: impl AsRef<Path>) -> Result<String> {
    sys::native_path(text_of(path.as_ref())?)
}

/// The Unix permission bits of a file or directory (links are followed); none where the system has none.
///
/// ```
/// use wharf_step::files;
///
/// let path = files::work().join("run.sh");
/// std::fs::write(&path, "#!/bin/sh")?;
/// files::set_permissions(&path, 0o750)?;
/// # #[cfg(unix)]
/// assert_eq!(files::permissions(&path)?, Some(0o750));
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn permissions(path: impl AsRef<Path>) -> Result<Option<u32>> {
    sys::permissions(text_of(path.as_ref())?)
}

/// Sets the Unix permission bits (0 to 0o7777); without effect where the system has none.
///
/// ```
/// use wharf_step::files;
///
/// std::fs::write(files::work().join("key"), "…")?;
/// files::set_permissions(files::work().join("key"), 0o600)?;
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn set_permissions(path: impl AsRef<Path>, permissions: u32) -> Result {
    sys::set_permissions(text_of(path.as_ref())?, permissions)
}

/// Makes a symbolic link at `link` that points to `target`; whatever is at `link` is replaced in one go, so that it
/// points to the old or to the new target at any time.
///
/// ```
/// use wharf_step::files;
///
/// let work = files::work();
/// files::link("releases/1", work.join("current"))?;
/// files::link("releases/2", work.join("current"))?;
/// assert_eq!(std::fs::read_link(work.join("current"))?.to_str(), Some("releases/2"));
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn link(target: &str, link: impl AsRef<Path>) -> Result {
    let link = link.as_ref();
    let beside = beside(link)?;
    let made = remove_if_there(&beside)
        .and_then(|()| sys::symlink(target, text_of(&beside).map_err(Error::into_io)?))
        .and_then(|()| fs::rename(&beside, link));
    made.with_context(|| format!("cannot link {} to {target}", link.display()))
}

/// Writes a file in one go: at any time it has its old or its new content. Missing directories are made. The
/// permissions are those that are given, else the old file's, else the system's default.
///
/// ```
/// use wharf_step::files;
///
/// let path = files::work().join("etc/app.conf");
/// files::replace(&path, "port = 80", Some(0o600))?;
/// assert_eq!(std::fs::read_to_string(&path)?, "port = 80");
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub fn replace(path: impl AsRef<Path>, content: impl AsRef<[u8]>, permissions: Option<u32>) -> Result {
    let path = path.as_ref();
    let mut file = Replacement::new(path, permissions)?;
    file.write_all(content.as_ref()).with_context(|| format!("cannot write {}", path.display()))?;
    file.commit()
}

/// A file that is being written and takes its place when it is committed; dropped before, it leaves no trace.
///
/// ```
/// use std::io::Write;
/// use wharf_step::files::{self, Replacement};
///
/// let mut list = Replacement::new(files::work().join("list.txt"), None)?;
/// for line in ["a", "b"] {
///     writeln!(list, "{line}")?;
/// }
/// list.commit()?;
/// assert_eq!(std::fs::read_to_string(files::work().join("list.txt"))?, "a\nb\n");
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub struct Replacement {
    path: PathBuf,
    /// Where the content goes until it is complete; none if only the file itself is granted.
    beside: Option<PathBuf>,
    file: File,
}

impl Replacement {
    /// Begins to write the file at `path`, with these Unix permission bits or those of the file that is there.
    pub fn new(path: impl AsRef<Path>, permissions: Option<u32>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let cannot = || format!("cannot write {}", path.display());
        let directory = match path.parent() {
            Some(parent) if !parent.is_dir() => fs::create_dir_all(parent),
            _ => Ok(()),
        };
        let kept = match permissions {
            Some(permissions) => Some(permissions),
            None if path.is_file() => sys::permissions(text_of(&path)?)?,
            None => None,
        };
        let temporary = beside(&path)?;
        let (file, beside) = match File::create(&temporary) {
            Ok(file) => (file, Some(temporary)),
            // Perhaps the file itself is granted, and not its neighbours.
            Err(error) if is_refusal(&error) => match File::create(&path) {
                Ok(file) => (file, None),
                Err(error) => return directory.and(Err(error)).with_context(cannot),
            },
            Err(error) => return Err(error).with_context(cannot),
        };
        let replacement = Self { path, beside, file };
        if let Some(permissions) = kept {
            sys::set_permissions(text_of(replacement.beside.as_ref().unwrap_or(&replacement.path))?, permissions)?;
        }
        Ok(replacement)
    }

    /// Puts the file in its place unless the one that is there has the same content. Answers whether it was put there.
    ///
    /// ```
    /// use std::io::Write;
    /// use wharf_step::files::{self, Replacement};
    ///
    /// for changed in [true, false] {
    ///     let mut file = Replacement::new(files::work().join("list.txt"), None)?;
    ///     file.write_all(b"same")?;
    ///     assert_eq!(file.commit_if_different()?, changed);
    /// }
    /// # Ok::<(), wharf_step::Error>(())
    /// ```
    pub fn commit_if_different(mut self) -> Result<bool> {
        self.file.flush().with_context(|| format!("cannot write {}", self.path.display()))?;
        let same = match &self.beside {
            Some(beside) if self.path.is_file() && !self.path.is_symlink() => same_content(beside, &self.path),
            _ => Ok(false),
        };
        // What cannot be compared is replaced.
        if same.unwrap_or(false) { Ok(false) } else { self.commit().map(|()| true) }
    }

    /// Puts the file in its place.
    pub fn commit(mut self) -> Result {
        let done = self.file.sync_all().and_then(|()| match self.beside.take() {
            Some(beside) => fs::rename(&beside, &self.path).inspect_err(|_| self.beside = Some(beside)),
            None => Ok(()),
        });
        done.with_context(|| format!("cannot write {}", self.path.display()))
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some(beside) = self.beside.take() {
            // Nothing can be done about a leftover here; the next writer replaces it.
            let _ = fs::remove_file(beside);
        }
    }
}

/// The name that is used beside `path` until the content is complete: one name, so that nothing piles up.
fn beside(path: &Path) -> Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| Error::invalid(format!("{} is a directory: name a file in it", path.display())))?;
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(".wharf-tmp");
    Ok(path.with_file_name(beside))
}

fn same_content(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        let count = one.read(&mut left)?;
        if count == 0 {
            return Ok(true);
        }
        other.read_exact(&mut right[..count])?;
        if left[..count] != right[..count] {
            return Ok(false);
        }
    }
}

/// Whether a file may not be made here though another one may.
fn is_refusal(error: &io::Error) -> bool {
    use io::ErrorKind::{NotFound, PermissionDenied, ReadOnlyFilesystem};
    matches!(error.kind(), NotFound | PermissionDenied | ReadOnlyFilesystem)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

pub(crate) fn text_of(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::invalid(format!("the path {} is not UTF-8", path.display())))
}
