use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::listing::{FoundEntry, Listing, ListingBuilder};
use crate::selection::IgnoreFile;
use crate::{ArchiveFormat, ArchiveLimits, ArchiveProblem, EntryKind, EntryProblem, FileSelection, PackageName};

/// Directories that are never packed: they belong to the tools and not to what they keep.
const NEVER_PACKED: [&str; 2] = [".git", ".wharf"];
/// How the files begin that a pack which was killed has left.
const LEFT_OVER: &str = ".wharf-pack-";

/// Why a folder cannot be packed.
#[derive(Debug, Error)]
pub enum TreeError {
    /// There is no such folder.
    #[error("does not exist")]
    Missing,
    /// It is something else.
    #[error("is no folder")]
    NotAFolder,
    /// Something in it cannot be read.
    #[error("`{}` cannot be read: {problem}", path.display())]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        problem: io::Error,
    },
    /// Something in it has a name that is no text.
    #[error("`{}` has a name that is not UTF-8: rename it, or other systems cannot read the package", .0.display())]
    NotUtf8(PathBuf),
    /// A file has another size than it had.
    #[error("`{}` changed while it was packed: pack again when nothing writes to it", .0.display())]
    Changed(PathBuf),
    /// A `.gitignore` that cannot be understood.
    #[error("`{}` cannot be understood: {reason}", path.display())]
    IgnoreFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is nothing in it, or nothing that is to be packed.
    #[error("has no file to pack")]
    Nothing,
}

/// The files of a folder that are to be packed, in the order of their paths' bytes.
pub(crate) struct Tree {
    folder: PathBuf,
    files: Vec<TreeFile>,
}

/// A file, a symlink or an empty directory.
pub(crate) struct TreeFile {
    pub(crate) path: String,
    pub(crate) kind: EntryKind,
    pub(crate) size: u64,
    /// The permission bits, without the right to write for others than the owner: that one is the umask's doing.
    pub(crate) mode: u32,
    pub(crate) link: Option<String>,
}

impl Tree {
    /// Finds the files of a folder, without those in the folder of `output`; if that is the folder itself, without
    /// `output` and other packages of its ID.
    pub(crate) fn read(
        folder: &Path,
        selection: &FileSelection,
        limits: &ArchiveLimits,
        output: Option<&Path>,
    ) -> Result<Self, ArchiveProblem> {
        let metadata = fs::metadata(folder).map_err(|problem| match problem.kind() {
            io::ErrorKind::NotFound => TreeError::Missing.into(),
            _ => unreadable(folder, problem),
        })?;
        if !metadata.is_dir() {
            return Err(TreeError::NotAFolder.into());
        }
        let mut packed_here = None;
        let output = output.and_then(|output| {
            let out_folder = fs::canonicalize(output.parent()?).ok()?;
            let is_the_folder = fs::canonicalize(folder).is_ok_and(|folder| folder == out_folder);
            if !is_the_folder {
                return Some(out_folder);
            }
            let name = output.file_name()?;
            packed_here = name.to_str().and_then(|name| PackageName::parse(name).ok()).map(|package| package.id);
            Some(out_folder.join(name))
        });
        let mut walk = Walk { selection, limits, output, packed_here, ignores: Vec::new(), files: Vec::new() };
        walk.directory(folder, "")?;
        let mut files = walk.files;
        if files.is_empty() {
            return Err(TreeError::Nothing.into());
        }
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { folder: folder.to_owned(), files })
    }

    pub(crate) fn files(&self) -> &[TreeFile] {
        &self.files
    }

    /// The listing that an archive of this tree has, checked like any other.
    pub(crate) fn listing(&self, limits: &ArchiveLimits) -> Result<Listing, ArchiveProblem> {
        let mut builder = ListingBuilder::new(limits, None);
        for file in &self.files {
            let TreeFile { path, kind, size, mode, link } = file;
            // Readers take it for a separator.
            if path.contains('\\') {
                return Err(ArchiveProblem::entry(path, EntryProblem::Backslash));
            }
            let (kind, size, link) = (*kind, *size, link.clone());
            let found = FoundEntry::new(path, kind);
            builder.push(FoundEntry { size, permissions: Some(*mode), link, ..found })?;
        }
        builder.finish()
    }

    /// Opens a file.
    pub(crate) fn open(&self, number: usize) -> io::Result<File> {
        File::open(self.folder.join(&self.files[number].path))
    }

    /// The machine's path of a file.
    pub(crate) fn path(&self, number: usize) -> PathBuf {
        self.folder.join(&self.files[number].path)
    }
}

struct Walk<'a> {
    selection: &'a FileSelection,
    limits: &'a ArchiveLimits,
    /// What is not packed because packages are written there.
    output: Option<PathBuf>,
    /// The ID of the package, if it is written into the folder that is packed.
    packed_here: Option<String>,
    /// The `.gitignore` of the directories in which the walk is, the outermost first.
    ignores: Vec<IgnoreFile>,
    files: Vec<TreeFile>,
}

/// Reads parts of the files of a tree, and sees whether they have the size that they had.
pub(super) struct TreeReader<'a> {
    tree: &'a Tree,
    open: Option<(usize, File)>,
}

impl<'a> TreeReader<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self { tree, open: None }
    }

    /// Appends bytes of a file.
    pub(super) fn append(
        &mut self,
        number: usize,
        offset: u64,
        bytes: u64,
        into: &mut Vec<u8>,
    ) -> Result<(), ArchiveProblem> {
        let unreadable = |problem| unreadable(&self.tree.path(number), problem);
        let changed = || TreeError::Changed(self.tree.path(number)).into();
        if self.open.as_ref().is_none_or(|(open, _)| *open != number) {
            let file = self.tree.open(number).map_err(unreadable)?;
            if file.metadata().map_err(unreadable)?.len() != self.tree.files[number].size {
                return Err(changed());
            }
            self.open = Some((number, file));
        }
        let Some((_, file)) = &mut self.open else { return Ok(()) };
        file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
        let read = file.take(bytes).read_to_end(into).map_err(unreadable)?;
        if read as u64 == bytes { Ok(()) } else { Err(changed()) }
    }
}

impl Walk<'_> {
    /// Takes what is in a directory, of which `path` is the path in the archive.
    fn directory(&mut self, directory: &Path, path: &str) -> Result<(), ArchiveProblem> {
        if path.len() > self.limits.path_bytes {
            return Err(ArchiveProblem::entry(path, EntryProblem::PathTooLong(self.limits.path_bytes)));
        }
        let ignores = self.ignores.len();
        if self.selection.reads_ignore_files()
            && let Some(ignore) = IgnoreFile::read(directory, path)?
        {
            self.ignores.push(ignore);
        }
        let mut is_empty = true;
        for entry in fs::read_dir(directory).map_err(|problem| unreadable(directory, problem))? {
            let entry = entry.map_err(|problem| unreadable(directory, problem))?;
            is_empty = false;
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| TreeError::NotUtf8(entry.path()))?;
            if NEVER_PACKED.contains(&name) || name.starts_with(LEFT_OVER) || self.is_output(&entry) {
                continue;
            }
            let child = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            let kind = entry.file_type().map_err(|problem| unreadable(&entry.path(), problem))?;
            if path.is_empty() && self.is_earlier_output(name) {
                continue;
            }
            if self.selection.excludes(&child, kind.is_dir(), &self.ignores) {
                continue;
            }
            if kind.is_dir() {
                self.directory(&entry.path(), &child)?;
            } else if self.selection.includes(&child) {
                self.file(&entry, kind, child)?;
            }
        }
        self.ignores.truncate(ignores);
        let is_wanted = self.selection.includes_all() || self.selection.includes(path);
        if is_empty && !path.is_empty() && is_wanted {
            let (kind, mode) = (EntryKind::Directory, 0o755);
            self.files.push(TreeFile { path: path.to_owned(), kind, size: 0, mode, link: None });
        }
        Ok(())
    }

    fn file(&mut self, entry: &fs::DirEntry, kind: FileType, path: String) -> Result<(), ArchiveProblem> {
        if self.files.len() as u64 >= self.limits.entries {
            return Err(ArchiveProblem::Entries { value: self.limits.entries });
        }
        let unreadable = |problem| unreadable(&entry.path(), problem);
        if kind.is_symlink() {
            let target = fs::read_link(entry.path()).map_err(unreadable)?;
            let target = target.to_str().ok_or_else(|| TreeError::NotUtf8(entry.path()))?;
            // Archives have `/` on every system.
            let target = if cfg!(windows) { target.replace('\\', "/") } else { target.to_owned() };
            self.files.push(TreeFile { path, kind: EntryKind::Symlink, size: 0, mode: 0o777, link: Some(target) });
            return Ok(());
        }
        if !kind.is_file() {
            return Err(ArchiveProblem::entry(&path, special(kind)));
        }
        let metadata = entry.metadata().map_err(unreadable)?;
        let mode = mode_of(&metadata);
        self.files.push(TreeFile { path, kind: EntryKind::File, size: metadata.len(), mode, link: None });
        Ok(())
    }

    /// Whether a file of the folder itself is an earlier package of the same ID, where packages are written.
    fn is_earlier_output(&self, name: &str) -> bool {
        let Some(id) = &self.packed_here else { return false };
        PackageName::parse(name).is_ok_and(|package| package.id.eq_ignore_ascii_case(id))
            && ArchiveFormat::of_file_name(name).is_ok()
    }

    /// Names are compared first, so that most entries cost nothing.
    fn is_output(&self, entry: &fs::DirEntry) -> bool {
        self.output.as_deref().is_some_and(|output| {
            output.file_name() == Some(&*entry.file_name())
                && fs::canonicalize(entry.path()).is_ok_and(|path| path == output)
        })
    }
}

fn unreadable(path: &Path, problem: io::Error) -> ArchiveProblem {
    TreeError::Unreadable { path: path.to_owned(), problem }.into()
}

#[cfg(unix)]
fn special(kind: FileType) -> EntryProblem {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        EntryProblem::Fifo
    } else if kind.is_socket() {
        EntryProblem::Socket
    } else {
        EntryProblem::Device
    }
}

#[cfg(not(unix))]
fn special(_kind: FileType) -> EntryProblem {
    EntryProblem::Device
}

#[cfg(unix)]
fn mode_of(metadata: &Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o755
}

#[cfg(not(unix))]
fn mode_of(_metadata: &Metadata) -> u32 {
    0o644
}
