//! What several of the standard steps share.

mod encoding;
mod template;

pub use encoding::{Encoding, TextFile};
pub use template::evaluate;
