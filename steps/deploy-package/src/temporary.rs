use std::path::{Path, PathBuf};

use wharf_step::prelude::*;

use crate::site::remove_all;

/// A directory that is gone when this is dropped, unless it was moved to its final name.
pub struct Temporary(PathBuf);

impl Temporary {
    /// Nothing is made yet.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Removes it, if it is there.
    pub fn remove_now(&self) -> Result {
        remove_all(&self.0).with_context(|| format!("cannot remove {}", self.0.display()))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // A panic stands for a power cut in the tests, which leaves it behind.
        if !std::thread::panicking() {
            // The error that matters is on its way; what is left is removed by a later run.
            let _ = remove_all(&self.0);
        }
    }
}
