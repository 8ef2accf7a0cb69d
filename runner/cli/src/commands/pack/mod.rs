//! `wharf pack`: a folder becomes a package.

mod arguments;
mod run;
mod version;

pub use arguments::Arguments;
pub use run::run;
