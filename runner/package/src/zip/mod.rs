//! Reading zips, and what is a zip by another name.

mod cp437;
mod end;
mod local;
mod open;
mod record;

pub(crate) use open::{Hidden, Zip, ZipContent};
