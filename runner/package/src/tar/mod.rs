//! Reading tars, also compressed by gzip.

mod header;
mod open;
mod pax;
mod stream;

pub(crate) use open::Tar;
pub(crate) use stream::TarStream;
