//! Decompression: one library per algorithm, all of them behind one reader.

mod decoder;
mod inflate;

pub(crate) use decoder::{Codec, Decoder};
pub(crate) use inflate::Inflate;
