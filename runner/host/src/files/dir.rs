//! A directory in which files are, and open files in it: the machine's own, or a plan's overlay over them. Everything
//! else about files is the same in both modes.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsMaybeDirExt as _, SystemTimeSpec};
use cap_std::ambient_authority;
use cap_std::fs::OpenOptions;

use super::OpenRequest;
use super::metadata::{Kind, Metadata, kind_of};
use super::overlay::{Overlay, OverlayDir, OverlayFile, OverlayOpened};

/// Where the directories of a step's grants are opened.
#[derive(Clone)]
pub(crate) enum Ground {
    /// On the machine itself.
    Machine,
    /// In a plan.
    Plan(Overlay),
}

impl Ground {
    /// The directory at an absolute path of the machine. Links on the way are followed.
    pub(crate) fn open_dir(&self, path: &Path) -> io::Result<Dir> {
        match self {
            Ground::Machine => cap_std::fs::Dir::open_ambient_dir(path, ambient_authority()).map(Dir::machine),
            Ground::Plan(overlay) => overlay.open_dir(path).map(Dir::Plan),
        }
    }
}

/// An open directory. Paths are below it: what leads out of it is an error.
#[derive(Clone)]
pub(crate) enum Dir {
    Machine(Arc<cap_std::fs::Dir>),
    Plan(OverlayDir),
}

/// What was opened.
pub(crate) enum Opened {
    Directory(Dir),
    File(DirFile, Metadata),
    /// A pipe, socket or device.
    Special,
}

/// An open file.
pub(crate) enum DirFile {
    Machine(std::fs::File),
    Plan(OverlayFile),
}

impl Dir {
    pub(crate) fn machine(dir: cap_std::fs::Dir) -> Self {
        Dir::Machine(Arc::new(dir))
    }

    /// What stands at a path; a link in its place is followed.
    pub(crate) fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        match self {
            Dir::Machine(dir) => match entry_metadata(dir, path)? {
                Some(metadata) if !metadata.is_symlink() => Ok(metadata),
                _ => dir.metadata(path).map(|metadata| Metadata::from(&metadata)),
            },
            Dir::Plan(dir) => dir.metadata(path, true),
        }
    }

    /// What stands at a path itself.
    pub(crate) fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        match self {
            Dir::Machine(dir) => match entry_metadata(dir, path)? {
                Some(metadata) => Ok(metadata),
                None => dir.symlink_metadata(path).map(|metadata| Metadata::from(&metadata)),
            },
            Dir::Plan(dir) => dir.metadata(path, false),
        }
    }

    /// What the directory is itself.
    pub(crate) fn own_metadata(&self) -> io::Result<Metadata> {
        match self {
            Dir::Machine(dir) => Metadata::of_dir(dir),
            Dir::Plan(dir) => dir.own_metadata(),
        }
    }

    pub(crate) fn is_dir(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|metadata| metadata.is_dir())
    }

    pub(crate) fn open(&self, path: &Path, request: OpenRequest) -> io::Result<Opened> {
        match self {
            Dir::Machine(dir) => {
                let opened = match dir.open_with(path, &options(request)) {
                    Err(error) if is_special(&error) => return Ok(Opened::Special),
                    opened => opened?,
                };
                let metadata = Metadata::from(&opened.metadata()?);
                let file = opened.into_std();
                Ok(match metadata.kind {
                    Kind::Directory => Opened::Directory(Dir::machine(cap_std::fs::Dir::from_std_file(file))),
                    Kind::File => Opened::File(DirFile::Machine(file), metadata),
                    Kind::Symlink | Kind::Special => Opened::Special,
                })
            }
            Dir::Plan(dir) => Ok(match dir.open(path, request)? {
                OverlayOpened::Directory(dir) => Opened::Directory(Dir::Plan(dir)),
                OverlayOpened::File(file) => {
                    let metadata = file.metadata()?;
                    Opened::File(DirFile::Plan(file), metadata)
                }
                OverlayOpened::Special => Opened::Special,
            }),
        }
    }

    pub(crate) fn open_dir(&self, path: &Path) -> io::Result<Dir> {
        match self {
            Dir::Machine(dir) => dir.open_dir(path).map(Dir::machine),
            Dir::Plan(dir) => dir.open_dir(path).map(Dir::Plan),
        }
    }

    /// The directory of a name in this one; a link in its place is an error.
    pub(crate) fn open_dir_nofollow(&self, name: &Path) -> io::Result<Dir> {
        match self {
            Dir::Machine(dir) => dir.open_dir_nofollow(name).map(Dir::machine),
            Dir::Plan(dir) => dir.open_dir_nofollow(name).map(Dir::Plan),
        }
    }

    /// Names and kinds of all entries, up to `most`.
    pub(crate) fn list(&self, most: usize) -> io::Result<Vec<(OsString, Kind)>> {
        match self {
            Dir::Machine(dir) => {
                let entries = dir.entries()?.take(most).map(|entry| {
                    let entry = entry?;
                    let kind = entry.file_type()?;
                    Ok((entry.file_name(), kind_of(kind.is_file(), kind.is_dir(), kind.is_symlink())))
                });
                entries.collect()
            }
            Dir::Plan(dir) => dir.list(most),
        }
    }

    pub(crate) fn create_dir(&self, path: &Path) -> io::Result<()> {
        match self {
            Dir::Machine(dir) => dir.create_dir(path),
            Dir::Plan(dir) => dir.create_dir(path),
        }
    }

    /// Removes a file or a link.
    pub(crate) fn remove_file(&self, path: &Path) -> io::Result<()> {
        match self {
            Dir::Machine(dir) => dir.remove_file_or_symlink(path),
            Dir::Plan(dir) => dir.remove_file(path),
        }
    }

    pub(crate) fn remove_dir(&self, path: &Path) -> io::Result<()> {
        match self {
            Dir::Machine(dir) => dir.remove_dir(path),
            Dir::Plan(dir) => dir.remove_dir(path),
        }
    }

    pub(crate) fn symlink(&self, target: &Path, path: &Path) -> io::Result<()> {
        match self {
            Dir::Machine(dir) => dir.symlink_contents(target, path),
            Dir::Plan(dir) => dir.symlink(target, path),
        }
    }

    pub(crate) fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        match self {
            Dir::Machine(dir) => dir.read_link_contents(path),
            Dir::Plan(dir) => dir.read_link(path),
        }
    }

    pub(crate) fn rename(&self, from: &Path, to_dir: &Dir, to: &Path) -> io::Result<()> {
        match (self, to_dir) {
            (Dir::Machine(dir), Dir::Machine(to_dir)) => dir.rename(from, to_dir, to),
            (Dir::Plan(dir), Dir::Plan(to_dir)) => dir.rename(from, to_dir, to),
            _ => Err(io::ErrorKind::CrossesDevices.into()),
        }
    }

    pub(crate) fn hard_link(&self, from: &Path, to_dir: &Dir, to: &Path) -> io::Result<()> {
        match (self, to_dir) {
            (Dir::Machine(dir), Dir::Machine(to_dir)) => dir.hard_link(from, to_dir, to),
            (Dir::Plan(dir), Dir::Plan(to_dir)) => dir.hard_link(from, to_dir, to),
            _ => Err(io::ErrorKind::CrossesDevices.into()),
        }
    }

    /// Copies a file with its permission bits to a name under which nothing stands.
    pub(crate) fn copy(&self, from: &Path, to_dir: &Dir, to: &Path) -> io::Result<()> {
        let read = OpenRequest { read: true, ..OpenRequest::default() };
        let write = OpenRequest { write: true, create: true, exclusive: true, ..OpenRequest::default() };
        let (Opened::File(original, metadata), Opened::File(copy, _)) =
            (self.open(from, read)?, to_dir.open(to, write)?)
        else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        io::copy(&mut original.into_file()?, &mut copy.into_file()?)?;
        to_dir.set_mode(to, metadata.mode)
    }

    /// Sets the permission bits. Links are followed.
    pub(crate) fn set_mode(&self, path: &Path, bits: u32) -> io::Result<()> {
        match self {
            Dir::Machine(dir) => set_machine_mode(dir, path, bits),
            Dir::Plan(dir) => dir.set_mode(path, bits & 0o7777),
        }
    }

    /// Sets times; none leaves one as it is.
    pub(crate) fn set_times(
        &self,
        path: &Path,
        follow: bool,
        accessed: Option<SystemTime>,
        modified: Option<SystemTime>,
    ) -> io::Result<()> {
        match self {
            Dir::Machine(dir) => {
                let spec = |time| SystemTimeSpec::Absolute(cap_std::time::SystemTime::from_std(time));
                let (accessed, modified) = (accessed.map(spec), modified.map(spec));
                if follow {
                    dir.set_times(path, accessed, modified)
                } else {
                    dir.set_symlink_times(path, accessed, modified)
                }
            }
            Dir::Plan(dir) => dir.set_times(path, follow, accessed, modified),
        }
    }
}

impl DirFile {
    /// Does something with the file of the system in which the bytes are now. Its position is nobody's: others may use
    /// the same one.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&std::fs::File) -> T) -> T {
        match self {
            DirFile::Machine(file) => work(file),
            DirFile::Plan(file) => work(&file.file()),
        }
    }

    /// The file with a position of its own, at its beginning if it was just opened.
    pub(crate) fn into_file(self) -> io::Result<std::fs::File> {
        match self {
            DirFile::Machine(file) => Ok(file),
            DirFile::Plan(file) => file.reopen(),
        }
    }

    /// A handle of the system's own, for what the host does with the file itself.
    pub(crate) fn try_clone(&self) -> io::Result<std::fs::File> {
        match self {
            DirFile::Machine(file) => file.try_clone(),
            DirFile::Plan(file) => file.reopen(),
        }
    }

    pub(crate) fn metadata(&self) -> io::Result<Metadata> {
        match self {
            DirFile::Machine(file) => file.metadata().map(|metadata| Metadata::from(&metadata)),
            DirFile::Plan(file) => file.metadata(),
        }
    }

    /// Sets the permission bits.
    pub(crate) fn set_mode(&self, bits: u32) -> io::Result<()> {
        match self {
            DirFile::Machine(file) => set_file_mode(file, bits),
            DirFile::Plan(file) => file.set_mode(bits),
        }
    }
}

fn options(request: OpenRequest) -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .read(request.read || !request.write)
        .write(request.write || request.truncate)
        .create(request.create && !request.exclusive)
        .create_new(request.create && request.exclusive)
        .truncate(request.truncate && !request.exclusive)
        .follow(if request.follow { FollowSymlinks::Yes } else { FollowSymlinks::No })
        .maybe_dir(!request.changes());
    set_non_blocking(&mut options);
    options
}

#[cfg(unix)]
fn set_non_blocking(options: &mut OpenOptions) {
    use cap_std::fs::OpenOptionsExt as _;
    options.custom_flags((rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits() as i32);
}

#[cfg(not(unix))]
fn set_non_blocking(_: &mut OpenOptions) {}

/// How the system says that a socket, or a device that nobody serves, was to be opened.
#[cfg(unix)]
fn is_special(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::NXIO, Errno::NODEV].iter().any(|code| error.raw_os_error() == Some(code.raw_os_error()))
}

#[cfg(not(unix))]
fn is_special(_: &io::Error) -> bool {
    false
}

#[cfg(unix)]
fn set_machine_mode(dir: &cap_std::fs::Dir, path: &Path, bits: u32) -> io::Result<()> {
    use cap_std::fs::{Permissions, PermissionsExt as _};
    dir.set_permissions(path, Permissions::from_mode(bits & 0o7777))
}

#[cfg(not(unix))]
fn set_machine_mode(_: &cap_std::fs::Dir, _: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn set_file_mode(file: &std::fs::File, bits: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(bits & 0o7777))
}

#[cfg(not(unix))]
fn set_file_mode(_: &std::fs::File, _: u32) -> io::Result<()> {
    Ok(())
}

/// One call for what most programs ask most often: a name directly in an open directory. None if the answer takes more.
#[cfg(unix)]
fn entry_metadata(dir: &cap_std::fs::Dir, path: &Path) -> io::Result<Option<Metadata>> {
    use rustix::fs::{AtFlags, FileType, statat};
    let mut components = path.components();
    let (Some(std::path::Component::Normal(name)), None) = (components.next(), components.next()) else {
        return Ok(None);
    };
    let stat = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)?;
    let kind = FileType::from_raw_mode(stat.st_mode);
    let time = |seconds: i64, nanoseconds: u64| {
        let since = std::time::Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
        SystemTime::UNIX_EPOCH.checked_add(since)
    };
    Ok(Some(Metadata {
        kind: kind_of(kind.is_file(), kind.is_dir(), kind.is_symlink()),
        links: stat.st_nlink,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        mode: stat.st_mode & 0o7777,
        accessed: time(stat.st_atime, stat.st_atime_nsec),
        modified: time(stat.st_mtime, stat.st_mtime_nsec),
        identity: (stat.st_dev, stat.st_ino),
    }))
}

#[cfg(not(unix))]
fn entry_metadata(_: &cap_std::fs::Dir, _: &Path) -> io::Result<Option<Metadata>> {
    Ok(None)
}
