use std::io::{Error, ErrorKind, Result};
use std::path::PathBuf;

use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::ErrorCode;

pub(crate) fn work() -> PathBuf {
    PathBuf::from("/work")
}

/// Makes a symbolic link, which `std` cannot do here yet.
pub(crate) fn symlink(target: &str, link: &str) -> Result<()> {
    let under = |root: &str| {
        let rest = link.strip_prefix(root)?;
        let inside = root.ends_with('/') || rest.starts_with('/');
        (inside && !rest.is_empty()).then(|| rest.trim_start_matches('/').to_owned())
    };
    // As the C library finds a path: the longest directory that is a prefix of it.
    let (directory, relative) = get_directories()
        .into_iter()
        .filter_map(|(directory, root)| under(&root).map(|relative| (root.len(), directory, relative)))
        .max_by_key(|(length, ..)| *length)
        .map(|(_, directory, relative)| (directory, relative))
        .ok_or(ErrorKind::NotFound)?;
    directory.symlink_at(target, &relative).map_err(|code| {
        let kind = match code {
            ErrorCode::Access | ErrorCode::NotPermitted => ErrorKind::PermissionDenied,
            ErrorCode::ReadOnly => ErrorKind::ReadOnlyFilesystem,
            ErrorCode::Exist => ErrorKind::AlreadyExists,
            ErrorCode::NoEntry => ErrorKind::NotFound,
            ErrorCode::NotDirectory => ErrorKind::NotADirectory,
            ErrorCode::InsufficientSpace => ErrorKind::StorageFull,
            ErrorCode::Quota => ErrorKind::QuotaExceeded,
            ErrorCode::Unsupported => ErrorKind::Unsupported,
            _ => return Error::other(code.message()),
        };
        Error::from(kind)
    })
}
