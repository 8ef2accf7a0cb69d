//! What can be done with files, by handle: the functions of `wasi:filesystem` without WASI's types.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsMaybeDirExt as _, SystemTimeSpec};
use cap_std::fs::{Dir, FileType, Metadata, MetadataExt as _, OpenOptions};
use wharf_model::FileAccess;

use super::path::guest_path;
use super::{Directory, FileError, Files, Handle, OpenFile, Reached};

/// The most entries of one directory that a listing holds.
const MAX_ENTRIES: usize = 1_000_000;

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
}

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
fn links(metadata: &Metadata) -> u64 {
    metadata.nlink()
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn links(_: &Metadata) -> u64 {
    1
}

#[cfg(not(unix))]
fn identity(metadata: &Metadata) -> (u64, u64) {
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

fn exists() -> FileError {
    io::Error::from(io::ErrorKind::AlreadyExists).into()
}

fn not_found() -> FileError {
    io::Error::from(io::ErrorKind::NotFound).into()
}

impl Files {
    fn not_granted<T>(&mut self, path: PathBuf, access: FileAccess) -> Result<T, FileError> {
        if self.refused.len() < 100 {
            self.refused.push((path.clone(), access));
        }
        Err(FileError::NotGranted { path, access })
    }

    /// Opens a file or a directory.
    pub(crate) fn open(&mut self, base: &Directory, path: &str, request: OpenRequest) -> Result<Handle, FileError> {
        let access = if request.changes() { FileAccess::Write } else { FileAccess::Read };
        let must_be_directory = request.directory || path.ends_with('/');
        let reached = self.at(base, path, request.follow, access, |at| {
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
            let mut created = false;
            let mut freed = 0;
            if request.changes() {
                at.touch();
                // Looked at first: opening a pipe for writing would disturb who reads from it.
                let before =
                    if request.follow { at.dir.metadata(at.relative) } else { at.dir.symlink_metadata(at.relative) };
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
            let opened = at.dir.open_with(at.relative, &options).inspect_err(|_| {
                if created {
                    at.ledger.quota.remove_inode();
                }
            })?;
            at.ledger.quota.shrink(freed);
            match opened.metadata()?.file_type().into() {
                Kind::Directory => Ok((Some(Dir::from_std_file(opened.into_std())), None)),
                Kind::File => Ok((None, Some((opened.into_std(), at.private)))),
                Kind::Special | Kind::Symlink => Err(FileError::Special(at.path.to_owned())),
            }
        })?;
        match reached {
            Reached::Granted { value: (Some(dir), _), mount, path } => {
                Ok(Handle::Directory(Directory { path, open: Some((mount, Arc::new(dir))) }))
            }
            Reached::Granted { value: (None, Some(_)), .. } if must_be_directory => {
                Err(io::Error::from(io::ErrorKind::NotADirectory).into())
            }
            Reached::Granted { value: (None, Some((file, private))), .. } => Ok(Handle::File(OpenFile {
                file: Arc::new(file),
                readable: request.read || !request.write,
                writable: request.write,
                private,
            })),
            Reached::Granted { value: (None, None), .. } => Err(not_found()),
            Reached::Above { path, between } => {
                if request.changes() {
                    return self.not_granted(path, FileAccess::Write);
                }
                if let Some(mount) = between
                    && !self.mounts[mount].anchor.is_dir(self.mounts[mount].relative(&path))
                {
                    return Err(not_found());
                }
                Ok(Handle::Directory(Directory { path, open: None }))
            }
        }
    }

    /// What stands at a path.
    pub(crate) fn stat(&mut self, base: &Directory, path: &str, follow: bool) -> Result<Stat, FileError> {
        let reached = self.at(base, path, follow, FileAccess::Read, |at| {
            if let Some(stat) = stat_entry(at.dir, at.relative, follow)? {
                return Ok(stat);
            }
            let metadata = if follow { at.dir.metadata(at.relative) } else { at.dir.symlink_metadata(at.relative) }?;
            Ok(Stat::of(&metadata))
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
                at.ledger.quota.remove_inode();
                if links(&freed) <= 1 && freed.is_file() {
                    at.ledger.quota.shrink(freed.len());
                }
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

    /// Makes a second name for a file. Both must be writable: a name in a writable place for a file in a readable one
    /// would make that file writable.
    pub(crate) fn hard_link(
        &mut self,
        base: &Directory,
        path: &str,
        new_base: &Directory,
        new_path: &str,
    ) -> Result<(), FileError> {
        let (dir, relative, _) = self.hold(base, path)?;
        let reached = self.at(new_base, new_path, false, FileAccess::Write, |at| {
            at.touch();
            if at.private {
                at.ledger.quota.add_inode()?;
            }
            Ok(dir.hard_link(&relative, at.dir, at.relative)?)
        })?;
        self.granted(reached)
    }

    /// Renames. Between different grants a file is copied beside its new place and then renamed there, so that the new
    /// name appears whole or not at all.
    pub(crate) fn rename(
        &mut self,
        base: &Directory,
        path: &str,
        new_base: &Directory,
        new_path: &str,
    ) -> Result<(), FileError> {
        let (path, new_path) = (path.trim_end_matches('/'), new_path.trim_end_matches('/'));
        let (dir, relative, private) = self.hold(base, path)?;
        let moved = self.at(new_base, new_path, false, FileAccess::Write, |at| {
            at.touch();
            match dir.rename(&relative, at.dir, at.relative) {
                Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                    copy_beside(&dir, &relative, at.dir, at.relative)?
                }
                result => result?,
            }
            let size = || at.dir.symlink_metadata(at.relative).map_or(0, |metadata| metadata.len());
            match (private, at.private) {
                (true, false) => {
                    at.ledger.quota.remove_inode();
                    at.ledger.quota.shrink(size());
                }
                (false, true) => {
                    at.ledger.quota.add_inode()?;
                    at.ledger.quota.grow(size())?;
                }
                _ => {}
            }
            Ok(())
        })?;
        self.granted(moved)
    }

    /// The directory in which a writable thing stands, and its name there, for an operation with two places.
    fn hold(&mut self, base: &Directory, path: &str) -> Result<(Arc<Dir>, PathBuf, bool), FileError> {
        let reached = self.at(base, path, false, FileAccess::Write, |at| {
            at.touch();
            // Not by its path but by its directory: the name cannot be led elsewhere between the two places.
            let parent = at.relative.parent().filter(|parent| !parent.as_os_str().is_empty());
            let name = at.relative.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
            let dir = match parent {
                Some(parent) => at.dir.open_dir(parent)?,
                None => at.dir.try_clone()?,
            };
            Ok((Arc::new(dir), PathBuf::from(name), at.private))
        })?;
        match reached {
            Reached::Granted { value, .. } => Ok(value),
            Reached::Above { path, .. } => self.not_granted(path, FileAccess::Write),
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
        let reached = self.at(&root, path.trim_start_matches('/'), true, FileAccess::Read, |at| {
            Ok(mode_of(&at.dir.metadata(at.relative)?))
        })?;
        match reached {
            Reached::Granted { value, .. } => Ok(value),
            Reached::Above { .. } => Ok(None),
        }
    }

    /// Sets the Unix permission bits. Links are followed.
    pub(crate) fn set_permissions(&mut self, path: &str, bits: u32) -> Result<(), FileError> {
        let root = self.root();
        let reached = self.at(&root, path.trim_start_matches('/'), true, FileAccess::Write, |at| {
            let metadata = at.dir.metadata(at.relative)?;
            if mode_of(&metadata) == Some(bits) {
                return Ok(());
            }
            at.touch();
            Ok(set_mode(at.dir, at.relative, bits)?)
        })?;
        self.granted(reached)
    }

    /// The machine's path of a guest path, for a program. Links are followed.
    pub(crate) fn machine_path(&mut self, path: &str) -> Result<PathBuf, FileError> {
        let root = self.root();
        let inside = path.trim_start_matches('/');
        match self.at(&root, inside, true, FileAccess::Read, |_| Ok(()))? {
            Reached::Granted { mount, path, .. } => Ok(self.mounts[mount].machine(&path)),
            Reached::Above { path, .. } => self.not_granted(path, FileAccess::Read),
        }
    }

    fn granted(&mut self, reached: Reached<()>) -> Result<(), FileError> {
        match reached {
            Reached::Granted { .. } => Ok(()),
            Reached::Above { path, .. } => self.not_granted(path, FileAccess::Write),
        }
    }
}

fn copy_beside(from: &Dir, name: &Path, to: &Dir, target: &Path) -> Result<(), FileError> {
    let metadata = from.symlink_metadata(name)?;
    if !metadata.is_file() {
        return Err(io::Error::from(io::ErrorKind::CrossesDevices).into());
    }
    let file_name = target.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let beside = target.with_file_name(format!(".{file_name}.{:016x}.tmp", rand_suffix()));
    let copied = from.copy(name, to, &beside).and_then(|_| to.rename(&beside, to, target));
    if copied.is_err() {
        // What is left beside is ours and half made; the first error is the one to tell.
        let _ = to.remove_file(&beside);
    }
    copied?;
    Ok(from.remove_file(name)?)
}

fn rand_suffix() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(0_u8)
}

#[cfg(unix)]
fn set_non_blocking(options: &mut OpenOptions) {
    use cap_std::fs::OpenOptionsExt as _;
    options.custom_flags((rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits() as i32);
}

#[cfg(not(unix))]
fn set_non_blocking(_: &mut OpenOptions) {}

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
