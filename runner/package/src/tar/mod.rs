//! Reading tars, plain and compressed.

mod header;
mod open;
mod pax;
mod reader;
mod sparse;
mod stream;

pub(crate) use open::{Place, Tar};
pub(crate) use sparse::{Run, SparseMap};
pub(crate) use stream::TarStream;
