use std::io;
use std::path::PathBuf;

use wharf_model::{FileAccess, Limit};

use super::path::PathRefused;

/// Why a file operation of a guest did not happen.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No grant covers the path.
    #[error("{} is not granted", path.display())]
    NotGranted {
        /// The guest path.
        path: PathBuf,
        /// What was wanted.
        access: FileAccess,
    },
    /// A plan showed no change of it, and the run goes by that plan.
    #[error("{} is not in the plan", .0.display())]
    Unplanned(PathBuf),
    /// It is neither a file nor a directory nor a link.
    #[error("{} is a device, socket or pipe", .0.display())]
    Special(PathBuf),
    /// The path itself is refused.
    #[error("{0}")]
    Path(PathRefused),
    /// A symbolic link leads to another one, and so on, too often.
    #[error("{} goes through too many symbolic links", .0.display())]
    TooManyLinks(PathBuf),
    /// A quota is used up.
    #[error("limit {limit} of {value} is reached")]
    Limit {
        /// Which one.
        limit: Limit,
        /// Its value.
        value: u64,
    },
    /// The system says no.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<PathRefused> for FileError {
    fn from(refused: PathRefused) -> Self {
        FileError::Path(refused)
    }
}
