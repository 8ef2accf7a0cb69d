use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::Stream;

use crate::{FeedLocation, FeedSettings, FetchError, Limits, PackageFile, PackageNames, Sha256Digest};
use crate::{folder, http_store, nuget, oci, s3};

/// A place that packages come from and go to.
#[async_trait]
pub trait Feed: Send + Sync {
    /// What the process file calls it.
    fn name(&self) -> &str;

    /// The same for each feed of the same place, whatever it is called: part of the cache's keys. Holds no credential.
    fn identity(&self) -> String;

    /// What it may cost.
    fn limits(&self) -> &Limits;

    /// Whether a version, once there, never changes.
    fn immutable(&self) -> bool {
        false
    }

    /// All versions of a package in rising order; none if the feed does not know the package.
    ///
    /// # Errors
    /// When the feed cannot be asked, cannot list, or names more than `max-versions` or `max-pages`.
    async fn versions(&self, id: &str) -> Result<Vec<String>, FetchError>;

    /// Where exactly one version is, and what the feed knows of it without sending it.
    ///
    /// # Errors
    /// [`FetchError::NotFound`] if it is not there.
    async fn locate(&self, id: &str, version: &str) -> Result<Remote, FetchError>;

    /// Begins to read, from the byte `from` on if what is there is still what `validator` says. One attempt only:
    /// [`download`](crate::download) is what perseveres.
    ///
    /// # Errors
    /// When the feed does not answer with bytes.
    async fn open(&self, remote: &Remote, from: u64, validator: Option<&str>) -> Result<Opened, FetchError>;

    /// Sends a package there. Nothing is there under its name before all of it is.
    ///
    /// # Errors
    /// [`FetchError::Exists`] with [`Overwrite::Fail`]; and whatever the feed says.
    async fn push(&self, file: &PackageFile, mode: Overwrite) -> Result<Pushed, FetchError>;
}

/// One version of a package at its feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// The ID.
    pub id: String,
    /// The version, as the feed writes it.
    pub version: String,
    /// The file's name: its extension says what kind of archive it is.
    pub file_name: String,
    /// Bytes, if the feed says.
    pub size: Option<u64>,
    /// The digest, if the feed knows one.
    pub digest: Option<Sha256Digest>,
    /// Changes with the content: an entity tag, or a time with a size.
    pub validator: Option<String>,
    /// The address, path or key for [`Feed::open`].
    pub place: String,
}

/// Chunks of a package.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, FetchError>> + Send>>;

/// A package that is being sent.
pub struct Opened {
    /// The bytes from `offset` on.
    pub stream: ByteStream,
    /// Where the stream begins: what was asked for, or 0.
    pub offset: u64,
    /// Bytes of the whole package, if the feed says.
    pub size: Option<u64>,
    /// What [`Feed::open`] takes to go on later.
    pub validator: Option<String>,
}

/// What to do about a package that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// Fail, and change nothing.
    Fail,
    /// Replace it.
    Overwrite,
    /// Leave it, and call that a success.
    Ignore,
}

/// What became of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// It is there now.
    Done,
    /// Something was there already, and stayed.
    AlreadyThere,
}

/// Makes a feed of its settings. Nothing is asked yet.
///
/// # Errors
/// [`FetchError::Settings`] when they make no sense.
pub fn open_feed(settings: FeedSettings, names: Arc<dyn PackageNames>) -> Result<Box<dyn Feed>, FetchError> {
    Ok(match &settings.location {
        FeedLocation::Folder { path } => Box::new(folder::FolderFeed::new(path.clone(), settings, names)),
        FeedLocation::Http { .. } => Box::new(http_store::HttpFeed::new(settings, names)?),
        FeedLocation::NuGet { .. } => Box::new(nuget::NuGetFeed::new(settings, names)?),
        FeedLocation::Oci { .. } => Box::new(oci::OciFeed::new(settings, names)?),
        FeedLocation::S3(_) => Box::new(s3::S3Feed::new(settings, names)?),
    })
}
