//! Reading zips, and what is a zip by another name.

mod cp437;
mod inflate;
mod open;
mod record;

pub(crate) use inflate::Inflate;
pub(crate) use open::{Zip, ZipContent};
