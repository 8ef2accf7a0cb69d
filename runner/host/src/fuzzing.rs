//! For the fuzz targets in `tests/fuzz`: the door of files without a guest in front of it.

use std::io::{Read as _, Write as _};
use std::path::Path;

use wharf_model::{FileAccess, FileGrant, GrantOrigin, Limits};

use crate::files::{Directory, FileError, Files, Ground, Handle, OpenRequest};

/// What a guest may try with absolute guest paths.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is named after the operation of the system")]
pub enum FileOperation {
    Read(String),
    Write(String),
    CreateDirectory(String),
    Remove(String),
    RemoveDirectory(String),
    Rename(String, String),
    HardLink(String, String),
    Symlink { target: String, path: String },
    List(String),
}

/// The files of a step that may write in one directory and read in another.
pub struct FileTrial {
    files: Files,
}

impl FileTrial {
    /// The files of such a step.
    pub fn new(writable: &Path, readable: &Path) -> Self {
        let grant = |path: &Path, access| FileGrant { path: path.to_owned(), access, origin: GrantOrigin::Host };
        let grants = [grant(writable, FileAccess::Write), grant(readable, FileAccess::Read)];
        Self { files: Files::new(&grants, &Limits::default(), &Ground::Machine).expect("both directories are there") }
    }

    /// Does it, if it is allowed; answers what was read.
    pub fn act(&mut self, operation: &FileOperation) -> Option<Vec<u8>> {
        self.try_to(operation).ok().flatten()
    }

    fn try_to(&mut self, operation: &FileOperation) -> Result<Option<Vec<u8>>, FileError> {
        let root: Directory = self.files.root();
        let inside = |path: &str| path.trim_start_matches('/').to_owned();
        match operation {
            FileOperation::Read(path) => {
                let request = OpenRequest { read: true, follow: true, ..Default::default() };
                if let Handle::File(file) = self.files.open(&root, &inside(path), request)? {
                    let mut content = Vec::new();
                    file.try_clone()?.take(1024).read_to_end(&mut content)?;
                    return Ok(Some(content));
                }
            }
            FileOperation::Write(path) => {
                let request = OpenRequest { write: true, create: true, follow: true, ..Default::default() };
                if let Handle::File(file) = self.files.open(&root, &inside(path), request)? {
                    file.try_clone()?.write_all(b"written by the guest")?;
                }
            }
            FileOperation::CreateDirectory(path) => self.files.create_directory(&root, &inside(path))?,
            FileOperation::Remove(path) => self.files.remove_file(&root, &inside(path))?,
            FileOperation::RemoveDirectory(path) => self.files.remove_directory(&root, &inside(path))?,
            FileOperation::Rename(from, to) => self.files.rename(&root, &inside(from), &root, &inside(to))?,
            FileOperation::HardLink(from, to) => self.files.hard_link(&root, &inside(from), &root, &inside(to))?,
            FileOperation::Symlink { target, path } => self.files.symlink(target, &root, &inside(path))?,
            FileOperation::List(path) => {
                let request = OpenRequest { read: true, directory: true, follow: true, ..Default::default() };
                if let Handle::Directory(directory) = self.files.open(&root, &inside(path), request)? {
                    self.files.list(&directory)?;
                }
            }
        }
        Ok(None)
    }
}
