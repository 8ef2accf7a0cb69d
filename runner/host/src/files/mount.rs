use std::io;
use std::path::{Path, PathBuf};

use wharf_model::{FileAccess, FileGrant};

use super::dir::{Dir, Ground};
use super::path::guest_path;

/// The nearest directory that exists, at or above a path of the machine.
fn nearest_directory(path: &Path, ground: &Ground) -> io::Result<(Dir, PathBuf)> {
    let mut path = path.to_owned();
    loop {
        match ground.open_dir(&path) {
            Ok(directory) => return Ok((directory, path)),
            Err(error) if !is_no_directory(&error) || !path.pop() => return Err(error),
            Err(_) => {}
        }
    }
}

fn is_no_directory(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn is_link(directory: &Dir, name: &Path) -> bool {
    directory.symlink_metadata(name).is_ok_and(|metadata| metadata.is_symlink())
}

/// The end of the name, hidden and beside a granted file, under which a step may write the file's new content.
const TEMPORARY: &str = ".wharf-tmp";

/// A granted path, opened once and held: the directory in which all its operations take place.
pub(crate) struct Mount {
    /// The guest path that was granted: everything at it and below it.
    pub(crate) root: PathBuf,
    /// The nearest directory that exists, at or above the root.
    pub(crate) anchor: Dir,
    /// The anchor's guest path.
    pub(crate) anchor_path: PathBuf,
    /// The anchor's path on the machine.
    pub(crate) machine_path: PathBuf,
    pub(crate) access: FileAccess,
    /// Private to the step: counted against the quota and left out of the changes.
    pub(crate) private: bool,
}

impl Mount {
    /// Opens what a grant names: a directory, a file, or a path that does not exist yet. `writable` are the guest paths
    /// that the same step may write.
    ///
    /// Links on the way are the user's own and are followed, but only as far as the step cannot have made them: from a
    /// writable path on, one may have been left by an earlier attempt or run to turn the grant elsewhere. Such a grant
    /// is held from above the link, and every path in it is walked and judged by where it leads.
    pub(crate) fn open(grant: &FileGrant, writable: &[PathBuf], ground: &Ground) -> io::Result<Self> {
        let is_trusted = |path: &&Path| !writable.iter().any(|writable| guest_path(path).starts_with(writable));
        let trusted = grant.path.ancestors().find(is_trusted).or(grant.path.ancestors().last()).unwrap_or(&grant.path);
        let (mut anchor, mut machine_path) = nearest_directory(trusted, ground)?;
        if machine_path == trusted {
            for name in grant.path.strip_prefix(trusted).into_iter().flatten() {
                match anchor.open_dir_nofollow(Path::new(name)) {
                    Ok(directory) => anchor = directory,
                    Err(error) if is_no_directory(&error) || is_link(&anchor, Path::new(name)) => break,
                    Err(error) => return Err(error),
                }
                machine_path.push(name);
            }
        }
        Ok(Self {
            root: guest_path(&grant.path),
            anchor,
            anchor_path: guest_path(&machine_path),
            machine_path,
            access: grant.access,
            private: false,
        })
    }

    /// The private directory of a step.
    pub(crate) fn private(directory: &Path, guest: &Path) -> io::Result<Self> {
        Ok(Self {
            root: guest.to_owned(),
            anchor: Ground::Machine.open_dir(directory)?,
            anchor_path: guest.to_owned(),
            machine_path: directory.to_owned(),
            access: FileAccess::Write,
            private: true,
        })
    }

    /// Whether the grant covers a path: its root, everything below, and the one name beside a file under which its new
    /// content is written before it takes the file's place.
    pub(crate) fn covers(&self, path: &Path) -> bool {
        path.starts_with(&self.root) || (!self.is_whole_directory() && self.temporary().as_deref() == Some(path))
    }

    fn temporary(&self) -> Option<PathBuf> {
        let name = self.root.file_name()?.to_str()?;
        Some(self.root.with_file_name(format!(".{name}{TEMPORARY}")))
    }

    /// Whether the grant is of a whole directory, so that everything below the anchor is granted.
    pub(crate) fn is_whole_directory(&self) -> bool {
        self.root == self.anchor_path
    }

    /// The path relative to the anchor; `.` for the anchor itself.
    pub(crate) fn relative(&self, guest: &Path) -> PathBuf {
        match guest.strip_prefix(&self.anchor_path) {
            Ok(relative) if !relative.as_os_str().is_empty() => relative.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    /// The machine's path of a guest path at or below the anchor.
    pub(crate) fn machine(&self, guest: &Path) -> PathBuf {
        match guest.strip_prefix(&self.anchor_path) {
            Ok(relative) if !relative.as_os_str().is_empty() => self.machine_path.join(relative),
            _ => self.machine_path.clone(),
        }
    }
}
