//! What a plan changes in the file system: nodes in memory over the machine's own tree, with the contents of files in a
//! scratch folder. One overlay serves all steps of a plan, so that a later one sees what an earlier one did; the machine
//! is only ever read. The root of the tree is the machine's, and what stands in it is found by canonical path, so that
//! grants that lie in each other share what they change.

mod dir;
mod file;
mod links;
mod lower;
mod node;
mod open;
mod remove;
mod resolve;
mod scratch;
#[cfg(test)]
mod tests;
mod tree;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use self::dir::OverlayDir;
pub(crate) use self::file::OverlayFile;
pub(crate) use self::open::OverlayOpened;

use self::resolve::Reach;
use self::scratch::Scratch;
use self::tree::{ROOT, Tree};

/// The overlay of one plan. Cheap to clone; dropping the last clone removes the scratch folder.
#[derive(Clone)]
pub(crate) struct Overlay(Arc<Shared>);

struct Shared {
    tree: Mutex<Tree>,
    scratch: Scratch,
}

impl Overlay {
    /// An overlay in which nothing has changed.
    ///
    /// # Errors
    /// If there can be no scratch folder.
    pub(crate) fn new() -> io::Result<Self> {
        let scratch = Scratch::new()?;
        let tree = Mutex::new(Tree::new(scratch.umask()));
        Ok(Self(Arc::new(Shared { tree, scratch })))
    }

    /// The directory at an absolute path of the machine, links on the way followed wherever they lead.
    pub(crate) fn open_dir(&self, path: &Path) -> io::Result<OverlayDir> {
        let id = self.tree().directory(ROOT, path, Reach::Machine)?;
        Ok(OverlayDir::new(self.clone(), id))
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.0.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn scratch(&self) -> &Scratch {
        &self.0.scratch
    }

    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
