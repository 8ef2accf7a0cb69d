use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::digest::hash_into;
use crate::{FetchError, Remote};

/// What is known of an unfinished download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    place: String,
    validator: Option<String>,
    digest: Option<String>,
}

/// An unfinished download: `<name>.part`, and `<name>.part.json`, which says of what.
pub(super) struct Part {
    path: PathBuf,
    record: PathBuf,
}

/// What there is to go on with.
pub(super) struct Begun {
    pub(super) file: File,
    pub(super) hasher: Sha256,
    pub(super) length: u64,
    pub(super) validator: Option<String>,
}

impl Part {
    pub(super) fn beside(into: &Path) -> Self {
        let beside = |ending: &str| {
            let mut name = into.file_name().unwrap_or_default().to_owned();
            name.push(ending);
            into.with_file_name(name)
        };
        Self { path: beside(".part"), record: beside(".part.json") }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens what an earlier attempt left of the same file, hashed; or begins anew. Without a validator and without a
    /// digest nobody could tell whether it is the same file.
    pub(super) fn open(&self, remote: &Remote, expected: Option<&str>) -> Result<Begun, FetchError> {
        let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path);
        let mut file = open().map_err(FetchError::file("write", &self.path))?;
        let record: Option<Record> = fs::read(&self.record).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let usable = record.filter(|record| {
            let same = record.validator == remote.validator;
            let unknown = record.validator.is_none() || remote.validator.is_none();
            record.place == remote.place
                && record.digest.as_deref() == expected
                && (same || unknown)
                && (expected.is_some() || !unknown)
        });
        let mut hasher = Sha256::new();
        let Some(record) = usable else {
            restart(&mut file).map_err(FetchError::file("write", &self.path))?;
            return Ok(Begun { file, hasher, length: 0, validator: None });
        };
        let length = hash_into(&mut hasher, &mut file).map_err(FetchError::file("read", &self.path))?;
        Ok(Begun { file, hasher, length, validator: record.validator })
    }

    /// Says what the bytes are of. Called before the first of them is written.
    pub(super) fn describe(
        &self,
        remote: &Remote,
        validator: Option<&str>,
        expected: Option<&str>,
    ) -> Result<(), FetchError> {
        let record = Record {
            place: remote.place.clone(),
            validator: validator.map(str::to_owned),
            digest: expected.map(str::to_owned),
        };
        let text = serde_json::to_vec(&record).unwrap_or_default();
        fs::write(&self.record, text).map_err(FetchError::file("write", &self.record))
    }

    /// Forgets it all.
    pub(super) fn discard(&self) {
        let _ = fs::remove_file(&self.record);
        let _ = fs::remove_file(&self.path);
    }

    /// Gives the finished file its name.
    pub(super) fn finish(&self, into: &Path) -> Result<(), FetchError> {
        fs::rename(&self.path, into).map_err(FetchError::file("write", into))?;
        let _ = fs::remove_file(&self.record);
        Ok(())
    }
}

/// Empties the file.
pub(super) fn restart(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0)).map(drop)
}
