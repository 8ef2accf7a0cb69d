//! What can be done with files, by handle: the functions of `wasi:filesystem` without WASI's types.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cap_fs_ext::{DirExt as _, SystemTimeSpec};
use cap_std::fs::{Dir, FileType, Metadata, MetadataExt as _};
use wharf_model::FileAccess;

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

/// What a thing in the file system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    Symlink,
    Special,
}

impl From<FileType> for Kind {
    fn from(kind: FileType) -> Self {
        if kind.is_file() {
            Kind::File
        } else if kind.is_dir() {
            Kind::Directory
        } else if kind.is_symlink() {
            Kind::Symlink
        } else {
            Kind::Special
        }
    }
}

/// What is known of a thing.
#[derive(Debug, Clone)]
pub(crate) struct Stat {
    pub(crate) kind: Kind,
    pub(crate) links: u64,
    pub(crate) size: u64,
    pub(crate) accessed: Option<SystemTime>,
    pub(crate) modified: Option<SystemTime>,
    /// Device and number, for comparing.
    pub(crate) identity: (u64, u64),
}

impl Stat {
    fn of(metadata: &Metadata) -> Self {
        Self {
            kind: metadata.file_type().into(),
            links: links(metadata),
            size: metadata.len(),
            accessed: metadata.accessed().ok().map(cap_std::time::SystemTime::into_std),
            modified: metadata.modified().ok().map(cap_std::time::SystemTime::into_std),
            identity: identity(metadata),
        }
    }

    /// A directory above grants.
    fn above() -> Self {
        Self { kind: Kind::Directory, links: 1, size: 0, accessed: None, modified: None, identity: (0, 0) }
    }
}

#[cfg(unix)]
pub(crate) fn links(metadata: &Metadata) -> u64 {
    metadata.nlink()
}

#[cfg(unix)]
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
pub(crate) fn links(_: &Metadata) -> u64 {
    1
}

#[cfg(not(unix))]
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.creation_time(), metadata.len())
}

/// One call for what most programs ask most often: a name directly in an open directory. None if the answer takes more:
/// a longer path, or a link that is to be followed.
#[cfg(unix)]
fn stat_entry(dir: &Dir, relative: &Path, follow: bool) -> io::Result<Option<Stat>> {
    use rustix::fs::{AtFlags, FileType, statat};
    let mut components = relative.components();
    let (Some(std::path::Component::Normal(name)), None) = (components.next(), components.next()) else {
        return Ok(None);
    };
    let stat = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)?;
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        FileType::Symlink if follow => return Ok(None),
        FileType::Symlink => Kind::Symlink,
        _ => Kind::Special,
    };
    let time = |seconds: i64, nanoseconds: u64| {
        let since = std::time::Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
        SystemTime::UNIX_EPOCH.checked_add(since)
    };
    Ok(Some(Stat {
        kind,
        links: stat.st_nlink,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        accessed: time(stat.st_atime, stat.st_atime_nsec),
        modified: time(stat.st_mtime, stat.st_mtime_nsec),
        identity: (stat.st_dev, stat.st_ino),
    }))
}

#[cfg(not(unix))]
fn stat_entry(_: &Dir, _: &Path, _: bool) -> io::Result<Option<Stat>> {
    Ok(None)
}

/// An absolute path as one that starts at the root of all that is granted.
pub(crate) fn below_root(path: &str) -> &str {
    Some(path.trim_start_matches('/')).filter(|path| !path.is_empty()).unwrap_or(".")
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
    pub(crate) fn stat(&mut self, base: &Directory, path: &str, follow: bool) -> Result<Stat, FileError> {
        let must_be_directory = RelativePath::parse(path)?.must_be_directory;
        let follow = follow || must_be_directory;
        let reached = self.at(base, path, follow, FileAccess::Read, |at| {
            let stat = match stat_entry(at.dir, at.relative, follow)? {
                Some(stat) => stat,
                None if follow => Stat::of(&at.dir.metadata(at.relative)?),
                None => Stat::of(&at.dir.symlink_metadata(at.relative)?),
            };
            if must_be_directory && stat.kind != Kind::Directory {
                return Err(io::Error::from(io::ErrorKind::NotADirectory).into());
            }
            Ok(stat)
        })?;
        match reached {
            Reached::Granted { value, .. } => Ok(value),
            Reached::Above { between: Some(mount), path } => {
                let mount = &self.mounts[mount];
                Ok(Stat::of(&mount.anchor.symlink_metadata(mount.relative(&path))?))
            }
            Reached::Above { between: None, .. } => Ok(Stat::above()),
        }
    }

    /// What an open handle is.
    pub(crate) fn stat_handle(handle: &Handle) -> Result<Stat, FileError> {
        match handle {
            Handle::File(open) => Ok(Stat::of(&Metadata::from_file(&open.file)?)),
            Handle::Directory(Directory { open: Some((_, dir)), .. }) => Ok(Stat::of(&dir.dir_metadata()?)),
            Handle::Directory(Directory { open: None, .. }) => Ok(Stat::above()),
        }
    }

    /// Makes a directory.
    pub(crate) fn create_directory(&mut self, base: &Directory, path: &str) -> Result<(), FileError> {
        let reached = self.at(base, path.trim_end_matches('/'), false, FileAccess::Write, |at| {
            at.touch();
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
                self.ledger.changes.touch(&path, &mount.anchor, &relative);
                Ok(mount.anchor.create_dir(relative)?)
            }
        }
    }

    /// Lists a directory.
    pub(crate) fn list(&mut self, directory: &Directory) -> Result<Vec<Entry>, FileError> {
        let Some((_, dir)) = &directory.open else { return Ok(self.list_above(&directory.path)) };
        let mut entries = Vec::new();
        for entry in dir.entries()? {
            if entries.len() == MAX_ENTRIES {
                return Err(io::Error::other(format!("the directory has more than {MAX_ENTRIES} entries")).into());
            }
            let entry = entry?;
            // A name that is not UTF-8 cannot be told to a guest.
            if let Ok(name) = entry.file_name().into_string() {
                entries.push(Entry { name, kind: entry.file_type()?.into() });
            }
        }
        Ok(entries)
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
                    || mount.anchor.symlink_metadata(mount.relative(&child)).is_ok()
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
            at.touch();
            let freed = if at.private { at.dir.symlink_metadata(at.relative).ok() } else { None };
            at.dir.remove_file_or_symlink(at.relative)?;
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
            at.touch();
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
            at.touch();
            if at.private {
                at.ledger.quota.add_inode()?;
            }
            at.dir.symlink_contents(target, at.relative).inspect_err(|_| {
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
        let reached =
            self.at(base, path, false, FileAccess::Read, |at| Ok(at.dir.read_link_contents(at.relative)?))?;
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
        let spec = |time| SystemTimeSpec::Absolute(cap_std::time::SystemTime::from_std(time));
        let reached = self.at(base, path, follow, FileAccess::Write, |at| {
            at.touch();
            let (accessed, modified) = (accessed.map(spec), modified.map(spec));
            if follow {
                at.dir.set_times(at.relative, accessed, modified)?;
            } else {
                at.dir.set_symlink_times(at.relative, accessed, modified)?;
            }
            Ok(())
        })?;
        self.granted(reached)
    }

    /// The Unix permission bits; none where the system has none. Links are followed.
    pub(crate) fn permissions(&mut self, path: &str) -> Result<Option<u32>, FileError> {
        let root = self.root();
        let reached =
            self.at(&root, below_root(path), true, FileAccess::Read, |at| Ok(mode_of(&at.dir.metadata(at.relative)?)))?;
        match reached {
            Reached::Granted { value, .. } => Ok(value),
            Reached::Above { .. } => Ok(None),
        }
    }

    /// Sets the Unix permission bits. Links are followed.
    pub(crate) fn set_permissions(&mut self, path: &str, bits: u32) -> Result<(), FileError> {
        let root = self.root();
        let reached = self.at(&root, below_root(path), true, FileAccess::Write, |at| {
            let metadata = at.dir.metadata(at.relative)?;
            if mode_of(&metadata) == Some(bits) {
                return Ok(());
            }
            at.touch();
            Ok(set_mode(at.dir, at.relative, bits)?)
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

#[cfg(unix)]
fn mode_of(metadata: &Metadata) -> Option<u32> {
    Some(metadata.mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode_of(_: &Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
fn set_mode(dir: &Dir, path: &Path, bits: u32) -> io::Result<()> {
    use cap_std::fs::{Permissions, PermissionsExt as _};
    dir.set_permissions(path, Permissions::from_mode(bits & 0o7777))
}

#[cfg(not(unix))]
fn set_mode(_: &Dir, _: &Path, _: u32) -> io::Result<()> {
    Ok(())
}
