use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wharf_step::prelude::*;

/// What the files of a release were like when it was put together, by their paths in it.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest(BTreeMap<String, FileRecord>);

/// A file of a release.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct FileRecord {
    /// The SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
    /// Its Unix permission bits, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
}

impl Manifest {
    /// Reads the files of a directory.
    pub fn of<'a>(directory: &Path, paths: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut records = BTreeMap::new();
        for path in paths {
            context::check_cancelled()?;
            let file = directory.join(path);
            records.insert(path.to_owned(), FileRecord { sha256: sha256(&file)?, mode: files::permissions(&file)? });
        }
        Ok(Self(records))
    }

    /// Reads a manifest; one that is not there or cannot be understood knows no files.
    pub fn read(path: &Path) -> Result<Self> {
        match fs::read(path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes it.
    pub fn write(&self, path: &Path) -> Result {
        files::replace(path, serde_json::to_string(self)? + "\n", None)
    }

    /// What is known of a file.
    pub fn get(&self, path: &str) -> Option<&FileRecord> {
        self.0.get(path)
    }
}

/// The SHA-256 of a file's content, in hexadecimal digits.
pub fn sha256(path: &Path) -> Result<String> {
    let doing = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(doing)?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut buffer).with_context(doing)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    let mut digits = String::with_capacity(64);
    for byte in hasher.finalize() {
        // Text takes all that is written into it.
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(digits)
}
