use wharf_model::{Limit, Limits};

/// How much an archive may hold. What exceeds one of these is refused before anything is extracted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Bytes of all files together when extracted; the limit `package-bytes` of a step.
    pub total_bytes: u64,
    /// Files, directories and symlinks; the limit `package-entries` of a step.
    pub entries: u64,
    /// How many times larger than the archive's file its content may be; the limit `package-ratio` of a step.
    pub ratio: u64,
    /// Content of so many bytes is harmless, whatever its ratio.
    pub harmless_bytes: u64,
    /// Bytes that a decompressor may keep of what it made: the window of zstd, the dictionary of xz.
    pub window_bytes: u64,
    /// Directories above an entry, and the entry itself.
    pub depth: usize,
    /// Bytes of one part of a path: what file systems can hold.
    pub name_bytes: usize,
    /// Bytes of one path: what operating systems can open, with room for the destination before it.
    pub path_bytes: usize,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self::from(&Limits::default())
    }
}

impl From<&Limits> for ArchiveLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            total_bytes: limits.get(Limit::PackageBytes),
            entries: limits.get(Limit::PackageEntries),
            ratio: limits.get(Limit::PackageRatio),
            harmless_bytes: 64 * 1024 * 1024,
            window_bytes: 128 * 1024 * 1024,
            depth: 100,
            name_bytes: 255,
            path_bytes: 2048,
        }
    }
}
