//! Packing folders, so that equal folders become equal bytes.

mod deflate;
mod nupkg;
mod output;
mod pieces;
mod request;
mod run;
mod spool;
mod tar;
mod tree;
mod zip;

pub use nupkg::NuGetMetadata;
pub use request::{Compression, Existing, PackError, PackFormat, PackProgress, PackRequest, Packed};
pub(crate) use run::digest_of_tree;
pub use run::{pack, pack_digest, pack_with_progress};
pub(crate) use tree::Tree;
pub use tree::TreeError;
