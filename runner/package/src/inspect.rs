use crate::{Archive, ArchiveError, ArchiveFormat, EntryKind};

/// An archive in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// The format.
    pub format: ArchiveFormat,
    /// `sha256:` and 64 hexadecimal digits of the archive's file.
    pub digest: String,
    /// Bytes of the archive's file; none for a folder that stands for one.
    pub file_bytes: Option<u64>,
    /// Bytes of all files when extracted.
    pub total_bytes: u64,
    /// Regular files.
    pub files: u64,
    /// Directories that are listed.
    pub directories: u64,
    /// Symlinks.
    pub symlinks: u64,
}

impl Inspection {
    /// How many times larger than the archive its content is; none for an empty archive or a folder.
    pub fn ratio(&self) -> Option<f64> {
        self.file_bytes.filter(|&bytes| bytes > 0).map(|bytes| self.total_bytes as f64 / bytes as f64)
    }
}

impl Archive {
    /// The archive in numbers. Its file is read once for the digest.
    pub fn inspect(&self) -> Result<Inspection, ArchiveError> {
        let count = |kind| self.entries().iter().filter(|entry| entry.kind == kind).count() as u64;
        Ok(Inspection {
            format: self.format(),
            digest: self.digest()?,
            file_bytes: self.file_bytes(),
            total_bytes: self.total_bytes(),
            files: count(EntryKind::File),
            directories: count(EntryKind::Directory),
            symlinks: count(EntryKind::Symlink),
        })
    }
}
