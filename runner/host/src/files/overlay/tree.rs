use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Weak;

use super::lower;
use super::node::{Content, DirectoryNode, FileNode, Node, NodeId, Slot, Times};
use super::scratch::Scratch;
use crate::files::metadata::{Kind, Metadata};

/// The machine's root.
pub(super) const ROOT: NodeId = 0;

/// The device number of what exists only in the plan.
const PLAN_DEVICE: u64 = u64::MAX;

/// All that a plan knows of the file system.
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Files of the machine that have several names there, so that a change through one is seen under all.
    by_inode: HashMap<(u64, u64), NodeId>,
    umask: u32,
}

/// What stands under a name.
pub(super) enum Found {
    Nothing,
    Node(NodeId),
    /// Something of the machine that the plan has no node for.
    Lower(PathBuf, Metadata),
}

impl Tree {
    pub(super) fn new(umask: u32) -> Self {
        let root = DirectoryNode {
            parent: ROOT,
            lower: Some(PathBuf::from("/")),
            entries: BTreeMap::new(),
            mode: None,
            times: Times::default(),
            identity: (0, 0),
        };
        Self { nodes: vec![Node::Directory(root)], by_inode: HashMap::new(), umask }
    }

    pub(super) fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id]
    }

    pub(super) fn directory_node(&self, id: NodeId) -> io::Result<&DirectoryNode> {
        match &self.nodes[id] {
            Node::Directory(directory) => Ok(directory),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    pub(super) fn directory_mut(&mut self, id: NodeId) -> io::Result<&mut DirectoryNode> {
        match &mut self.nodes[id] {
            Node::Directory(directory) => Ok(directory),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    pub(super) fn file_mut(&mut self, id: NodeId) -> io::Result<&mut FileNode> {
        match &mut self.nodes[id] {
            Node::File(file) => Ok(file),
            Node::Directory(_) => Err(io::ErrorKind::IsADirectory.into()),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    pub(super) fn new_identity(&self) -> (u64, u64) {
        (PLAN_DEVICE, self.nodes.len() as u64)
    }

    /// The permission bits of a new file or directory.
    pub(super) fn new_mode(&self, bits: u32) -> u32 {
        bits & !self.umask
    }

    /// What stands under a name in a directory. Directories get a node as soon as they are seen.
    pub(super) fn look_up(&mut self, parent: NodeId, name: &OsStr) -> io::Result<Found> {
        let directory = self.directory_node(parent)?;
        match directory.entries.get(name) {
            Some(Slot::Whiteout) => return Ok(Found::Nothing),
            Some(Slot::Node(id)) => return Ok(Found::Node(*id)),
            None => {}
        }
        let Some(lower) = &directory.lower else { return Ok(Found::Nothing) };
        let path = lower.join(name);
        let Some(metadata) = lower::stat(&path)? else { return Ok(Found::Nothing) };
        if metadata.is_dir() {
            return self.take_in(parent, name, &path, &metadata).map(Found::Node);
        }
        match self.by_inode.get(&metadata.identity) {
            Some(known) if metadata.is_file() => Ok(Found::Node(*known)),
            _ => Ok(Found::Lower(path, metadata)),
        }
    }

    /// Makes a node for something of the machine, under its name.
    pub(super) fn take_in(
        &mut self,
        parent: NodeId,
        name: &OsStr,
        path: &Path,
        metadata: &Metadata,
    ) -> io::Result<NodeId> {
        let (path, identity) = (path.to_owned(), metadata.identity);
        let node = match metadata.kind {
            Kind::Directory => Node::Directory(DirectoryNode {
                parent,
                lower: Some(path),
                entries: BTreeMap::new(),
                mode: None,
                times: Times::default(),
                identity,
            }),
            Kind::Symlink => {
                Node::Symlink { target: std::fs::read_link(&path)?, identity, modified: metadata.modified }
            }
            Kind::File => Node::File(FileNode {
                is_foreign: lower::is_foreign(&path),
                content: Content::Lower(path),
                links: metadata.links,
                mode: None,
                times: Times::default(),
                identity,
                open: Weak::new(),
            }),
            Kind::Special => Node::Special { lower: path },
        };
        let id = self.add(node);
        if metadata.is_file() && metadata.links > 1 {
            self.by_inode.insert(identity, id);
        }
        self.directory_mut(parent)?.entries.insert(name.to_owned(), Slot::Node(id));
        Ok(id)
    }

    /// The node of what was found, made if there was none.
    pub(super) fn node_of(&mut self, parent: NodeId, name: &OsStr, found: Found) -> io::Result<Option<NodeId>> {
        match found {
            Found::Nothing => Ok(None),
            Found::Node(id) => Ok(Some(id)),
            Found::Lower(path, metadata) => self.take_in(parent, name, &path, &metadata).map(Some),
        }
    }

    /// What a node is.
    pub(super) fn metadata(&self, id: NodeId, scratch: &Scratch) -> io::Result<Metadata> {
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        match &self.nodes[id] {
            Node::Directory(directory) => {
                let below = directory.lower.as_deref().map(lower::stat).transpose()?.flatten();
                let mut metadata = below.unwrap_or_else(|| Metadata::of_directory(0o777, directory.identity));
                metadata.mode = directory.mode.unwrap_or(metadata.mode);
                metadata.accessed = directory.times.accessed.or(metadata.accessed);
                metadata.modified = directory.times.modified.or(metadata.modified);
                Ok(metadata)
            }
            Node::File(file) => {
                let mut metadata = match (&file.content, file.open.upgrade()) {
                    (_, Some(open)) => Metadata::from(&open.file().metadata()?),
                    (Content::Lower(path), None) => lower::stat(path)?.ok_or_else(gone)?,
                    (Content::Scratch(number), None) => Metadata::from(&scratch.metadata(*number)?),
                };
                metadata.mode = file.mode.unwrap_or(metadata.mode);
                metadata.accessed = file.times.accessed.or(metadata.accessed);
                metadata.modified = file.times.modified.or(metadata.modified);
                metadata.links = file.links;
                metadata.identity = file.identity;
                Ok(metadata)
            }
            Node::Symlink { target, identity, modified } => Ok(Metadata {
                kind: Kind::Symlink,
                links: 1,
                size: target.as_os_str().len() as u64,
                mode: 0o777,
                accessed: *modified,
                modified: *modified,
                identity: *identity,
            }),
            Node::Special { lower } => lower::stat(lower)?.ok_or_else(gone),
        }
    }

    /// Whether the run could make and remove entries in a directory.
    pub(super) fn check_entries_writable(&self, id: NodeId) -> io::Result<()> {
        let directory = self.directory_node(id)?;
        match (directory.mode, &directory.lower) {
            (Some(mode), _) => check_owner(mode, 0o300),
            (None, Some(lower)) => lower::check_writable(lower, true),
            (None, None) => Ok(()),
        }
    }

    /// Puts a node under a name.
    pub(super) fn put(&mut self, parent: NodeId, name: OsString, id: NodeId) -> io::Result<()> {
        self.directory_mut(parent)?.entries.insert(name, Slot::Node(id));
        if let Node::Directory(directory) = &mut self.nodes[id] {
            directory.parent = parent;
        }
        Ok(())
    }

    /// Takes a name away, if the run could. What stands there on the machine no longer shows through.
    pub(super) fn take_away(&mut self, parent: NodeId, name: &OsStr) -> io::Result<()> {
        let directory = self.directory_mut(parent)?;
        let shows_through = match &directory.lower {
            Some(lower) => lower::stat(&lower.join(name))?.is_some(),
            None => false,
        };
        if let Some(lower) = directory.lower.as_deref().filter(|_| shows_through) {
            lower::check_removable(lower, &lower.join(name))?;
        }
        if shows_through {
            directory.entries.insert(name.to_owned(), Slot::Whiteout);
        } else {
            directory.entries.remove(name);
        }
        Ok(())
    }

    /// All entries of a directory, those of the machine first, up to `most`.
    pub(super) fn list(&self, id: NodeId, most: usize) -> io::Result<Vec<(OsString, Kind)>> {
        let directory = self.directory_node(id)?;
        let mut entries = Vec::new();
        let lower = directory.lower.as_deref().map(lower::list).transpose()?;
        for entry in lower.into_iter().flatten() {
            let (name, kind) = entry?;
            if entries.len() == most {
                return Ok(entries);
            }
            if !directory.entries.contains_key(&name) {
                entries.push((name, kind));
            }
        }
        let kind = |id: &NodeId| match &self.nodes[*id] {
            Node::Directory(_) => Kind::Directory,
            Node::File(_) => Kind::File,
            Node::Symlink { .. } => Kind::Symlink,
            Node::Special { .. } => Kind::Special,
        };
        let known = directory.entries.iter().filter_map(|(name, slot)| match slot {
            Slot::Node(id) => Some((name.clone(), kind(id))),
            Slot::Whiteout => None,
        });
        entries.extend(known.take(most - entries.len()));
        Ok(entries)
    }
}

/// Whether the owner may do what these bits stand for.
pub(super) fn check_owner(mode: u32, bits: u32) -> io::Result<()> {
    if mode & bits == bits || lower::is_root() { Ok(()) } else { Err(denied()) }
}

/// As the system says it, so that it is not taken for a link that leaves the grant.
pub(super) fn denied() -> io::Error {
    #[cfg(unix)]
    return rustix::io::Errno::ACCESS.into();
    #[cfg(not(unix))]
    return io::Error::from_raw_os_error(5);
}
