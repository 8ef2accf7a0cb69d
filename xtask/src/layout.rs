//! Where things are in the repository.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The places that the commands read and write, all below the root of the repository.
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Finds the repository: the folder above this crate, or the current folder when the binary was moved.
    pub fn find() -> Result<Self> {
        let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = match crate_dir.as_deref().and_then(Path::parent) {
            Some(root) => root.to_path_buf(),
            None => std::env::current_dir().context("the current folder cannot be read")?,
        };
        anyhow::ensure!(
            root.join("xtask/Cargo.toml").is_file(),
            "{} is not the repository of Wharf: run `cargo xtask` inside it",
            root.display()
        );
        Ok(Self { root })
    }

    /// A path below the root.
    pub fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// The root itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Components of the standard steps, which the `wharf` binary embeds.
    pub fn steps_out(&self) -> PathBuf {
        self.path("target/steps")
    }

    /// Components that the tests run.
    pub fn guests_out(&self) -> PathBuf {
        self.path("target/guests-out")
    }

    /// Cargo's target directory for everything built for `wasm32-wasip2`.
    pub fn guests_target(&self) -> PathBuf {
        self.path("target/guests")
    }

    /// Tools that were fetched from a package registry.
    pub fn tools(&self) -> PathBuf {
        self.path("target/tools")
    }
}
