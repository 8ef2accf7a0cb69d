use std::path::Path;

use wharf_package::{Archive, ArchiveError, ArchiveLimits, FileSelection, PackageName};

use super::limits::limit_hint;
use super::show::shown_path;
use crate::error::CommandError;

/// Opens a package, or a folder as if it had been packed.
pub fn open(path: &Path, limits: &ArchiveLimits) -> Result<Archive, CommandError> {
    if !path.exists() {
        return Err(CommandError::failed(format!("there is no file {}", shown_path(path))));
    }
    let opened = if path.is_dir() {
        Archive::of_folder(path, &FileSelection::all(), limits)
    } else {
        Archive::open(path, limits)
    };
    opened.map_err(|error| failure(&error))
}

/// What is wrong with a package, with what to do.
pub fn failure(error: &ArchiveError) -> CommandError {
    limit_hint(CommandError::failed(error.to_string()), error.limit())
}

/// ID and version of a package by the name of its file; none if it is named otherwise.
pub fn name_of(path: &Path) -> Option<PackageName> {
    PackageName::parse(&path.file_name()?.to_string_lossy()).ok()
}
