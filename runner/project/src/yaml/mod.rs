//! YAML 1.2 with places, without what makes two readers see two things: anchors, tags, merge keys and repeated keys are
//! refused, and plain scalars keep their text.

mod bounds;
mod comment;
mod read;
mod region;
mod tree;

pub use bounds::FileBounds;
pub(crate) use comment::Fix;
pub use read::parse_value;
pub(crate) use read::{Document, read};
pub(crate) use tree::TreeBuilder;
