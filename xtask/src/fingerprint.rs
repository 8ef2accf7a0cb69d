//! Whether sources changed since something was built from them: by content, so that a fresh checkout or a restored
//! cache with other file times does not build again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// FNV-1a, 64 bits: it tells an edit from none. Nothing is trusted because of it.
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Starts with what is not a file: versions, flags.
    pub fn of(text: &str) -> Self {
        let mut this = Self(0xcbf2_9ce4_8422_2325);
        this.add(text.as_bytes());
        this
    }

    /// Adds a file, or all files below a folder in the order of their names. What does not exist counts as such.
    pub fn with(mut self, path: &Path) -> Result<Self> {
        self.add_path(path)?;
        Ok(self)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn add_path(&mut self, path: &Path) -> Result<()> {
        let cannot_read = || format!("cannot read {}", path.display());
        if path.is_dir() {
            let mut children: Vec<PathBuf> = fs::read_dir(path)
                .with_context(cannot_read)?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<std::io::Result<_>>()
                .with_context(cannot_read)?;
            children.sort();
            for child in children.iter().filter(|child| is_source(child)) {
                self.add_path(child)?;
            }
        } else if path.is_file() {
            self.add(path.as_os_str().as_encoded_bytes());
            self.add(&fs::read(path).with_context(cannot_read)?);
        }
        Ok(())
    }

    /// Whether `stamp` says that the same sources were built before.
    pub fn matches(&self, stamp: &Path) -> bool {
        fs::read_to_string(stamp).is_ok_and(|text| text == self.text())
    }

    /// Notes in `stamp` that these sources were built.
    pub fn note(&self, stamp: &Path) -> Result<()> {
        fs::write(stamp, self.text()).with_context(|| format!("cannot write {}", stamp.display()))
    }

    fn text(&self) -> String {
        format!("{:016x}\n", self.0)
    }
}

/// Not a build's output and not an editor's: hidden files, `target` and `node_modules`.
fn is_source(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.starts_with('.') && name != "target" && name != "node_modules" && name != "__pycache__"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_a_new_file_and_another_version_show_but_build_output_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("src");
        let stamp = folder.path().join("stamp");
        fs::create_dir_all(source.join("target")).unwrap();
        fs::write(source.join("lib.rs"), "one").unwrap();
        let now = |version: &str| Fingerprint::of(version).with(&source).unwrap();

        assert!(!now("1").matches(&stamp));
        now("1").note(&stamp).unwrap();
        assert!(now("1").matches(&stamp));
        assert!(!now("2").matches(&stamp));

        fs::write(source.join("target/out.wasm"), "built").unwrap();
        assert!(now("1").matches(&stamp));
        fs::write(source.join("lib.rs"), "two").unwrap();
        assert!(!now("1").matches(&stamp));
        fs::write(source.join("lib.rs"), "one").unwrap();
        assert!(now("1").matches(&stamp));
        fs::write(source.join("more.rs"), "").unwrap();
        assert!(!now("1").matches(&stamp));
    }
}
