use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use wharf_model::{Limit, Limits};

use super::FileError;

/// Counts what lies in `/work`. Clones count together: open streams hold one.
#[derive(Debug, Clone)]
pub(crate) struct Quota {
    bytes: Counter,
    inodes: Counter,
}

#[derive(Debug, Clone)]
struct Counter {
    limit: Limit,
    count: Arc<AtomicU64>,
    most: u64,
    /// Something was refused.
    hit: Arc<AtomicBool>,
}

impl Counter {
    fn new(limit: Limit, limits: &Limits) -> Self {
        Self { limit, count: Arc::default(), most: limits.get(limit), hit: Arc::default() }
    }

    fn add(&self, more: u64) -> Result<(), FileError> {
        let sum = |now: u64| now.checked_add(more).filter(|sum| *sum <= self.most);
        self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).map(drop).map_err(|_| {
            self.hit.store(true, Ordering::Relaxed);
            FileError::Limit { limit: self.limit, value: self.most }
        })
    }

    fn subtract(&self, less: u64) {
        let rest = |now: u64| Some(now.saturating_sub(less));
        // It always answers a value, so this cannot fail.
        let _ = self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest);
    }
}

impl Quota {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { bytes: Counter::new(Limit::WorkBytes, limits), inodes: Counter::new(Limit::WorkInodes, limits) }
    }

    pub(crate) fn grow(&self, bytes: u64) -> Result<(), FileError> {
        self.bytes.add(bytes)
    }

    pub(crate) fn shrink(&self, bytes: u64) {
        self.bytes.subtract(bytes);
    }

    pub(crate) fn add_inode(&self) -> Result<(), FileError> {
        self.inodes.add(1)
    }

    pub(crate) fn remove_inode(&self) {
        self.inodes.subtract(1);
    }

    /// The limit that has refused something, with its value.
    pub(crate) fn hit(&self) -> Option<(Limit, u64)> {
        [&self.bytes, &self.inodes]
            .into_iter()
            .find(|counter| counter.hit.load(Ordering::Relaxed))
            .map(|counter| (counter.limit, counter.most))
    }
}
