use std::ffi::OsString;
use std::fs::{File, FileTimes};
use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};

use super::file::OverlayFile;
use super::node::{Content, FileNode, Node, NodeId, OpenContent, Times};
use super::resolve::{Reach, Spot};
use super::scratch::Scratch;
use super::tree::{Found, Tree, check_owner};
use super::{Overlay, OverlayDir, lower};
use crate::files::OpenRequest;
use crate::files::metadata::Kind;

/// What was opened.
pub(crate) enum OverlayOpened {
    Directory(OverlayDir),
    File(OverlayFile),
    /// A pipe, socket or device, which is not opened at all.
    Special,
}

impl Overlay {
    /// Opens what stands at a path below a directory.
    pub(super) fn open(&self, start: NodeId, path: &Path, request: OpenRequest) -> io::Result<OverlayOpened> {
        let mut tree = self.tree();
        // A link in the place of what is to be made is something that is there, wherever it leads.
        let follow = request.follow && !(request.create && request.exclusive);
        let (parent, name, found) = match tree.resolve(start, path, follow, Reach::Below)? {
            Spot::Directory(id) => return self.opened_directory(id, request),
            Spot::Name { parent, name, found } => (parent, name, found),
        };
        let id = match found {
            Found::Nothing if request.create => tree.create_file(parent, name, self.scratch())?,
            Found::Nothing => return Err(io::ErrorKind::NotFound.into()),
            _ if request.create && request.exclusive => return Err(io::ErrorKind::AlreadyExists.into()),
            Found::Lower(_, metadata) if metadata.is_symlink() => return Err(too_many_links()),
            Found::Lower(_, metadata) if metadata.kind == Kind::Special => return Ok(OverlayOpened::Special),
            found => tree.node_of(parent, &name, found)?.ok_or(io::ErrorKind::NotFound)?,
        };
        match tree.node(id) {
            Node::Directory(_) => self.opened_directory(id, request),
            Node::Symlink { .. } => Err(too_many_links()),
            Node::Special { .. } => Ok(OverlayOpened::Special),
            Node::File(_) => {
                let content = tree.open_content(id, request, self.scratch())?;
                Ok(OverlayOpened::File(OverlayFile::new(self.clone(), id, content)))
            }
        }
    }

    fn opened_directory(&self, id: NodeId, request: OpenRequest) -> io::Result<OverlayOpened> {
        if request.create && request.exclusive {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if request.changes() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(OverlayOpened::Directory(OverlayDir::new(self.clone(), id)))
    }
}

impl Tree {
    fn create_file(&mut self, parent: NodeId, name: OsString, scratch: &Scratch) -> io::Result<NodeId> {
        self.check_entries_writable(parent)?;
        let (number, _) = scratch.create()?;
        let file = FileNode {
            content: Content::Scratch(number),
            is_foreign: false,
            links: 1,
            mode: Some(self.new_mode(0o666)),
            times: Times::default(),
            identity: self.new_identity(),
            open: Weak::new(),
        };
        let id = self.add(Node::File(file));
        self.put(parent, name, id)?;
        Ok(id)
    }

    /// The open file behind a node's handles; its content moves to the scratch folder if it is to be written.
    fn open_content(&mut self, id: NodeId, request: OpenRequest, scratch: &Scratch) -> io::Result<Arc<OpenContent>> {
        let file = self.file_mut(id)?;
        if request.changes() {
            match (file.mode, &file.content) {
                (None, Content::Lower(path)) => lower::check_writable(path, false)?,
                (Some(mode), _) => check_owner(mode, 0o200)?,
                (None, Content::Scratch(_)) => {}
            }
            file.move_to_scratch(scratch, request.truncate)?;
        } else if let Some(mode) = file.mode {
            check_owner(mode, 0o400)?;
        }
        if let Some(open) = file.open.upgrade() {
            return Ok(open);
        }
        let opened = match &file.content {
            Content::Lower(path) => lower::open(path)?,
            Content::Scratch(number) => scratch.open(*number)?,
        };
        let open = Arc::new(OpenContent::new(opened));
        file.open = Arc::downgrade(&open);
        Ok(open)
    }
}

impl FileNode {
    /// Puts the content into the scratch folder, where it can be changed: all of it, or nothing if it is to be empty.
    pub(super) fn move_to_scratch(&mut self, scratch: &Scratch, empty: bool) -> io::Result<()> {
        let path = match &self.content {
            Content::Scratch(number) if empty => return self.opened_scratch(scratch, *number)?.set_len(0),
            Content::Scratch(_) => return Ok(()),
            Content::Lower(path) => path,
        };
        let before = lower::stat(path)?.ok_or(io::ErrorKind::NotFound)?;
        let (number, mut copy) = scratch.create()?;
        if !empty {
            let mut original = match self.open.upgrade() {
                // What was opened may have another name by now.
                Some(open) => open.file().try_clone()?,
                None => lower::open(path)?,
            };
            io::Seek::rewind(&mut original)?;
            io::copy(&mut original, &mut copy)?;
            let times = FileTimes::new();
            let times = self.times.accessed.or(before.accessed).map_or(times, |time| times.set_accessed(time));
            let times = self.times.modified.or(before.modified).map_or(times, |time| times.set_modified(time));
            copy.set_times(times)?;
        }
        self.times = Times::default();
        self.mode.get_or_insert(before.mode);
        self.content = Content::Scratch(number);
        if let Some(open) = self.open.upgrade() {
            open.replace(copy);
        }
        Ok(())
    }

    fn opened_scratch(&self, scratch: &Scratch, number: u64) -> io::Result<Arc<File>> {
        match self.open.upgrade() {
            Some(open) => Ok(open.file()),
            None => scratch.open(number).map(Arc::new),
        }
    }
}

/// How the system says that a link was met where none is followed.
#[cfg(unix)]
fn too_many_links() -> io::Error {
    rustix::io::Errno::LOOP.into()
}

#[cfg(not(unix))]
fn too_many_links() -> io::Error {
    io::ErrorKind::InvalidInput.into()
}
