use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::SystemTime;

/// The place of a node in the tree. Nodes are never removed, so that a handle always has its own.
pub(super) type NodeId = usize;

/// A thing that the plan knows: a directory that it went through, or anything that it made, changed or opened.
pub(super) enum Node {
    Directory(DirectoryNode),
    File(FileNode),
    Symlink {
        target: PathBuf,
        identity: (u64, u64),
        modified: Option<SystemTime>,
    },
    /// A pipe, socket or device of the machine.
    Special {
        lower: PathBuf,
    },
}

pub(super) struct DirectoryNode {
    /// The directory in which it stands; the root's is itself.
    pub(super) parent: NodeId,
    /// The machine's directory whose entries show through; none for one that the plan made.
    pub(super) lower: Option<PathBuf>,
    /// What the plan knows of its entries, before what shows through.
    pub(super) entries: BTreeMap<OsString, Slot>,
    /// Set if the plan made it or changed it.
    pub(super) mode: Option<u32>,
    pub(super) times: Times,
    pub(super) identity: (u64, u64),
}

/// An entry of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Node(NodeId),
    /// Something of the machine that is gone.
    Whiteout,
}

pub(super) struct FileNode {
    pub(super) content: Content,
    /// It belongs to somebody else on the machine, who alone may change its permissions.
    pub(super) is_foreign: bool,
    /// Names that it has.
    pub(super) links: u64,
    /// Set if the plan made it or changed it.
    pub(super) mode: Option<u32>,
    /// Times of a file whose content is still the machine's; else the scratch file has them.
    pub(super) times: Times,
    pub(super) identity: (u64, u64),
    /// What is open of it.
    pub(super) open: Weak<OpenContent>,
}

/// Where the bytes of a file are.
pub(super) enum Content {
    /// On the machine.
    Lower(PathBuf),
    /// In the scratch folder, under this number.
    Scratch(u64),
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) accessed: Option<SystemTime>,
    pub(super) modified: Option<SystemTime>,
}

/// The open file behind all handles of one node. When the first write moves its content to the scratch folder, those
/// that were opened before go on there.
pub(super) struct OpenContent(RwLock<Arc<File>>);

impl OpenContent {
    pub(super) fn new(file: File) -> Self {
        Self(RwLock::new(Arc::new(file)))
    }

    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn replace(&self, file: File) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(file);
    }
}
