//! Downloads that persevere: resumed, retried, hashed on the way, and under their name only when they are right.

mod part;
mod run;
mod writer;

pub use run::{Downloaded, download};
pub(crate) use run::{Guard, download_guarded};
