//! Compiled components on disk, keyed by the engine and by the digest of the component.
//!
//! A compiled image is machine code that is mapped and run: loading one trusts it wholly. So the directory belongs to
//! the user alone, a file appears there under its name only when it is complete, and one that is wrong in any way is
//! made anew from the component. This is the one file with `unsafe`.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::HostError;

/// What is kept beside a compiled image, so that it need not be loaded to be described.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) size: u64,
    pub(crate) imports: Vec<String>,
    pub(crate) description: String,
}

/// The directory of compiled components for one engine.
pub(crate) struct Cache {
    directory: PathBuf,
}

impl Cache {
    /// Opens the cache below `root`, making what is missing.
    pub(crate) fn open(root: &Path, engine: &Engine) -> Result<Self, HostError> {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let directory = root.join("components").join(format!("{:016x}", hasher.finish()));
        make_private(&directory)
            .map_err(|error| HostError::Cache { path: directory.clone(), reason: error.to_string() })?;
        Ok(Self { directory })
    }

    fn path(&self, digest: &str, extension: &str) -> PathBuf {
        self.directory.join(format!("{}.{extension}", digest.trim_start_matches("sha256:")))
    }

    /// What is known of a component; none if it is not here.
    pub(crate) fn facts(&self, digest: &str) -> Option<Facts> {
        serde_json::from_slice(&fs::read(self.path(digest, "json")).ok()?).ok()
    }

    /// Keeps what is known of a component. A full disk costs the next start some time, nothing else.
    pub(crate) fn keep_facts(&self, digest: &str, facts: &Facts) {
        if let Ok(text) = serde_json::to_vec(facts) {
            let _ = self.publish(&self.path(digest, "json"), &text);
        }
    }

    /// The compiled component; none if it is not here or does not fit.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path(digest, "cwasm");
        if !path.exists() {
            return None;
        }
        load_image(engine, &path).ok()
    }

    /// Compiles a component and keeps the image. Answers the component as the next start will find it.
    pub(crate) fn compile(&self, engine: &Engine, digest: &str, bytes: &[u8]) -> wasmtime::Result<Component> {
        let image = engine.precompile_component(bytes)?;
        let path = self.path(digest, "cwasm");
        match self.publish(&path, &image).ok().and_then(|()| load_image(engine, &path).ok()) {
            Some(component) => Ok(component),
            None => Component::from_binary(engine, bytes),
        }
    }

    /// A file appears under its name whole or not at all: it may be mapped by another process at this moment.
    fn publish(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(content)?;
        file.persist(path)?;
        Ok(())
    }
}

#[expect(unsafe_code, reason = "mapping compiled code is what the cache is for; see the module's documentation")]
fn load_image(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the file was written by `compile` above, from this engine's own output, into a directory that only this
    // user can write (`make_private` refuses any other), under a name that it got when it was complete; wasmtime checks
    // that it fits this engine. Files there are replaced by renaming, never changed in place.
    unsafe { Component::deserialize_file(engine, path) }
}

/// Makes a directory that only this user can read and write, and refuses one that others can write.
#[cfg(unix)]
fn make_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let metadata = fs::metadata(directory)?;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    let mode = metadata.permissions().mode();
    if mode & 0o022 != 0 {
        // What is in it may not be ours.
        return Err(io::Error::other("others can write to it; remove it, and it is made anew"));
    }
    if mode & 0o077 != 0 {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_private(directory: &Path) -> io::Result<()> {
    // The user's own folders are private by their inherited access list.
    fs::create_dir_all(directory)
}
