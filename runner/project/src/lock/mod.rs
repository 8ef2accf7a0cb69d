//! The text of `wharf.lock`: TOML, of which what is not known here stays as it is.

mod read;
mod write;

pub use read::read_lock;
pub use write::write_lock;

/// The version of the form that this program reads and writes.
const FORMAT: i64 = 1;
