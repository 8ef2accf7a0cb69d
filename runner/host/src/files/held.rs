//! Open files. What is removed from `/work` while it is open still lies on the disk, and is counted until it is closed.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use super::dir::DirFile;
use super::quota::Quota;

/// Device and number of a file.
type Identity = (u64, u64);

/// An open file of the system; every handle and stream of a guest that uses it shares it.
pub(crate) struct HeldFile {
    file: DirFile,
    /// Of a file in `/work`.
    inode: Option<Arc<Inode>>,
}

/// A file of `/work`, as long as it is open under any name.
struct Inode {
    quota: Quota,
    /// It has no name any more: its bytes are free when it is closed.
    removed: AtomicBool,
    length: AtomicU64,
}

impl HeldFile {
    /// A file that is not counted.
    pub(crate) fn uncounted(file: DirFile) -> Self {
        Self { file, inode: None }
    }
}

impl Deref for HeldFile {
    type Target = DirFile;

    fn deref(&self) -> &DirFile {
        &self.file
    }
}

impl Drop for HeldFile {
    fn drop(&mut self) {
        if let Some(inode) = &self.inode
            && inode.removed.load(Ordering::Relaxed)
            && let Ok(metadata) = self.file.metadata()
        {
            inode.length.store(metadata.size, Ordering::Relaxed);
        }
    }
}

impl Drop for Inode {
    fn drop(&mut self) {
        if *self.removed.get_mut() {
            self.quota.shrink(*self.length.get_mut());
        }
    }
}

/// The files of `/work` that are open.
#[derive(Default)]
pub(crate) struct OpenInodes(HashMap<Identity, Weak<Inode>>);

impl OpenInodes {
    /// Remembers that a file of `/work` was opened.
    pub(crate) fn hold(&mut self, file: DirFile, identity: Identity, quota: &Quota) -> HeldFile {
        if let Some(inode) = self.0.get(&identity).and_then(Weak::upgrade) {
            return HeldFile { file, inode: Some(inode) };
        }
        if self.0.len() >= 1024 {
            self.0.retain(|_, inode| inode.strong_count() > 0);
        }
        let inode =
            Arc::new(Inode { quota: quota.clone(), removed: AtomicBool::new(false), length: AtomicU64::new(0) });
        self.0.insert(identity, Arc::downgrade(&inode));
        HeldFile { file, inode: Some(inode) }
    }

    /// The last name of a file is gone: its bytes are free, now or when it is closed.
    pub(crate) fn removed(&mut self, identity: Identity, bytes: u64, quota: &Quota) {
        match self.0.get(&identity).and_then(Weak::upgrade) {
            Some(inode) => inode.removed.store(true, Ordering::Relaxed),
            None => quota.shrink(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use wharf_model::{Limit, Limits};

    use super::*;

    #[test]
    fn a_removed_file_is_counted_until_its_last_handle_is_closed() {
        let mut limits = Limits::default();
        limits.set(Limit::WorkBytes, 100);
        let quota = Quota::new(&limits);
        let mut open = OpenInodes::default();
        let file = || {
            let file = tempfile::tempfile().expect("a file");
            file.set_len(60).expect("it is writable");
            DirFile::Machine(file)
        };
        let identity = (1, 1);
        quota.grow(60).expect("there is room");
        let (one, other) = (open.hold(file(), identity, &quota), open.hold(file(), identity, &quota));
        open.removed(identity, 60, &quota);
        quota.grow(60).expect_err("it still lies on the disk");
        drop(one);
        quota.grow(60).expect_err("it is open once more");
        drop(other);
        quota.grow(60).expect("it is gone");
        open.removed((2, 2), 60, &quota);
        quota.grow(100).expect("what is not open is gone at once");
    }
}
