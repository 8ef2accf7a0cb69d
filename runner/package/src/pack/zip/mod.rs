//! Zips: records as of APPNOTE 6.3.10, entries compressed by several threads.

mod records;
mod writer;

pub(super) use writer::{ZipContent, ZipEntry, ZipOptions, write};
