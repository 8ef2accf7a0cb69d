use std::io::Write;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::Path;

use super::nupkg::NuGetParts;
use super::output::{Output, WriteError};
use super::request::{Compression, PackFormat, PackProgress};
use super::spool::{Spool, Spooled, remove_stale};
use super::tar::{self, TarCompression, TarOptions};
use super::tree::Tree;
use super::zip::{self, ZipContent, ZipEntry, ZipOptions};
use super::{Existing, PackError, PackRequest, Packed};
use crate::{ArchiveError, ArchiveLimits, ArchiveProblem, EntryKind, PackageName, nupkg};

/// 1980-01-01 in seconds since 1970: the first time that zips know.
const FIRST_SECONDS: u64 = 315_532_800;
/// More threads only wait for each other.
const MOST_THREADS: usize = 16;

/// Packs a folder. The same folder becomes the same bytes on every machine; if they are there already, nothing is written.
/// Everything is checked before: what was packed can be opened with the same limits.
pub fn pack(request: &PackRequest<'_>) -> Result<Packed, PackError> {
    pack_with_progress(request, &mut |_| ControlFlow::Continue(()))
}

/// Like [`pack`], and tells how far it is: after each file and each part of a large one. Whoever is told can end it.
pub fn pack_with_progress(
    request: &PackRequest<'_>,
    progress: &mut dyn FnMut(&PackProgress) -> ControlFlow<()>,
) -> Result<Packed, PackError> {
    let (prepared, path) = Prepared::new(request)?;
    let unwritable = |path: &Path, problem| PackError::Unwritable { path: path.to_owned(), problem };
    std::fs::create_dir_all(request.out_folder).map_err(|problem| unwritable(request.out_folder, problem))?;
    remove_stale(request.out_folder);
    let spooled = write(&prepared, request, Spool::into_folder(request.out_folder), progress)
        .map_err(|error| error.of(request.folder, &path))?;
    let files = prepared.tree.files().iter().filter(|file| file.kind != EntryKind::Directory).count() as u64;
    let (digest, bytes) = (spooled.digest.clone(), spooled.bytes);
    let unchanged = spooled.equals(&path);
    if !unchanged {
        let replace = request.existing == Existing::Replace;
        spooled.persist(&path, replace).map_err(|problem| match problem.kind() {
            std::io::ErrorKind::AlreadyExists if !replace => PackError::Exists(path.clone()),
            _ => unwritable(&path, problem),
        })?;
    }
    Ok(Packed { path, digest, bytes, files, unchanged })
}

/// The digest of what [`pack`] would write. Nothing is written.
pub fn pack_digest(request: &PackRequest<'_>) -> Result<String, PackError> {
    let (prepared, path) = Prepared::new(request)?;
    write(&prepared, request, Spool::digest_only(), &mut |_| ControlFlow::Continue(()))
        .map(|spooled| spooled.digest)
        .map_err(|error| error.of(request.folder, &path))
}

/// The digest of a tree's zip.
pub(crate) fn digest_of_tree(tree: &Tree, source_date_epoch: Option<u64>) -> Result<String, ArchiveProblem> {
    let mut spool = Spool::digest_only();
    let mut nobody = |_: &PackProgress| ControlFlow::Continue(());
    let mut output = Output::new(&mut spool, PackProgress::default(), &mut nobody);
    let options = zip_options(Compression::default(), source_date_epoch, 0);
    zip::write(tree, &zip_entries(tree), options, &mut output)
        .and_then(|()| spool.finish().map_err(WriteError::Output))
        .map(|spooled| spooled.digest)
        .map_err(|error| match error {
            WriteError::Folder(problem) => problem,
            WriteError::Output(problem) => ArchiveProblem::Unreadable(problem),
            WriteError::Cancelled => ArchiveProblem::Unreadable(std::io::ErrorKind::Interrupted.into()),
        })
}

/// A folder of which it is known that it can be packed.
struct Prepared {
    tree: Tree,
    total_bytes: u64,
    parts: Option<NuGetParts>,
}

impl Prepared {
    fn new(request: &PackRequest<'_>) -> Result<(Self, std::path::PathBuf), PackError> {
        let name = PackageName::new(request.id, request.version, request.format.extension())?;
        let folder_error = |problem| PackError::Folder(ArchiveError::new(request.folder, problem));
        let path = request.out_folder.join(name.to_string());
        let tree = Tree::read(request.folder, request.selection, request.limits, Some(&path)).map_err(folder_error)?;
        let total_bytes = tree.listing(request.limits).map_err(folder_error)?.total_bytes;
        let parts = match request.format {
            PackFormat::Nupkg => {
                let files = tree.files().iter().map(|file| (file.path.as_str(), file.kind));
                Some(NuGetParts::new(request, files)?)
            }
            _ => None,
        };
        Ok((Self { tree, total_bytes, parts }, path))
    }
}

impl WriteError {
    fn of(self, folder: &Path, package: &Path) -> PackError {
        match self {
            Self::Folder(problem) => PackError::Folder(ArchiveError::new(folder, problem)),
            Self::Output(problem) => PackError::Unwritable { path: package.to_owned(), problem },
            Self::Cancelled => PackError::Cancelled,
        }
    }
}

fn write(
    prepared: &Prepared,
    request: &PackRequest<'_>,
    mut spool: Spool<'_>,
    progress: &mut dyn FnMut(&PackProgress) -> ControlFlow<()>,
) -> Result<Spooled, WriteError> {
    let Prepared { tree, total_bytes: total, parts } = prepared;
    let total_files = tree.files().iter().filter(|file| file.kind == EntryKind::File).count() as u64;
    let begin = PackProgress { total_files, total_bytes: *total, ..PackProgress::default() };
    write_format(tree, parts.as_ref(), request, &mut Output::new(&mut spool, begin, progress))?;
    let spooled = spool.finish().map_err(WriteError::Output)?;
    // Whoever opens the package with the same limits must not take it for a bomb.
    let ArchiveLimits { ratio, harmless_bytes, .. } = *request.limits;
    if *total > harmless_bytes && *total > spooled.bytes.saturating_mul(ratio) {
        return Err(WriteError::Folder(ArchiveProblem::Ratio { value: ratio }));
    }
    Ok(spooled)
}

fn write_format(
    tree: &Tree,
    parts: Option<&NuGetParts>,
    request: &PackRequest<'_>,
    output: &mut Output<'_, impl Write>,
) -> Result<(), WriteError> {
    let zip = zip_options(request.compression, request.source_date_epoch, request.threads);
    let compression = match request.format {
        PackFormat::Zip | PackFormat::Nupkg => {
            let entries = match parts {
                Some(parts) => {
                    let mut files = zip_entries(tree);
                    files.iter_mut().for_each(|entry| entry.name = nupkg::escape(&entry.name));
                    parts.around(files)
                }
                None => zip_entries(tree),
            };
            return zip::write(tree, &entries, zip, output);
        }
        PackFormat::TarGz => TarCompression::Gzip(request.compression.deflate().unwrap_or(0)),
        PackFormat::TarZst => TarCompression::Zstd(request.compression.zstd()),
    };
    tar::write(tree, TarOptions { compression, seconds: zip.seconds, threads: zip.threads }, output)
}

fn zip_options(compression: Compression, source_date_epoch: Option<u64>, threads: usize) -> ZipOptions {
    let all = || std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
    ZipOptions {
        level: compression.deflate(),
        seconds: source_date_epoch.unwrap_or(FIRST_SECONDS),
        threads: if threads == 0 { all() } else { threads.min(MOST_THREADS) },
    }
}

/// The entries of a tree in their order.
fn zip_entries(tree: &Tree) -> Vec<ZipEntry<'_>> {
    let mut entries = Vec::with_capacity(tree.files().len());
    for (number, file) in tree.files().iter().enumerate() {
        let (name, kind, content) = match file.kind {
            EntryKind::Directory => (format!("{}/", file.path), 0o040_000, ZipContent::Directory),
            EntryKind::File => (file.path.clone(), 0o100_000, ZipContent::File(number)),
            // A symlink's content is its target.
            EntryKind::Symlink => {
                let target = file.link.as_deref().unwrap_or_default();
                (file.path.clone(), 0o120_000, ZipContent::Bytes(target.as_bytes()))
            }
        };
        entries.push(ZipEntry { name, mode: kind | file.mode, content });
    }
    entries
}
