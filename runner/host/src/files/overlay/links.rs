use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Overlay;
use super::node::{DirectoryNode, Node, NodeId, Times};
use super::resolve::{Reach, Spot};
use super::tree::{Found, ROOT, Tree};

impl Overlay {
    pub(super) fn create_dir(&self, start: NodeId, path: &Path) -> io::Result<()> {
        let mut tree = self.tree();
        let (parent, name) = tree.free_name(start, path)?;
        let node = Node::Directory(DirectoryNode {
            parent,
            lower: None,
            entries: Default::default(),
            mode: Some(tree.new_mode(0o777)),
            times: now(),
            identity: tree.new_identity(),
        });
        let id = tree.add(node);
        tree.put(parent, name, id)
    }

    pub(super) fn symlink(&self, target: &Path, start: NodeId, path: &Path) -> io::Result<()> {
        let mut tree = self.tree();
        let (parent, name) = tree.free_name(start, path)?;
        let identity = tree.new_identity();
        let modified = Some(SystemTime::now());
        let id = tree.add(Node::Symlink { target: target.to_owned(), identity, modified });
        tree.put(parent, name, id)
    }

    pub(super) fn read_link(&self, start: NodeId, path: &Path) -> io::Result<PathBuf> {
        let mut tree = self.tree();
        match tree.resolve(start, path, false, Reach::Below)? {
            Spot::Name { found: Found::Nothing, .. } => Err(io::ErrorKind::NotFound.into()),
            Spot::Name { found, .. } => tree.link_target(&found)?.ok_or_else(|| io::ErrorKind::InvalidInput.into()),
            Spot::Directory(_) => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// Gives a file a second name.
    pub(super) fn hard_link(&self, from: (NodeId, &Path), to: (NodeId, &Path)) -> io::Result<()> {
        let mut tree = self.tree();
        let Spot::Name { parent, name, found } = tree.resolve(from.0, from.1, false, Reach::Below)? else {
            return Err(io::ErrorKind::PermissionDenied.into());
        };
        // As for the system, the directories of both names come before what is in them.
        let target = tree.resolve(to.0, to.1, false, Reach::Below)?;
        let id = tree.node_of(parent, &name, found)?.ok_or(io::ErrorKind::NotFound)?;
        let (parent, name) = tree.free(target)?;
        if matches!(tree.node(id), Node::Directory(_)) {
            return Err(not_permitted());
        }
        if let Node::File(file) = tree.node_mut(id) {
            file.links += 1;
        }
        tree.put(parent, name, id)
    }

    /// Renames, as the system does it: a file takes the place of a file, a directory that of an empty directory.
    pub(super) fn rename(&self, from: (NodeId, &Path), to: (NodeId, &Path)) -> io::Result<()> {
        let mut tree = self.tree();
        let busy = || io::Error::from(io::ErrorKind::ResourceBusy);
        let Spot::Name { parent, name, found } = tree.resolve(from.0, from.1, false, Reach::Below)? else {
            return Err(busy());
        };
        // As for the system, the directories of both names come before what is in them.
        let target = tree.resolve(to.0, to.1, false, Reach::Below)?;
        let id = tree.node_of(parent, &name, found)?.ok_or(io::ErrorKind::NotFound)?;
        let Spot::Name { parent: new_parent, name: new_name, .. } = target else { return Err(busy()) };
        // What stands there may have got its node just now, as another name of the same file.
        let found = tree.look_up(new_parent, &new_name)?;
        let replaced = tree.node_of(new_parent, &new_name, found)?;
        let is_directory = |tree: &Tree, id: NodeId| matches!(tree.node(id), Node::Directory(_));
        let moves_directory = is_directory(&tree, id);
        if moves_directory && tree.is_within(new_parent, id) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if replaced.is_some_and(|replaced| tree.is_within(parent, replaced)) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        if replaced == Some(id) {
            return Ok(());
        }
        if let Some(replaced) = replaced {
            match (moves_directory, is_directory(&tree, replaced)) {
                (true, true) => tree.check_empty(replaced)?,
                (true, false) => return Err(io::ErrorKind::NotADirectory.into()),
                (false, true) => return Err(io::ErrorKind::IsADirectory.into()),
                (false, false) => {}
            }
        }
        tree.check_entries_writable(parent)?;
        tree.check_entries_writable(new_parent)?;
        tree.take_away(parent, &name)?;
        tree.put(new_parent, new_name, id)?;
        if let Some(replaced) = replaced {
            tree.unlink(replaced, self.scratch());
        }
        Ok(())
    }
}

impl Tree {
    /// A name under which nothing stands yet, in a directory that can be written.
    fn free_name(&mut self, start: NodeId, path: &Path) -> io::Result<(NodeId, OsString)> {
        let spot = self.resolve(start, path, false, Reach::Below)?;
        self.free(spot)
    }

    fn free(&mut self, spot: Spot) -> io::Result<(NodeId, OsString)> {
        match spot {
            Spot::Name { parent, name, found: Found::Nothing } => {
                self.check_entries_writable(parent)?;
                Ok((parent, name))
            }
            Spot::Name { .. } | Spot::Directory(_) => Err(io::ErrorKind::AlreadyExists.into()),
        }
    }

    /// Whether a directory is `above` or lies below it.
    fn is_within(&self, mut id: NodeId, above: NodeId) -> bool {
        loop {
            if id == above {
                return true;
            }
            match self.node(id) {
                Node::Directory(directory) if id != ROOT => id = directory.parent,
                _ => return false,
            }
        }
    }
}

pub(super) fn now() -> Times {
    let now = Some(SystemTime::now());
    Times { accessed: now, modified: now }
}

#[cfg(unix)]
pub(super) fn not_permitted() -> io::Error {
    rustix::io::Errno::PERM.into()
}

#[cfg(not(unix))]
pub(super) fn not_permitted() -> io::Error {
    io::Error::from_raw_os_error(5)
}
