use std::fs::File;
use std::io;
use std::sync::Arc;

use super::links::not_permitted;
use super::node::{Content, NodeId, OpenContent};
use super::{Overlay, lower};
use crate::files::metadata::Metadata;

/// An open file of a plan.
pub(crate) struct OverlayFile {
    overlay: Overlay,
    id: NodeId,
    content: Arc<OpenContent>,
}

impl OverlayFile {
    pub(super) fn new(overlay: Overlay, id: NodeId, content: Arc<OpenContent>) -> Self {
        Self { overlay, id, content }
    }

    /// Where its bytes are now. A file that was opened for writing is in the scratch folder.
    pub(crate) fn file(&self) -> Arc<File> {
        self.content.file()
    }

    /// The same file with a position of its own.
    pub(crate) fn reopen(&self) -> io::Result<File> {
        match &self.overlay.tree().file_mut(self.id)?.content {
            Content::Lower(path) => lower::open(path),
            Content::Scratch(number) => self.overlay.scratch().open(*number),
        }
    }

    pub(crate) fn metadata(&self) -> io::Result<Metadata> {
        self.overlay.tree().metadata(self.id, self.overlay.scratch())
    }

    /// Sets the permission bits.
    pub(crate) fn set_mode(&self, bits: u32) -> io::Result<()> {
        let mut tree = self.overlay.tree();
        let file = tree.file_mut(self.id)?;
        if file.is_foreign {
            return Err(not_permitted());
        }
        file.mode = Some(bits & 0o7777);
        Ok(())
    }
}
