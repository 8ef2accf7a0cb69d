//! What several of the standard steps share.

mod encoding;
mod path;
mod secret;
mod template;

pub use encoding::{Encoding, TextFile};
pub use path::check_path;
pub use secret::refuse_secrets;
pub use template::evaluate;
