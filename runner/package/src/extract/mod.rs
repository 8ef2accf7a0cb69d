//! Extraction: into a folder, on all cores, or into a destination of the caller's.

mod destination;
mod error;
mod feed;
mod folder;
mod plan;
mod run;
mod shared;
mod staging;

pub use destination::{Destination, DestinationError};
pub use error::{ExtractError, FolderProblem};
pub use run::{ExtractProgress, Extracted};
