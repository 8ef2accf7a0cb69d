//! From a path that a guest gives to a place in a grant. Most paths are lexical: the system resolves links inside a
//! granted directory and never leaves it. A path with `..`, an absolute link, or a grant of less than a directory is
//! walked here, part by part.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use wharf_model::FileAccess;

use super::mount::Mount;
use super::path::guest_path;
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

impl Files {
    /// The place of an absolute, normal guest path, without following links.
    pub(crate) fn place(&self, path: PathBuf, access: FileAccess) -> Result<Place, FileError> {
        let mut best: Option<usize> = None;
        for (index, mount) in self.mounts.iter().enumerate() {
            if mount.covers(&path) {
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
        let mut above = false;
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
            match self.link_at(&next)? {
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
            Ok(metadata) if metadata.file_type().is_symlink() => Ok(Some(mount.anchor.read_link_contents(&relative)?)),
            _ => Ok(None),
        }
    }
}
