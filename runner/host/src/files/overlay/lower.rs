//! The machine's own tree below the overlay, by absolute path, to be read and never changed. Every directory on such a
//! path was seen as one, so links on it are followed nowhere.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::files::metadata::{Kind, Metadata, kind_of};

/// What stands at a path itself; none if nothing does.
pub(super) fn stat(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(Metadata::from(&metadata))),
        // A directory that was replaced by something else meanwhile has nothing in it.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The entries of a directory.
pub(super) fn list(path: &Path) -> io::Result<impl Iterator<Item = io::Result<(OsString, Kind)>>> {
    Ok(fs::read_dir(path)?.map(|entry| {
        let entry = entry?;
        let kind = entry.file_type()?;
        Ok((entry.file_name(), kind_of(kind.is_file(), kind.is_dir(), kind.is_symlink())))
    }))
}

/// Opens a file for reading; a link in its place is an error.
#[cfg(target_os = "linux")]
pub(super) fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, open, openat2};
    use rustix::io::Errno;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        Ok(file) => Ok(file.into()),
        // Kernels and sandboxes without it: the last part is checked all the same.
        Err(Errno::NOSYS | Errno::PERM) => Ok(open(path, flags, Mode::empty())?.into()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    Ok(open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
pub(super) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Whether the run could change what stands at a path: a plan that pretends it could would promise too much.
#[cfg(unix)]
pub(super) fn check_writable(path: &Path, is_directory: bool) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    let access = if is_directory { Access::WRITE_OK | Access::EXEC_OK } else { Access::WRITE_OK };
    Ok(accessat(CWD, path, access, AtFlags::EACCESS)?)
}

#[cfg(not(unix))]
pub(super) fn check_writable(path: &Path, _: bool) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    let is_refused = metadata.is_file() && metadata.permissions().readonly();
    if is_refused { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
}

/// Whether what stands at a path belongs to somebody else, who alone may change its permissions.
#[cfg(unix)]
pub(super) fn is_foreign(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    !is_root() && fs::symlink_metadata(path).is_ok_and(|metadata| metadata.uid() != rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
pub(super) fn is_foreign(_: &Path) -> bool {
    false
}

/// Whether an entry of a directory can be taken away: in one like `/tmp` only by who owns the entry or the directory.
#[cfg(unix)]
pub(super) fn check_removable(directory: &Path, entry: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    const STICKY: u32 = 0o1000;
    let is_sticky = fs::symlink_metadata(directory).is_ok_and(|metadata| metadata.mode() & STICKY != 0);
    if is_sticky && is_foreign(directory) && is_foreign(entry) {
        return Err(rustix::io::Errno::PERM.into());
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn check_removable(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether only the owner's bits decide what may be done with a thing.
#[cfg(unix)]
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
pub(super) fn is_root() -> bool {
    false
}
