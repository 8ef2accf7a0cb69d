//! Masking: secrets are replaced in all that a run says.

mod automaton;
mod base64;
mod filter;
mod forms;
mod masker;
mod scan;
mod stream;
#[cfg(test)]
mod tests;
mod trail;
mod wrapped;

pub use masker::{MASK, Masker};
pub use stream::MaskStream;
pub use trail::MaskTrail;
