//! Feeds of packages, and the content-addressed cache of what was downloaded from them.
//!
//! A [`Feed`] lists versions, says where one is, reads it from any byte on, and takes pushes; [`open_feed`] makes one of
//! its [`FeedSettings`]: a folder, a plain HTTP store, NuGet, an OCI registry, or S3. [`download`] perseveres where a
//! feed tries once. [`Cache::acquire`] is what a run uses: one package, downloaded at most once on this machine,
//! verified, and held so that no clean-up takes it away.
//!
//! What names and versions mean is the caller's business: [`PackageNames`].

mod cache;
mod cancel;
mod digest;
mod download;
mod error;
mod feed;
mod folder;
mod http;
mod http_store;
mod limits;
mod listing;
mod names;
mod nuget;
mod oci;
mod push_all;
mod s3;
mod secret;
mod settings;
mod transfer;

pub use cache::{Cache, Cached, Clean, Cleaned, Held, Source, Wanted};
pub use cancel::unless_cancelled;
pub use digest::{BadDigest, Sha256Digest};
pub use download::{Downloaded, download};
pub use error::FetchError;
pub use feed::{ByteStream, Feed, Opened, Overwrite, Pushed, Remote, open_feed};
pub use limits::Limits;
pub use names::{NameParts, PackageFile, PackageNames};
pub use push_all::{push, push_all};
pub use secret::Secret;
pub use settings::{Credentials, FeedLocation, FeedSettings, S3Location};
pub use transfer::{Progress, Transfer};
