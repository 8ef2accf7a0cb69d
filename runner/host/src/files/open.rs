//! Opening files and directories.

use std::io;
use std::sync::Arc;

use wharf_model::FileAccess;

use super::dir::{Dir, Opened};
use super::held::HeldFile;
use super::metadata::Kind;
use super::operations::not_found;
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
    pub(crate) fn changes(self) -> bool {
        self.write || self.create || self.truncate
    }
}

/// What a guest opened.
enum Handed {
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
            Reached::Granted { value: Handed::Directory(dir), mount, path } => {
                Ok(Handle::Directory(Directory { path, open: Some((mount, dir)) }))
            }
            Reached::Granted { value: Handed::File { .. }, .. } if must_be_directory => {
                Err(io::Error::from(io::ErrorKind::NotADirectory).into())
            }
            Reached::Granted { value: Handed::File { file, private }, .. } => Ok(Handle::File(OpenFile {
                file: Arc::new(file),
                readable: request.read || !request.write,
                writable: request.write,
                private,
            })),
            Reached::Above { path, .. } if request.changes() => self.not_granted(path, FileAccess::Write),
            Reached::Above { path, between } => {
                if let Some(mount) = between
                    && !self.mounts[mount].anchor.is_dir(&self.mounts[mount].relative(&path))
                {
                    return Err(not_found());
                }
                Ok(Handle::Directory(Directory { path, open: None }))
            }
        }
    }
}

fn open_at(at: &mut At<'_>, request: OpenRequest) -> Result<Handed, FileError> {
    let mut created = false;
    let mut freed = 0;
    if request.changes() {
        at.touch()?;
        // Looked at first: opening a pipe for writing would disturb who reads from it.
        let before = if request.follow { at.dir.metadata(at.relative) } else { at.dir.symlink_metadata(at.relative) };
        match before {
            Ok(before) => {
                if before.kind == Kind::Special {
                    return Err(FileError::Special(at.path.to_owned()));
                }
                if at.private && request.truncate && before.is_file() {
                    freed = before.size;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && request.create && at.private => {
                at.ledger.quota.add_inode()?;
                created = true;
            }
            Err(_) => {}
        }
    }
    let opened = at.dir.open(at.relative, request).inspect_err(|_| {
        if created {
            at.ledger.quota.remove_inode();
        }
    })?;
    at.ledger.quota.shrink(freed);
    match opened {
        Opened::Directory(dir) => Ok(Handed::Directory(dir)),
        Opened::File(file, metadata) if at.private => {
            let file = at.ledger.open.hold(file, metadata.identity, &at.ledger.quota);
            Ok(Handed::File { file, private: true })
        }
        Opened::File(file, _) => Ok(Handed::File { file: HeldFile::uncounted(file), private: false }),
        Opened::Special => Err(FileError::Special(at.path.to_owned())),
    }
}
