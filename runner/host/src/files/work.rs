//! The private directory of a step on the machine.

use std::io;
use std::path::Path;

use cap_fs_ext::DirExt as _;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tempfile::TempDir;

/// Holds the directory, and removes it with everything in it when it is dropped.
pub(crate) struct WorkDirectory {
    /// None when it is being dropped.
    directory: Option<TempDir>,
}

impl WorkDirectory {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { directory: Some(tempfile::Builder::new().prefix("wharf-work-").tempdir()?) })
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.as_ref().map_or(Path::new(""), TempDir::path)
    }
}

impl Drop for WorkDirectory {
    fn drop(&mut self) {
        let Some(directory) = self.directory.take() else { return };
        let emptied = Dir::open_ambient_dir(directory.path(), ambient_authority()).and_then(|root| empty(&root));
        if emptied.is_err() {
            // What cannot be removed is left where the system cleans up: a second try would need a handle and a piece
            // of the stack for each level.
            let _ = directory.keep();
        }
    }
}

/// Empties a directory of whatever a guest made of it. Each directory in it is moved up to the top before it is emptied
/// in its turn, so that neither the stack nor the number of open handles depends on how deep they are.
fn empty(root: &Dir) -> io::Result<()> {
    let mut number = 0_u64;
    loop {
        let mut any = false;
        for entry in root.entries()? {
            let name = entry?.file_name();
            any = true;
            if !remove_if_file(root, Path::new(&name))? {
                let inner = root.open_dir_nofollow(&name)?;
                for entry in inner.entries()? {
                    let name = entry?.file_name();
                    if !remove_if_file(&inner, Path::new(&name))? {
                        move_up(&inner, Path::new(&name), root, &mut number)?;
                    }
                }
                // What was there while its entries were read is gone; one that was overlooked is met in the next round.
                match root.remove_dir(&name) {
                    Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => return Err(error),
                    _ => {}
                }
            }
        }
        if !any {
            return Ok(());
        }
    }
}

/// Removes what is no directory. Answers false for a directory, which is then accessible.
fn remove_if_file(dir: &Dir, name: &Path) -> io::Result<bool> {
    let metadata = dir.symlink_metadata(name)?;
    if !metadata.is_dir() {
        dir.remove_file_or_symlink(name)?;
        return Ok(true);
    }
    #[cfg(unix)]
    {
        use cap_std::fs::{MetadataExt as _, Permissions, PermissionsExt as _};
        if metadata.mode() & 0o700 != 0o700 {
            dir.set_permissions(name, Permissions::from_mode(0o700))?;
        }
    }
    Ok(false)
}

/// Moves a directory to the top, under a name that is free there.
fn move_up(from: &Dir, name: &Path, root: &Dir, number: &mut u64) -> io::Result<()> {
    loop {
        *number += 1;
        match from.rename(name, root, format!(".wharf-{number}")) {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory
                ) => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_removed_however_deep_it_is() {
        let work = WorkDirectory::new().expect("a directory");
        let path = work.path().to_owned();
        let mut at = Dir::open_ambient_dir(&path, ambient_authority()).expect("it is there");
        // Deeper than most systems allow handles.
        for _ in 0..2_500 {
            at.create_dir("d").expect("a directory");
            at = at.open_dir("d").expect("it is there");
        }
        drop(at);
        drop(work);
        assert!(!path.exists());
    }

    #[test]
    fn everything_is_removed_whatever_it_is_called() {
        let work = WorkDirectory::new().expect("a directory");
        let path = work.path().to_owned();
        let make = |name: &str| std::fs::create_dir_all(path.join(name)).expect("a directory");
        // The very names under which directories are moved up.
        for name in ["a/b/c/d", ".wharf-1/x/y", ".wharf-2", "a/.wharf-3/z"] {
            make(name);
            std::fs::write(path.join(name).join("file"), "x").expect("a file");
        }
        std::fs::write(path.join(".wharf-4"), "a file").expect("a file");
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", path.join("a/b/root")).expect("a link");
        drop(work);
        assert!(!path.exists());
        assert!(Path::new("/").exists());
    }
}
