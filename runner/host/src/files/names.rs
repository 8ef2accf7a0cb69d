//! Second names and new names: hard links and renames, which have two places.

use std::io;
use std::path::{Path, PathBuf};

use wharf_model::FileAccess;

use super::dir::Dir;
use super::metadata::Metadata;
use super::path::RelativePath;
use super::{At, Directory, FileError, Files, Ledger, Reached};

/// A name in an open directory: it cannot be led elsewhere while the other place is looked for.
struct Held {
    dir: Dir,
    name: PathBuf,
    private: bool,
}

fn crosses() -> FileError {
    io::Error::from(io::ErrorKind::CrossesDevices).into()
}

impl Files {
    /// Makes a second name for a file. Both must be writable: a name in a writable place for a file in a readable one
    /// would make that file writable.
    pub(crate) fn hard_link(
        &mut self,
        base: &Directory,
        path: &str,
        new_base: &Directory,
        new_path: &str,
    ) -> Result<(), FileError> {
        let from = self.hold(base, path)?;
        let reached = self.at(new_base, new_path, false, FileAccess::Write, |at| {
            at.touch()?;
            // One file that is counted under one name and not under the other could not be counted at all.
            if from.private != at.private {
                return Err(crosses());
            }
            if at.private {
                at.ledger.quota.add_inode()?;
            }
            from.dir.hard_link(&from.name, at.dir, at.relative).inspect_err(|_| {
                if at.private {
                    at.ledger.quota.remove_inode();
                }
            })?;
            Ok(())
        })?;
        self.granted(reached)
    }

    /// Renames. Between different grants a file is copied beside its new place and then renamed there, so that the new
    /// name appears whole or not at all. Between `/work` and a grant only files can be moved: what is in a directory
    /// would have to be counted first.
    pub(crate) fn rename(
        &mut self,
        base: &Directory,
        path: &str,
        new_base: &Directory,
        new_path: &str,
    ) -> Result<(), FileError> {
        let must_be_directory =
            RelativePath::parse(path)?.must_be_directory || RelativePath::parse(new_path)?.must_be_directory;
        let (path, new_path) = (path.trim_end_matches('/'), new_path.trim_end_matches('/'));
        let from = self.hold(base, path)?;
        if must_be_directory && !from.dir.symlink_metadata(&from.name)?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory).into());
        }
        let moved = self.at(new_base, new_path, false, FileAccess::Write, |at| {
            at.touch()?;
            if !from.private && !at.private {
                return move_to(&from, at);
            }
            let moving = from.dir.symlink_metadata(&from.name)?;
            let replaced = at.dir.symlink_metadata(at.relative).ok();
            if from.private != at.private && moving.is_dir() {
                return Err(crosses());
            }
            if !from.private {
                at.ledger.quota.add_inode()?;
                if let Err(error) = at.ledger.quota.grow(moving.size) {
                    at.ledger.quota.remove_inode();
                    return Err(error);
                }
            }
            if let Err(error) = move_to(&from, at) {
                if !from.private {
                    at.ledger.quota.remove_inode();
                    at.ledger.quota.shrink(moving.size);
                }
                return Err(error);
            }
            if !at.private {
                at.ledger.quota.remove_inode();
                at.ledger.quota.shrink(moving.size);
            } else if let Some(replaced) = replaced.filter(|replaced| replaced.identity != moving.identity) {
                at.ledger.freed(&replaced);
            }
            Ok(())
        })?;
        self.granted(moved)
    }

    /// The directory in which a writable thing stands, and its name there.
    fn hold(&mut self, base: &Directory, path: &str) -> Result<Held, FileError> {
        let reached = self.at(base, path, false, FileAccess::Write, |at| {
            at.touch()?;
            let parent = at.relative.parent().filter(|parent| !parent.as_os_str().is_empty());
            let name = at.relative.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
            let dir = match parent {
                Some(parent) => at.dir.open_dir(parent)?,
                None => at.dir.clone(),
            };
            Ok(Held { dir, name: PathBuf::from(name), private: at.private })
        })?;
        match reached {
            Reached::Granted { value, .. } => Ok(value),
            Reached::Above { path, .. } => self.not_granted(path, FileAccess::Write),
        }
    }
}

impl Ledger {
    /// A name in `/work` is gone; `metadata` is of what it was the name of.
    pub(crate) fn freed(&mut self, metadata: &Metadata) {
        self.quota.remove_inode();
        if metadata.is_file() && metadata.links <= 1 {
            self.open.removed(metadata.identity, metadata.size, &self.quota);
        }
    }
}

fn move_to(from: &Held, at: &At<'_>) -> Result<(), FileError> {
    match from.dir.rename(&from.name, at.dir, at.relative) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            copy_beside(&from.dir, &from.name, at.dir, at.relative)
        }
        result => Ok(result?),
    }
}

fn copy_beside(from: &Dir, name: &Path, to: &Dir, target: &Path) -> Result<(), FileError> {
    let metadata = from.symlink_metadata(name)?;
    if !metadata.is_file() {
        return Err(crosses());
    }
    let file_name = target.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let beside = target.with_file_name(format!(".{file_name}.{:016x}.tmp", rand_suffix()));
    let copied = from.copy(name, to, &beside).and_then(|()| to.rename(&beside, to, target));
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
