//! What can be done with files, by handle: the functions of `wasi:filesystem` without WASI's types.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wharf_model::FileAccess;

use super::metadata::{Kind, Metadata};
use super::path::{RelativePath, guest_path};
use super::resolve::Place;
use super::{Directory, FileError, Files, Handle, Reached};

/// The most entries of one directory that a listing holds.
const MAX_ENTRIES: usize = 1_000_000;

/// An entry of a listing.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// An absolute path as one that starts at the root of all that is granted.
pub(crate) fn below_root(path: &str) -> &str {
    Some(path.trim_start_matches('/')).filter(|path| !path.is_empty()).unwrap_or(".")
}

/// A directory above grants.
fn above_grants() -> Metadata {
    Metadata::of_directory(0o555, (0, 0))
}

fn exists() -> FileError {
    io::Error::from(io::ErrorKind::AlreadyExists).into()
}

pub(crate) fn not_found() -> FileError {
    io::Error::from(io::ErrorKind::NotFound).into()
}

impl Files {
    pub(crate) fn not_granted<T>(&mut self, path: PathBuf, access: FileAccess) -> Result<T, FileError> {
        if self.refused.len() < 100 {
            self.refused.push((path.clone(), access));
        }
        Err(FileError::NotGranted { path, access })
    }

    /// What stands at a path.
    pub(crate) fn stat(&mut self, base: &Directory, path: &str, follow: bool) -> Result<Metadata, FileError> {
        let must_be_directory = RelativePath::parse(path)?.must_be_directory;
        let follow = follow || must_be_directory;
        let reached = self.at(base, path, follow, FileAccess::Read, |at| {
            let found = if follow { at.dir.metadata(at.relative)? } else { at.dir.symlink_metadata(at.relative)? };
            if must_be_directory && !found.is_dir() {
                return Err(io::Error::from(io::ErrorKind::NotADirectory).into());
            }
            Ok(found)
        })?;
        match reached {
            Reached::Granted { value, .. } => Ok(value),
            Reached::Above { between: Some(mount), path } => {
                let mount = &self.mounts[mount];
                Ok(mount.anchor.symlink_metadata(&mount.relative(&path))?)
            }
            Reached::Above { between: None, .. } => Ok(above_grants()),
        }
    }

    /// What an open handle is.
    pub(crate) fn stat_handle(handle: &Handle) -> Result<Metadata, FileError> {
        match handle {
            Handle::File(open) => Ok(open.file.metadata()?),
            Handle::Directory(Directory { open: Some((_, dir)), .. }) => Ok(dir.own_metadata()?),
            Handle::Directory(Directory { open: None, .. }) => Ok(above_grants()),
        }
    }

    /// Makes a directory.
    pub(crate) fn create_directory(&mut self, base: &Directory, path: &str) -> Result<(), FileError> {
        let reached = self.at(base, path.trim_end_matches('/'), false, FileAccess::Write, |at| {
            at.touch()?;
            if at.private {
                at.ledger.quota.add_inode()?;
            }
            at.dir.create_dir(at.relative).inspect_err(|_| {
                if at.private {
                    at.ledger.quota.remove_inode();
                }
            })?;
            Ok(())
        });
        let reached = match reached {
            // A directory that may only be read: say that it exists, as `create_dir_all` of every language expects.
            Err(FileError::NotGranted { .. }) if matches!(self.stat(base, path, true), Ok(stat) if stat.kind == Kind::Directory) =>
            {
                self.refused.pop();
                return Err(exists());
            }
            reached => reached?,
        };
        match reached {
            Reached::Granted { .. } => Ok(()),
            Reached::Above { between: None, .. } => Err(exists()),
            Reached::Above { between: Some(mount), path } => {
                if self.mounts[mount].access < FileAccess::Write {
                    return self.not_granted(path, FileAccess::Write);
                }
                let mount = &self.mounts[mount];
                let relative = mount.relative(&path);
                self.ledger.touch(&path, &mount.anchor, &relative)?;
                Ok(mount.anchor.create_dir(&relative)?)
            }
        }
    }

    /// Lists a directory.
    pub(crate) fn list(&mut self, directory: &Directory) -> Result<Vec<Entry>, FileError> {
        let Some((_, dir)) = &directory.open else { return Ok(self.list_above(&directory.path)) };
        let entries = dir.list(MAX_ENTRIES + 1)?;
        if entries.len() > MAX_ENTRIES {
            return Err(io::Error::other(format!("the directory has more than {MAX_ENTRIES} entries")).into());
        }
        // A name that is not UTF-8 cannot be told to a guest.
        let named = |(name, kind): (OsString, Kind)| Some(Entry { name: name.into_string().ok()?, kind });
        Ok(entries.into_iter().filter_map(named).collect())
    }

    fn list_above(&mut self, path: &Path) -> Vec<Entry> {
        let mut names = BTreeSet::new();
        for mount in &self.mounts {
            if let Ok(below) = mount.root.strip_prefix(path)
                && let Some(name) = below.components().next()
                && let Some(name) = name.as_os_str().to_str()
            {
                let child = path.join(name);
                if !child.starts_with(&mount.anchor_path)
                    || mount.anchor.symlink_metadata(&mount.relative(&child)).is_ok()
                {
                    names.insert(name.to_owned());
                }
            }
        }
        let kinds = names.into_iter().map(|name| {
            let kind = self.stat(&self.root(), path.join(&name).to_str().unwrap_or("/").trim_start_matches('/'), false);
            Entry { kind: kind.map_or(Kind::Directory, |stat| stat.kind), name }
        });
        kinds.collect()
    }

    /// Removes a file or a link.
    pub(crate) fn remove_file(&mut self, base: &Directory, path: &str) -> Result<(), FileError> {
        if path.ends_with('/') {
            return Err(io::Error::from(io::ErrorKind::NotADirectory).into());
        }
        let reached = self.at(base, path, false, FileAccess::Write, |at| {
            at.touch()?;
            let freed = if at.private { at.dir.symlink_metadata(at.relative).ok() } else { None };
            at.dir.remove_file(at.relative)?;
            if let Some(freed) = freed {
                at.ledger.freed(&freed);
            }
            Ok(())
        })?;
        self.granted(reached)
    }

    /// Removes an empty directory.
    pub(crate) fn remove_directory(&mut self, base: &Directory, path: &str) -> Result<(), FileError> {
        let reached = self.at(base, path.trim_end_matches('/'), false, FileAccess::Write, |at| {
            at.touch()?;
            at.dir.remove_dir(at.relative)?;
            if at.private {
                at.ledger.quota.remove_inode();
            }
            Ok(())
        })?;
        self.granted(reached)
    }

    /// Makes a symbolic link. An absolute target must itself be granted: programs outside the sandbox follow the link
    /// without asking.
    pub(crate) fn symlink(&mut self, target: &str, base: &Directory, path: &str) -> Result<(), FileError> {
        if Path::new(target).has_root()
            && let Err(FileError::NotGranted { path, access }) =
                self.place(guest_path(Path::new(target)), FileAccess::Read)
        {
            return self.not_granted(path, access);
        }
        if RelativePath::parse(path)?.must_be_directory {
            return Err(not_found());
        }
        let reached = self.at(base, path, false, FileAccess::Write, |at| {
            at.touch()?;
            if at.private {
                at.ledger.quota.add_inode()?;
            }
            at.dir.symlink(Path::new(target), at.relative).inspect_err(|_| {
                if at.private {
                    at.ledger.quota.remove_inode();
                }
            })?;
            Ok(())
        })?;
        self.granted(reached)
    }

    /// Where a symbolic link points, as it is written.
    pub(crate) fn read_link(&mut self, base: &Directory, path: &str) -> Result<PathBuf, FileError> {
        let reached = self.at(base, path, false, FileAccess::Read, |at| Ok(at.dir.read_link(at.relative)?))?;
        match reached {
            Reached::Granted { value, .. } => Ok(value),
            Reached::Above { .. } => Err(io::Error::from(io::ErrorKind::InvalidInput).into()),
        }
    }

    /// Sets times; none leaves one as it is.
    pub(crate) fn set_times(
        &mut self,
        base: &Directory,
        path: &str,
        follow: bool,
        accessed: Option<SystemTime>,
        modified: Option<SystemTime>,
    ) -> Result<(), FileError> {
        let reached = self.at(base, path, follow, FileAccess::Write, |at| {
            at.touch()?;
            Ok(at.dir.set_times(at.relative, follow, accessed, modified)?)
        })?;
        self.granted(reached)
    }

    /// The Unix permission bits; none where the system has none. Links are followed.
    pub(crate) fn permissions(&mut self, path: &str) -> Result<Option<u32>, FileError> {
        let root = self.root();
        let reached =
            self.at(&root, below_root(path), true, FileAccess::Read, |at| Ok(at.dir.metadata(at.relative)?.mode))?;
        match reached {
            Reached::Granted { value, .. } => Ok(cfg!(unix).then_some(value)),
            Reached::Above { .. } => Ok(None),
        }
    }

    /// Sets the Unix permission bits. Links are followed.
    pub(crate) fn set_permissions(&mut self, path: &str, bits: u32) -> Result<(), FileError> {
        let root = self.root();
        let reached = self.at(&root, below_root(path), true, FileAccess::Write, |at| {
            if at.dir.metadata(at.relative)?.mode == bits {
                return Ok(());
            }
            at.touch()?;
            Ok(at.dir.set_mode(at.relative, bits)?)
        })?;
        self.granted(reached)
    }

    /// The machine's path of a guest path, for a program, which will follow every link: so each is followed here, and
    /// the path that is answered has none.
    pub(crate) fn machine_path(&mut self, path: &str) -> Result<PathBuf, FileError> {
        let root = self.root();
        match self.walk_noting(&root, &RelativePath::parse(below_root(path))?, true, FileAccess::Read)? {
            Place::Granted { mount, path } => Ok(self.mounts[mount].machine(&path)),
            Place::Above { path, .. } => self.not_granted(path, FileAccess::Read),
        }
    }

    pub(crate) fn granted(&mut self, reached: Reached<()>) -> Result<(), FileError> {
        match reached {
            Reached::Granted { .. } => Ok(()),
            Reached::Above { path, .. } => self.not_granted(path, FileAccess::Write),
        }
    }
}
