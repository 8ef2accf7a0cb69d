//! Compressed tars: the tar is a stream of which every part can be made on its own, so that several threads can compress
//! it.

mod compress;
mod header;
mod stream;

pub(super) use compress::{TarCompression, TarOptions, write};
