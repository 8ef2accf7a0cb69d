//! NuGet feeds: version 3 (service index, flat container, push), and pushes to version 2.

mod feed;
mod index;
mod push;
mod version;

pub(crate) use feed::NuGetFeed;
