//! Packing folders, so that equal folders become equal bytes.

mod request;
mod run;
mod spool;
mod tree;
mod zip_writer;

pub use request::{Existing, PackError, PackFormat, PackRequest, Packed};
pub(crate) use run::digest_of_tree;
pub use run::{pack, pack_digest};
pub(crate) use tree::Tree;
pub use tree::TreeError;
