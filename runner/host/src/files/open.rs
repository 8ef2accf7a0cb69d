//! Opening files and directories.

use std::io;
use std::sync::Arc;

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsMaybeDirExt as _};
use cap_std::fs::{Dir, OpenOptions};
use wharf_model::FileAccess;

use super::held::HeldFile;
use super::operations::{Kind, identity, not_found};
use super::path::RelativePath;
use super::{At, Directory, FileError, Files, Handle, OpenFile, Reached};

/// What is asked of an open.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OpenRequest {
    pub(crate) read: bool,
    pub(crate) write: bool,
    pub(crate) create: bool,
    pub(crate) exclusive: bool,
    pub(crate) truncate: bool,
    /// It must be a directory.
    pub(crate) directory: bool,
    pub(crate) follow: bool,
}

impl OpenRequest {
    fn changes(self) -> bool {
        self.write || self.create || self.truncate
    }

    fn options(self) -> OpenOptions {
        let mut options = OpenOptions::new();
        options
            .read(self.read || !self.write)
            .write(self.write || self.truncate)
            .create(self.create && !self.exclusive)
            .create_new(self.create && self.exclusive)
            .truncate(self.truncate && !self.exclusive)
            .follow(if self.follow { FollowSymlinks::Yes } else { FollowSymlinks::No })
            .maybe_dir(!self.changes());
        set_non_blocking(&mut options);
        options
    }
}

enum Opened {
    Directory(Dir),
    File { file: HeldFile, private: bool },
}

impl Files {
    /// Opens a file or a directory.
    pub(crate) fn open(&mut self, base: &Directory, path: &str, request: OpenRequest) -> Result<Handle, FileError> {
        let access = if request.changes() { FileAccess::Write } else { FileAccess::Read };
        let must_be_directory = request.directory || RelativePath::parse(path)?.must_be_directory;
        // Nothing may have happened when it turns out that a directory was meant.
        if must_be_directory && request.changes() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
        }
        match self.at(base, path, request.follow, access, |at| open_at(at, request))? {
            Reached::Granted { value: Opened::Directory(dir), mount, path } => {
                Ok(Handle::Directory(Directory { path, open: Some((mount, Arc::new(dir))) }))
            }
            Reached::Granted { value: Opened::File { .. }, .. } if must_be_directory => {
                Err(io::Error::from(io::ErrorKind::NotADirectory).into())
            }
            Reached::Granted { value: Opened::File { file, private }, .. } => Ok(Handle::File(OpenFile {
                file: Arc::new(file),
                readable: request.read || !request.write,
                writable: request.write,
                private,
            })),
            Reached::Above { path, .. } if request.changes() => self.not_granted(path, FileAccess::Write),
            Reached::Above { path, between } => {
                if let Some(mount) = between
                    && !self.mounts[mount].anchor.is_dir(self.mounts[mount].relative(&path))
                {
                    return Err(not_found());
                }
                Ok(Handle::Directory(Directory { path, open: None }))
            }
        }
    }
}

fn open_at(at: &mut At<'_>, request: OpenRequest) -> Result<Opened, FileError> {
    let mut created = false;
    let mut freed = 0;
    if request.changes() {
        at.touch();
        // Looked at first: opening a pipe for writing would disturb who reads from it.
        let before = if request.follow { at.dir.metadata(at.relative) } else { at.dir.symlink_metadata(at.relative) };
        match before {
            Ok(before) => {
                if Kind::from(before.file_type()) == Kind::Special {
                    return Err(FileError::Special(at.path.to_owned()));
                }
                if at.private && request.truncate && before.is_file() {
                    freed = before.len();
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && request.create && at.private => {
                at.ledger.quota.add_inode()?;
                created = true;
            }
            Err(_) => {}
        }
    }
    let opened = at.dir.open_with(at.relative, &request.options()).map_err(|error| {
        if created {
            at.ledger.quota.remove_inode();
        }
        if is_special(&error) { FileError::Special(at.path.to_owned()) } else { error.into() }
    })?;
    at.ledger.quota.shrink(freed);
    let metadata = opened.metadata()?;
    match Kind::from(metadata.file_type()) {
        Kind::Directory => Ok(Opened::Directory(Dir::from_std_file(opened.into_std()))),
        Kind::File if at.private => {
            let file = at.ledger.open.hold(opened.into_std(), identity(&metadata), &at.ledger.quota);
            Ok(Opened::File { file, private: true })
        }
        Kind::File => Ok(Opened::File { file: HeldFile::uncounted(opened.into_std()), private: false }),
        Kind::Special | Kind::Symlink => Err(FileError::Special(at.path.to_owned())),
    }
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
