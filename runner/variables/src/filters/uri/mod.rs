//! URIs as `System.Uri` of .NET reads, writes and escapes them.

mod authority;
mod escape;
mod part;
mod read;

pub(super) use escape::{data as escape_data, text as escape};
pub(super) use part::part;
