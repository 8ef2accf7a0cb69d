use std::ffi::OsString;
use std::fs::FileTimes;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::links::not_permitted;
use super::node::{Content, Node, NodeId};
use super::open::OverlayOpened;
use super::resolve::{Reach, Spot};
use super::tree::{Found, Tree};
use super::{Overlay, lower};
use crate::files::OpenRequest;
use crate::files::metadata::{Kind, Metadata};

/// An open directory of a plan. Paths are below it: a link that leaves it is an error.
#[derive(Clone)]
pub(crate) struct OverlayDir {
    overlay: Overlay,
    id: NodeId,
}

impl OverlayDir {
    pub(super) fn new(overlay: Overlay, id: NodeId) -> Self {
        Self { overlay, id }
    }

    /// What stands at a path; a link in its place is followed if `follow` is set.
    pub(crate) fn metadata(&self, path: &Path, follow: bool) -> io::Result<Metadata> {
        let mut tree = self.overlay.tree();
        match tree.resolve(self.id, path, follow, Reach::Below)? {
            Spot::Directory(id) | Spot::Name { found: Found::Node(id), .. } => {
                tree.metadata(id, self.overlay.scratch())
            }
            Spot::Name { found: Found::Lower(_, metadata), .. } => Ok(metadata),
            Spot::Name { found: Found::Nothing, .. } => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// What it is itself.
    pub(crate) fn own_metadata(&self) -> io::Result<Metadata> {
        self.overlay.tree().metadata(self.id, self.overlay.scratch())
    }

    pub(crate) fn open(&self, path: &Path, request: OpenRequest) -> io::Result<OverlayOpened> {
        self.overlay.open(self.id, path, request)
    }

    pub(crate) fn open_dir(&self, path: &Path) -> io::Result<Self> {
        let id = self.overlay.tree().directory(self.id, path, Reach::Below)?;
        Ok(Self::new(self.overlay.clone(), id))
    }

    /// The directory of a name in this one; a link in its place is an error.
    pub(crate) fn open_dir_nofollow(&self, name: &Path) -> io::Result<Self> {
        if self.metadata(name, false)?.is_dir() {
            self.open_dir(name)
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    pub(crate) fn list(&self, most: usize) -> io::Result<Vec<(OsString, Kind)>> {
        self.overlay.tree().list(self.id, most)
    }

    pub(crate) fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.overlay.create_dir(self.id, path)
    }

    pub(crate) fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.overlay.remove_file(self.id, path)
    }

    pub(crate) fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.overlay.remove_dir(self.id, path)
    }

    pub(crate) fn symlink(&self, target: &Path, path: &Path) -> io::Result<()> {
        self.overlay.symlink(target, self.id, path)
    }

    pub(crate) fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.overlay.read_link(self.id, path)
    }

    pub(crate) fn rename(&self, from: &Path, to_dir: &Self, to: &Path) -> io::Result<()> {
        if !self.overlay.is_same(&to_dir.overlay) {
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        self.overlay.rename((self.id, from), (to_dir.id, to))
    }

    pub(crate) fn hard_link(&self, from: &Path, to_dir: &Self, to: &Path) -> io::Result<()> {
        if !self.overlay.is_same(&to_dir.overlay) {
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        self.overlay.hard_link((self.id, from), (to_dir.id, to))
    }

    /// Sets the permission bits. Links are followed.
    pub(crate) fn set_mode(&self, path: &Path, bits: u32) -> io::Result<()> {
        let mut tree = self.overlay.tree();
        let id = self.found(&mut tree, path, true)?;
        match tree.node_mut(id) {
            Node::Directory(directory) => {
                if directory.lower.as_deref().is_some_and(lower::is_foreign) {
                    return Err(not_permitted());
                }
                directory.mode = Some(bits);
            }
            Node::File(file) if file.is_foreign => return Err(not_permitted()),
            Node::File(file) => file.mode = Some(bits),
            Node::Symlink { .. } | Node::Special { .. } => return Err(io::ErrorKind::Unsupported.into()),
        }
        Ok(())
    }

    /// Sets times; none leaves one as it is.
    pub(crate) fn set_times(
        &self,
        path: &Path,
        follow: bool,
        accessed: Option<SystemTime>,
        modified: Option<SystemTime>,
    ) -> io::Result<()> {
        let mut tree = self.overlay.tree();
        let id = self.node(&mut tree, path, follow)?;
        let scratch = self.overlay.scratch();
        let times = match tree.node_mut(id) {
            Node::Directory(directory) => &mut directory.times,
            Node::File(file) => match file.content {
                Content::Lower(_) => &mut file.times,
                Content::Scratch(number) => {
                    let times = FileTimes::new();
                    let times = accessed.map_or(times, |time| times.set_accessed(time));
                    let times = modified.map_or(times, |time| times.set_modified(time));
                    return match file.open.upgrade() {
                        Some(open) => open.file().set_times(times),
                        None => scratch.open(number)?.set_times(times),
                    };
                }
            },
            Node::Symlink { modified: own, .. } => {
                *own = modified.or(*own);
                return Ok(());
            }
            Node::Special { .. } => return Err(io::ErrorKind::Unsupported.into()),
        };
        times.accessed = accessed.or(times.accessed);
        times.modified = modified.or(times.modified);
        Ok(())
    }

    /// The node of what stands at a path.
    fn found(&self, tree: &mut Tree, path: &Path, follow: bool) -> io::Result<NodeId> {
        match tree.resolve(self.id, path, follow, Reach::Below)? {
            Spot::Directory(id) => Ok(id),
            Spot::Name { parent, name, found } => {
                tree.node_of(parent, &name, found)?.ok_or_else(|| io::ErrorKind::NotFound.into())
            }
        }
    }

    /// The node of what stands at a path and may be written.
    fn node(&self, tree: &mut Tree, path: &Path, follow: bool) -> io::Result<NodeId> {
        let id = self.found(tree, path, follow)?;
        match tree.node(id) {
            Node::Directory(directory) if directory.mode.is_none() => {
                directory.lower.as_deref().map_or(Ok(()), |path| lower::check_writable(path, true))?;
            }
            Node::File(file) if file.mode.is_none() => {
                if let Content::Lower(path) = &file.content {
                    lower::check_writable(path, false)?;
                }
            }
            _ => {}
        }
        Ok(id)
    }
}
