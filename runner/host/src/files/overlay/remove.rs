use std::io;
use std::path::Path;

use super::Overlay;
use super::node::{Content, Node, NodeId};
use super::resolve::{Reach, Spot};
use super::scratch::Scratch;
use super::tree::{Found, Tree};

impl Overlay {
    /// Removes a file or a link.
    pub(super) fn remove_file(&self, start: NodeId, path: &Path) -> io::Result<()> {
        let mut tree = self.tree();
        let Spot::Name { parent, name, found } = tree.resolve(start, path, false, Reach::Below)? else {
            return Err(io::ErrorKind::IsADirectory.into());
        };
        let id = tree.node_of(parent, &name, found)?.ok_or(io::ErrorKind::NotFound)?;
        if matches!(tree.node(id), Node::Directory(_)) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        tree.check_entries_writable(parent)?;
        tree.take_away(parent, &name)?;
        tree.unlink(id, self.scratch());
        Ok(())
    }

    /// Removes an empty directory.
    pub(super) fn remove_dir(&self, start: NodeId, path: &Path) -> io::Result<()> {
        let mut tree = self.tree();
        let Spot::Name { parent, name, found } = tree.resolve(start, path, false, Reach::Below)? else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let id = match found {
            Found::Nothing => return Err(io::ErrorKind::NotFound.into()),
            Found::Node(id) if matches!(tree.node(id), Node::Directory(_)) => id,
            Found::Node(_) | Found::Lower(..) => return Err(io::ErrorKind::NotADirectory.into()),
        };
        tree.check_empty(id)?;
        tree.check_entries_writable(parent)?;
        tree.take_away(parent, &name)
    }
}

impl Tree {
    pub(super) fn check_empty(&self, id: NodeId) -> io::Result<()> {
        if self.list(id, 1)?.is_empty() { Ok(()) } else { Err(io::ErrorKind::DirectoryNotEmpty.into()) }
    }

    /// A name of a node is gone. The bytes of a file without names go too, unless it is open.
    pub(super) fn unlink(&mut self, id: NodeId, scratch: &Scratch) {
        if let Node::File(file) = self.node_mut(id) {
            file.links = file.links.saturating_sub(1);
            if let Content::Scratch(number) = file.content
                && file.links == 0
                && file.open.strong_count() == 0
            {
                scratch.remove(number);
            }
        }
    }
}
