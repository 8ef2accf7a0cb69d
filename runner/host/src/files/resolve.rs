//! From a path that a guest gives to a place in a grant. Most paths are lexical: the system resolves links inside a
//! granted directory and never leaves it. A path with `..`, an absolute link, or a grant of less than a directory is
//! walked here, part by part.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use wharf_model::FileAccess;

use super::mount::Mount;
use super::path::{WORK, guest_path};
use super::{FileError, Files};

/// The most symbolic links on one path, as on Linux.
const MAX_LINKS: usize = 40;

/// Where a guest path is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a grant.
    Granted {
        /// Which one.
        mount: usize,
        /// The absolute guest path.
        path: PathBuf,
    },
    /// A directory above grants: it can be looked at, and shows nothing but the way to them. If it lies between a grant
    /// and the directory that exists, it can be made.
    Above {
        /// The grant that it leads to, if it lies between its anchor and its root.
        between: Option<usize>,
        /// The absolute guest path.
        path: PathBuf,
    },
}

/// A path with the rest behind it, as it is written: for telling what was wanted where nothing may be looked at.
fn lexically(path: &Path, rest: &VecDeque<OsString>) -> PathBuf {
    let mut whole = path.to_owned();
    for part in rest {
        if part == ".." {
            whole.pop();
        } else {
            whole.push(part);
        }
    }
    whole
}

impl Files {
    /// The place of an absolute, normal guest path, without following links.
    pub(crate) fn place(&self, path: PathBuf, access: FileAccess) -> Result<Place, FileError> {
        // A project may well lie below a `/work` of the machine: what is granted there comes before what is private.
        let claimed = |mount: &Mount| !mount.private && (mount.covers(&path) || mount.root.starts_with(&path));
        let is_claimed = path != Path::new(WORK) && self.mounts.iter().any(claimed);
        let mut best: Option<usize> = None;
        for (index, mount) in self.mounts.iter().enumerate() {
            if mount.covers(&path) && !(mount.private && is_claimed) {
                let better = best.is_none_or(|best| {
                    let rank = |mount: &Mount| (mount.access >= access, mount.root.components().count());
                    rank(mount) > rank(&self.mounts[best])
                });
                if better {
                    best = Some(index);
                }
            }
        }
        if let Some(mount) = best {
            if self.mounts[mount].access < access {
                return Err(FileError::NotGranted { path, access });
            }
            return Ok(Place::Granted { mount, path });
        }
        let mut above = path == Path::new("/");
        let mut between = None;
        for (index, mount) in self.mounts.iter().enumerate() {
            if mount.root.starts_with(&path) {
                above = true;
                if path.starts_with(&mount.anchor_path) && path != mount.anchor_path {
                    between = Some(index);
                }
            }
        }
        if above { Ok(Place::Above { between, path }) } else { Err(FileError::NotGranted { path, access }) }
    }

    /// The place of `parts` below the directory `base`, with every link on the way resolved; the last part too if
    /// `follow` is set. `access` is what is wanted of the last part.
    pub(crate) fn walk(
        &self,
        base: &Path,
        parts: &[&str],
        follow: bool,
        access: FileAccess,
    ) -> Result<Place, FileError> {
        let mut at = base.to_owned();
        let mut rest: VecDeque<OsString> = parts.iter().map(OsString::from).collect();
        let mut links = 0;
        while let Some(part) = rest.pop_front() {
            if part == ".." {
                at.pop();
                continue;
            }
            let next = at.join(&part);
            let last = rest.is_empty();
            if last && !follow {
                at = next;
                break;
            }
            let link = self.link_at(&next).map_err(|error| match error {
                FileError::NotGranted { .. } => FileError::NotGranted { path: lexically(&next, &rest), access },
                error => error,
            })?;
            match link {
                None => at = next,
                Some(target) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(FileError::TooManyLinks(next));
                    }
                    if target.has_root() {
                        at = PathBuf::from("/");
                    }
                    let target = if target.has_root() { guest_path(&target) } else { target };
                    for component in target.components().rev() {
                        match component {
                            Component::Normal(name) => rest.push_front(name.to_owned()),
                            Component::ParentDir => rest.push_front("..".into()),
                            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
                        }
                    }
                }
            }
        }
        self.place(at, access)
    }

    /// Where the link at this path points; none if it is no link, or nothing, or above all grants.
    fn link_at(&self, path: &Path) -> Result<Option<PathBuf>, FileError> {
        let mount = match self.place(path.to_owned(), FileAccess::Read)? {
            Place::Granted { mount, .. } | Place::Above { between: Some(mount), .. } => &self.mounts[mount],
            Place::Above { between: None, .. } => return Ok(None),
        };
        let relative = mount.relative(path);
        match mount.anchor.symlink_metadata(&relative) {
            Ok(metadata) if metadata.is_symlink() => Ok(Some(mount.anchor.read_link(&relative)?)),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use wharf_model::Limits;

    use super::*;
    use crate::files::Ground;

    /// A project may lie below a `/work` of the machine.
    #[test]
    fn grants_below_work_come_before_what_is_private() {
        let folder = tempfile::tempdir().expect("a folder");
        let mount = |root: &str, anchor: &str, access| Mount {
            root: root.into(),
            anchor: Ground::Machine.open_dir(folder.path()).expect("it is there"),
            anchor_path: anchor.into(),
            machine_path: folder.path().to_owned(),
            access,
            private: false,
        };
        let mut files = Files::new(&[], &Limits::default(), &Ground::Machine).expect("nothing is granted");
        files.mounts.push(mount("/work/project/app", "/work/project/app", FileAccess::Read));
        files.mounts.push(mount("/work/project/out", "/work", FileAccess::Write));
        files.make_work(Path::new(WORK)).expect("a private directory");
        let place = |path: &str, access| files.place(path.into(), access);
        assert_eq!(place("/work", FileAccess::Write).ok(), Some(granted(2, "/work")));
        assert_eq!(place("/work/mine", FileAccess::Write).ok(), Some(granted(2, "/work/mine")));
        assert_eq!(place("/work/project/app/x", FileAccess::Read).ok(), Some(granted(0, "/work/project/app/x")));
        assert!(matches!(place("/work/project/app/x", FileAccess::Write), Err(FileError::NotGranted { .. })));
        assert_eq!(place("/work/project/out/x", FileAccess::Write).ok(), Some(granted(1, "/work/project/out/x")));
        let above = Place::Above { between: Some(1), path: "/work/project".into() };
        assert_eq!(place("/work/project", FileAccess::Write).ok(), Some(above));
    }

    fn granted(mount: usize, path: &str) -> Place {
        Place::Granted { mount, path: path.into() }
    }
}
