use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a journal cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The system says no.
    #[error("cannot {verb} {}: {source}", path.display())]
    Io {
        /// What was tried.
        verb: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is a run with this identity already.
    #[error("there is a journal of run {0} already")]
    Exists(String),
    /// The process that makes it lives.
    #[error("the run of {0} still lasts")]
    Running(String),
    /// A line is no event.
    #[error("line {line} of {} is no event: {reason}", path.display())]
    NoEvent {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// No run is meant, or several are.
    #[error("{0}")]
    Unknown(String),
}

impl JournalError {
    pub(crate) fn io(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { verb, path, source }
    }
}
