//! Packages as users meet them: packed, opened, read, extracted, and refused.

mod conformance;
mod extraction;
mod folders;
mod foreign_archives;
mod hostile_tar;
mod hostile_zip;
mod packing;
mod reading;
mod round_trip;
mod support;
mod verifying;
