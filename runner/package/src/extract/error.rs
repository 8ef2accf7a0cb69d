use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::DestinationError;
use crate::ArchiveError;

/// Why an extraction stopped.
#[derive(Debug, Error)]
pub enum ExtractError {
    /// The archive is at fault.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The folder cannot take it.
    #[error("cannot extract into `{}`: {problem}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        problem: FolderProblem,
    },
    /// The destination is at fault.
    #[error("cannot extract `{entry}`: {problem}")]
    Destination {
        /// The entry.
        entry: String,
        /// What the destination says.
        #[source]
        problem: DestinationError,
    },
    /// The caller's progress function said so.
    #[error("the extraction was cancelled")]
    Cancelled,
}

/// Why a folder cannot take an extraction.
#[derive(Debug, Error)]
pub enum FolderProblem {
    /// There is something in it.
    #[error("it is not empty: there is `{0}`")]
    NotEmpty(String),
    /// It is something else.
    #[error("it is no folder")]
    NotAFolder,
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}
