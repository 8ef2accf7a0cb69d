//! Extraction into a destination of the caller's.

mod destination;
mod dir;
mod run;

pub use destination::{Destination, DestinationError};
pub use dir::DirDestination;
pub use run::{ExtractError, ExtractProgress, Extracted};
