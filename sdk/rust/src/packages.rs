//! The packages that this step's inputs name; acquired and verified before the run begins.

use std::path::Path;

use crate::files::text_of;
use crate::{Error, Result, sys};

/// What an entry of a package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// Something that is never extracted.
    Other,
}

/// One entry of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative, `/` between its parts, no `.` or `..`.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes when extracted.
    pub size: u64,
    /// Unix permission bits, where the archive holds them.
    pub permissions: Option<u32>,
    /// Where a symbolic link points.
    pub link: Option<String>,
}

/// An open package.
///
/// ```
/// use wharf_step::{packages::Package, files, testing::Host};
///
/// let host = Host::new().package("SupportFlow", "1.0.78", &[("index.html", "<h1>"), ("css/site.css", "h1 {}")]);
/// host.enter(|| {
///     let package = Package::open("SupportFlow")?;
///     assert_eq!(package.version(), "1.0.78");
///     assert_eq!(package.entries()?.len(), 2);
///     assert_eq!(package.read("index.html")?, b"<h1>");
///     assert_eq!(package.extract(files::work().join("site"), &["**/*.css"])?, 1);
///     assert!(files::work().join("site/css/site.css").exists());
///     Ok::<(), wharf_step::Error>(())
/// })?;
/// # Ok::<(), wharf_step::Error>(())
/// ```
pub struct Package(sys::Archive);

impl Package {
    /// Opens the package with this reference: the value of an input that is marked `power = "package"`.
    pub fn open(reference: &str) -> Result<Self> {
        sys::open_package(reference).map(Self)
    }

    /// The package's ID, such as `SupportFlow`.
    pub fn id(&self) -> String {
        self.0.id()
    }

    /// The version as it is written, such as `1.0.78`.
    pub fn version(&self) -> String {
        self.0.version()
    }

    /// `sha256:` and 64 hexadecimal digits, of the whole file.
    pub fn digest(&self) -> String {
        self.0.digest()
    }

    /// All entries, in the archive's order.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        const PAGE: u32 = 1000;
        let mut all = Vec::new();
        loop {
            let offset = u32::try_from(all.len()).map_err(|_| Error::limit("the package has too many entries"))?;
            let page = self.0.entries(offset, PAGE)?;
            let last = page.len() < PAGE as usize;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    /// The whole content of one file.
    pub fn read(&self, path: &str) -> Result<Vec<u8>> {
        const CHUNK: u32 = 1 << 20;
        let mut bytes = Vec::new();
        loop {
            let chunk = self.0.read(path, bytes.len() as u64, CHUNK)?;
            bytes.extend_from_slice(&chunk);
            if chunk.len() < CHUNK as usize {
                return Ok(bytes);
            }
        }
    }

    /// Up to `length` bytes of a file from byte `offset` on; fewer mean the end.
    pub fn read_part(&self, path: &str, offset: u64, length: u32) -> Result<Vec<u8>> {
        self.0.read(path, offset, length)
    }

    /// Extracts, at native speed, into a writable directory, which is created if it is missing. `patterns` are globs
    /// (`**/*.html`) of the entries to take; none means all. Answers the number of files. Refuses whatever would land
    /// outside `into`.
    pub fn extract(&self, into: impl AsRef<Path>, patterns: &[impl AsRef<str>]) -> Result<u64> {
        let patterns: Vec<String> = patterns.iter().map(|pattern| pattern.as_ref().to_owned()).collect();
        self.0.extract(text_of(into.as_ref())?, &patterns)
    }

    /// Extracts everything.
    pub fn extract_all(&self, into: impl AsRef<Path>) -> Result<u64> {
        self.0.extract(text_of(into.as_ref())?, &[])
    }
}
