use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wharf_model::{Limit, Limits};

use super::FileError;

/// Counts what lies in `/work`. Clones count together: open streams hold one.
#[derive(Debug, Clone)]
pub(crate) struct Quota {
    bytes: Arc<AtomicU64>,
    inodes: Arc<AtomicU64>,
    most_bytes: u64,
    most_inodes: u64,
}

impl Quota {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            bytes: Arc::default(),
            inodes: Arc::default(),
            most_bytes: limits.get(Limit::WorkBytes),
            most_inodes: limits.get(Limit::WorkInodes),
        }
    }

    pub(crate) fn grow(&self, bytes: u64) -> Result<(), FileError> {
        add(&self.bytes, bytes, self.most_bytes)
            .ok_or(FileError::Limit { limit: Limit::WorkBytes, value: self.most_bytes })
    }

    pub(crate) fn shrink(&self, bytes: u64) {
        subtract(&self.bytes, bytes);
    }

    pub(crate) fn add_inode(&self) -> Result<(), FileError> {
        add(&self.inodes, 1, self.most_inodes)
            .ok_or(FileError::Limit { limit: Limit::WorkInodes, value: self.most_inodes })
    }

    pub(crate) fn remove_inode(&self) {
        subtract(&self.inodes, 1);
    }
}

fn add(counter: &AtomicU64, more: u64, most: u64) -> Option<()> {
    let sum = |now: u64| now.checked_add(more).filter(|sum| *sum <= most);
    counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).ok().map(drop)
}

fn subtract(counter: &AtomicU64, less: u64) {
    let _ = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_sub(less)));
}
