use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rawzip::FileReader;

use crate::content::{Content, ContentError};
use crate::listing::Listing;
use crate::pack::{Tree, digest_of_tree};
use crate::sniff::check_content;
use crate::tar::Tar;
use crate::zip::{Hidden, Zip};
use crate::{ArchiveError, ArchiveFormat, ArchiveLimits, ArchiveProblem, Entry, EntryKind, FileSelection, digest};

/// An open package, of which the whole listing was checked: what is in it can be extracted without leaving the
/// destination. May be used by several threads.
pub struct Archive {
    path: PathBuf,
    format: ArchiveFormat,
    listing: Listing,
    backend: Backend,
    digest: OnceLock<String>,
    /// What [`read`](Self::read) read last, ready to go on.
    last_read: Mutex<Option<(usize, Content)>>,
}

enum Backend {
    Zip { file: Arc<FileReader>, file_bytes: u64, zip: Zip },
    Tar { file: Arc<FileReader>, file_bytes: u64, tar: Tar },
    Folder(Tree),
}

impl Archive {
    /// Opens an archive, whose format its name tells, and checks its listing. A compressed tar is decompressed for that.
    pub fn open(path: &Path, limits: &ArchiveLimits) -> Result<Self, ArchiveError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self::open_named(path, &name, limits)
    }

    /// Opens an archive whose format another name tells than that of its file, as in a cache.
    pub fn open_named(path: &Path, name: &str, limits: &ArchiveLimits) -> Result<Self, ArchiveError> {
        Self::open_file(path, name, limits).map_err(|problem| ArchiveError::new(path, problem))
    }

    /// A folder as if it had been packed: the entries are those that [`pack`](crate::pack) would pack.
    pub fn of_folder(folder: &Path, selection: &FileSelection, limits: &ArchiveLimits) -> Result<Self, ArchiveError> {
        Tree::read(folder, selection, limits, None)
            .and_then(|tree| Ok((tree.listing(limits)?, tree)))
            .map(|(listing, tree)| Self::new(folder, ArchiveFormat::Zip, listing, Backend::Folder(tree)))
            .map_err(|problem| ArchiveError::new(folder, problem))
    }

    fn open_file(path: &Path, name: &str, limits: &ArchiveLimits) -> Result<Self, ArchiveProblem> {
        let format = ArchiveFormat::of_file_name(name)?;
        let (file, file_bytes) = open_regular(path)?;
        let file = Arc::new(FileReader::from(file));
        check_content(&file, format)?;
        match format {
            ArchiveFormat::Zip | ArchiveFormat::Nupkg | ArchiveFormat::Jar => {
                let (listing, zip) = Zip::open(&file, file_bytes, format, limits)?;
                Ok(Self::new(path, format, listing, Backend::Zip { file, file_bytes, zip }))
            }
            ArchiveFormat::Tar
            | ArchiveFormat::TarGz
            | ArchiveFormat::TarBz2
            | ArchiveFormat::TarXz
            | ArchiveFormat::TarZst => {
                let (listing, tar) = Tar::open(&file, file_bytes, format, limits)?;
                Ok(Self::new(path, format, listing, Backend::Tar { file, file_bytes, tar }))
            }
            ArchiveFormat::TarZ => Err(crate::FormatError::NotSupported(format).into()),
        }
    }

    fn new(path: &Path, format: ArchiveFormat, listing: Listing, backend: Backend) -> Self {
        let path = path.to_owned();
        Self { path, format, listing, backend, digest: OnceLock::new(), last_read: Mutex::new(None) }
    }

    /// The archive's file, or the folder that stands for one.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The format; a folder's is that in which it would be packed.
    pub fn format(&self) -> ArchiveFormat {
        self.format
    }

    /// All entries in the archive's order. Directories that are only part of other entries' paths are not among them.
    pub fn entries(&self) -> &[Entry] {
        &self.listing.entries
    }

    /// Bytes of all files when extracted.
    pub fn total_bytes(&self) -> u64 {
        self.listing.total_bytes
    }

    /// The entry with this path.
    pub fn find(&self, path: &str) -> Option<&Entry> {
        self.listing.find(path).map(|number| &self.listing.entries[number])
    }

    /// Up to `length` bytes of a file from byte `offset` on; fewer mean its end. Reading goes on where it stopped the last
    /// time if the offset is that one or a later one; an earlier one costs decompressing from the begin again.
    pub fn read(&self, path: &str, offset: u64, length: u32) -> Result<Vec<u8>, ArchiveError> {
        self.read_part(path, offset, length).map_err(|problem| ArchiveError::new(&self.path, problem))
    }

    fn read_part(&self, path: &str, offset: u64, length: u32) -> Result<Vec<u8>, ArchiveProblem> {
        let number = self.listing.find(path).ok_or_else(|| ArchiveProblem::NoEntry(path.to_owned()))?;
        let entry = &self.listing.entries[number];
        if entry.kind != EntryKind::File {
            return Err(ArchiveProblem::NoContent(path.to_owned()));
        }
        let mut last_read = self.last_read.lock().unwrap_or_else(PoisonError::into_inner);
        // A failure leaves nothing to go on from.
        let mut content = match last_read.take() {
            Some((last, content)) if last == number && content.position() <= offset => content,
            Some((_, mut content)) => {
                self.begin(&mut content, number).map_err(|error| error.of(path))?;
                content
            }
            None => {
                let mut content = Content::new();
                self.begin(&mut content, number).map_err(|error| error.of(path))?;
                content
            }
        };
        content.skip_to(offset).map_err(|error| error.of(path))?;
        let available = entry.size.saturating_sub(offset).min(u64::from(length));
        // At most `length`, which is a `u32`.
        let mut bytes = vec![0; available as usize];
        content.read_full(&mut bytes).map_err(|error| error.of(path))?;
        *last_read = Some((number, content));
        Ok(bytes)
    }

    /// `sha256:` and 64 hexadecimal digits of the archive's file; of a folder, of what it would be packed to without
    /// `SOURCE_DATE_EPOCH`. Computed once.
    pub fn digest(&self) -> Result<String, ArchiveError> {
        if let Some(digest) = self.digest.get() {
            return Ok(digest.clone());
        }
        let computed = match &self.backend {
            Backend::Zip { file, file_bytes, .. } | Backend::Tar { file, file_bytes, .. } => {
                digest::of_file(file, *file_bytes).map_err(ArchiveProblem::Unreadable)
            }
            Backend::Folder(tree) => digest_of_tree(tree, None),
        };
        let computed = computed.map_err(|problem| ArchiveError::new(&self.path, problem))?;
        Ok(self.digest.get_or_init(|| computed).clone())
    }

    /// Bytes of the archive's file; none for a folder.
    pub(crate) fn file_bytes(&self) -> Option<u64> {
        match &self.backend {
            Backend::Zip { file_bytes, .. } | Backend::Tar { file_bytes, .. } => Some(*file_bytes),
            Backend::Folder(_) => None,
        }
    }

    /// Whether there is nothing in it that was not read and checked when it was opened.
    pub(crate) fn was_read_when_opened(&self) -> bool {
        matches!(&self.backend, Backend::Tar { .. })
    }

    /// The files that describe the package and are not among the entries.
    pub(crate) fn hidden(&self) -> &[Hidden] {
        match &self.backend {
            Backend::Zip { zip, .. } => zip.hidden(),
            Backend::Tar { .. } | Backend::Folder(_) => &[],
        }
    }

    /// Begins the content of a file that describes the package.
    pub(crate) fn begin_hidden(&self, content: &mut Content, hidden: &Hidden) -> Result<(), ContentError> {
        match &self.backend {
            Backend::Zip { zip, .. } => content.begin_zip(zip.hidden_content(hidden), hidden.size),
            Backend::Tar { .. } | Backend::Folder(_) => Ok(()),
        }
    }

    /// Whether entries can be read in any order, and by several threads, at no cost.
    pub(crate) fn reads_in_any_order(&self) -> bool {
        match &self.backend {
            Backend::Zip { .. } | Backend::Folder(_) => true,
            Backend::Tar { tar, .. } => tar.is_seekable(),
        }
    }

    /// Whether two entries are names of the same content in an archive that can only be read forwards.
    pub(crate) fn is_same_content(&self, one: usize, other: usize) -> bool {
        match &self.backend {
            Backend::Tar { tar, .. } if !tar.is_seekable() => tar.place(one).offset == tar.place(other).offset,
            _ => one == other,
        }
    }

    /// Brings numbers of entries into the order in which their content can be had at the lowest cost.
    pub(crate) fn sort_for_reading(&self, numbers: &mut [usize]) {
        if let Backend::Tar { tar, .. } = &self.backend
            && !tar.is_seekable()
        {
            numbers.sort_by_key(|&number| tar.place(number).offset);
        }
    }

    /// Begins the content of a file.
    pub(crate) fn begin(&self, content: &mut Content, number: usize) -> Result<(), ContentError> {
        let size = self.listing.entries[number].size;
        match &self.backend {
            Backend::Zip { zip, .. } => content.begin_zip(zip.content(number), size)?,
            Backend::Tar { tar, .. } => content.begin_tar(|| tar.stream(), tar.place(number), size)?,
            Backend::Folder(tree) => content.begin_file(tree.open(number).map_err(ContentError::Io)?, size),
        }
        Ok(())
    }
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let entries = self.listing.entries.len();
        f.debug_struct("Archive").field("path", &self.path).field("entries", &entries).finish_non_exhaustive()
    }
}

/// Opens a regular file and answers its size. A FIFO is not waited for.
fn open_regular(path: &Path) -> Result<(File, u64), ArchiveProblem> {
    let is_regular = |metadata: io::Result<std::fs::Metadata>| {
        let metadata = metadata.map_err(ArchiveProblem::Unreadable)?;
        if metadata.is_file() { Ok(metadata.len()) } else { Err(ArchiveProblem::NotAFile) }
    };
    is_regular(std::fs::metadata(path))?;
    let file = File::open(path).map_err(ArchiveProblem::Unreadable)?;
    let file_bytes = is_regular(file.metadata())?;
    Ok((file, file_bytes))
}
