use std::path::Path;

use super::spool::{Spool, Spooled, remove_stale};
use super::tree::Tree;
use super::zip_writer::{self, WriteError};
use super::{Existing, PackError, PackRequest, Packed};
use crate::{ArchiveError, ArchiveLimits, ArchiveProblem, EntryKind, PackageName};

/// Packs a folder. The same folder becomes the same bytes on every machine; if they are there already, nothing is written.
/// Everything is checked before: what was packed can be opened with the same limits.
pub fn pack(request: &PackRequest<'_>) -> Result<Packed, PackError> {
    let name = PackageName::new(request.id, request.version, request.format.extension())?;
    let folder_error = |problem| PackError::Folder(ArchiveError::new(request.folder, problem));
    let path = request.out_folder.join(name.to_string());
    let tree = Tree::read(request.folder, request.selection, request.limits, Some(&path)).map_err(folder_error)?;
    tree.listing(request.limits).map_err(folder_error)?;
    let unwritable = |path: &Path, problem| PackError::Unwritable { path: path.to_owned(), problem };
    std::fs::create_dir_all(request.out_folder).map_err(|problem| unwritable(request.out_folder, problem))?;
    remove_stale(request.out_folder);
    let spooled = write(&tree, request, Spool::into_folder(request.out_folder)).map_err(|error| match error {
        WriteError::Folder(problem) => folder_error(problem),
        WriteError::Output(problem) => unwritable(&path, problem),
    })?;
    let files = tree.files().iter().filter(|file| file.kind != EntryKind::Directory).count() as u64;
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
    let name = PackageName::new(request.id, request.version, request.format.extension())?;
    let folder_error = |problem| PackError::Folder(ArchiveError::new(request.folder, problem));
    let path = request.out_folder.join(name.to_string());
    let tree = Tree::read(request.folder, request.selection, request.limits, Some(&path)).map_err(folder_error)?;
    tree.listing(request.limits).map_err(folder_error)?;
    digest_of_tree(&tree, request.source_date_epoch).map_err(folder_error)
}

/// The digest of a tree's zip.
pub(crate) fn digest_of_tree(tree: &Tree, source_date_epoch: Option<u64>) -> Result<String, ArchiveProblem> {
    let mut spool = Spool::digest_only();
    zip_writer::write(tree, source_date_epoch, &mut spool)
        .map_err(|error| match error {
            WriteError::Folder(problem) => problem,
            WriteError::Output(problem) => ArchiveProblem::Unreadable(problem),
        })
        .and_then(|_| spool.finish().map_err(ArchiveProblem::Unreadable))
        .map(|spooled| spooled.digest)
}

fn write(tree: &Tree, request: &PackRequest<'_>, mut spool: Spool<'_>) -> Result<Spooled, WriteError> {
    let total = zip_writer::write(tree, request.source_date_epoch, &mut spool)?;
    let spooled = spool.finish().map_err(WriteError::Output)?;
    // Whoever opens the package with the same limits must not take it for a bomb.
    let ArchiveLimits { ratio, harmless_bytes, total_bytes, .. } = *request.limits;
    if total > total_bytes {
        return Err(WriteError::Folder(ArchiveProblem::TotalBytes { value: total_bytes }));
    }
    if total > harmless_bytes && total > spooled.bytes.saturating_mul(ratio) {
        return Err(WriteError::Folder(ArchiveProblem::Ratio { value: ratio }));
    }
    Ok(spooled)
}
