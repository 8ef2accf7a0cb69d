use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{Attribute, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore as _};

use super::attempt::Outcome;
use super::builder::build;
use crate::http::{Client, watched};
use crate::http_store::bounded;
use crate::names::{check_id, check_version, file_name, in_order, versions_among};
use crate::{
    ByteStream, Feed, FeedLocation, FeedSettings, FetchError, Limits, Opened, Overwrite, PackageFile, PackageNames,
    Pushed, Remote, Sha256Digest,
};

/// The name of the metadata in which a push leaves the digest.
pub(super) const DIGEST: Attribute = Attribute::Metadata(std::borrow::Cow::Borrowed("wharf-sha256"));

/// A bucket, or what is below a prefix in it.
pub(crate) struct S3Feed {
    pub(super) store: AmazonS3,
    pub(super) settings: FeedSettings,
    /// The endpoint and the bucket, for people.
    pub(super) shown: String,
    pub(super) client: Client,
    prefix: String,
    names: Arc<dyn PackageNames>,
}

impl S3Feed {
    pub(crate) fn new(settings: FeedSettings, names: Arc<dyn PackageNames>) -> Result<Self, FetchError> {
        let FeedLocation::S3(location) = &settings.location else {
            let reason = "it is no S3 store".to_owned();
            return Err(FetchError::Settings { feed: settings.name, reason });
        };
        let client = Client::new(&settings);
        let (store, shown) = build(&settings, location, &client)?;
        let prefix = location.prefix.trim_matches('/').to_owned();
        Ok(Self { store, shown, prefix, client, names, settings })
    }

    /// The key of a file.
    pub(super) fn key(&self, file_name: &str) -> Path {
        if self.prefix.is_empty() { Path::from(file_name) } else { Path::from(format!("{}/{file_name}", self.prefix)) }
    }

    /// What is there under one name; none if nothing is.
    pub(super) async fn head(&self, key: &Path) -> Result<Option<GetResult>, FetchError> {
        let options = || GetOptions { head: true, ..GetOptions::default() };
        match self.retried(key.as_ref(), || self.store.get_opts(key, options())).await? {
            Outcome::Done(found) => Ok(Some(found)),
            Outcome::NotFound | Outcome::Taken => Ok(None),
        }
    }

    /// The digest that a push left at this key.
    pub(super) async fn find_digest(&self, key: &Path) -> Result<Option<Sha256Digest>, FetchError> {
        Ok(self.head(key).await?.and_then(|found| digest(&found)))
    }

    /// The file of one version: each known extension is asked for.
    pub(super) async fn find(&self, id: &str, version: &str) -> Result<Option<Remote>, FetchError> {
        for extension in &self.settings.extensions {
            let file_name = file_name(id, version, extension);
            let key = self.key(&file_name);
            let Some(found) = self.head(&key).await? else { continue };
            return Ok(Some(Remote {
                id: id.to_owned(),
                version: version.to_owned(),
                file_name,
                size: Some(found.meta.size),
                digest: digest(&found),
                validator: validator(&found.meta),
                place: key.to_string(),
            }));
        }
        Ok(None)
    }

    async fn list(&self, what: &str) -> Result<Vec<ObjectMeta>, FetchError> {
        // A prefix of this library ends at a `/`: what is in deeper directories is none of this feed.
        let prefix = (!self.prefix.is_empty()).then(|| Path::from(self.prefix.as_str()));
        let limit = self.settings.limits.max_versions;
        let listed = self.retried(what, || async {
            // One more than allowed shows that there are more.
            self.store.list(prefix.as_ref()).take(limit + 1).try_collect::<Vec<_>>().await
        });
        match listed.await? {
            Outcome::Done(listed) => {
                bounded(&self.settings, what, listed.len())?;
                Ok(listed)
            }
            Outcome::NotFound | Outcome::Taken => Ok(Vec::new()),
        }
    }
}

#[async_trait]
impl Feed for S3Feed {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn identity(&self) -> String {
        format!("s3 {}/{}", self.shown, self.prefix)
    }

    fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    async fn versions(&self, id: &str) -> Result<Vec<String>, FetchError> {
        check_id(id)?;
        let listed = self.list(&format!("the list of versions of {id}")).await?;
        let depth = Path::from(self.prefix.as_str()).parts_count();
        let here = listed.iter().filter(|object| object.location.parts_count() == depth + 1);
        let files = here.filter_map(|object| object.location.filename());
        let versions = versions_among(files, id, &*self.names, &self.settings.extensions);
        Ok(in_order(&*self.names, versions))
    }

    async fn locate(&self, id: &str, version: &str) -> Result<Remote, FetchError> {
        check_id(id)?;
        check_version(version)?;
        self.find(id, version).await?.ok_or_else(|| FetchError::NotFound {
            feed: self.settings.name.clone(),
            what: format!("{id} {version}"),
            place: self.shown.clone(),
            hint: format!("; none of the extensions {} is", self.settings.extensions.join(" ")),
        })
    }

    async fn open(&self, remote: &Remote, from: u64, known: Option<&str>) -> Result<Opened, FetchError> {
        let key = self.key(&remote.file_name);
        let options = |from: u64| GetOptions {
            range: (from > 0).then_some(GetRange::Offset(from)),
            if_match: known.filter(|_| from > 0).map(str::to_owned),
            ..GetOptions::default()
        };
        let mut offset = from;
        let mut outcome = self.once(&remote.file_name, self.store.get_opts(&key, options(from))).await;
        let changed = matches!(outcome, Ok(Outcome::Taken) | Err(FetchError::Status { status: 416, .. }));
        if changed && from > 0 {
            // Another file is there now.
            offset = 0;
            outcome = self.once(&remote.file_name, self.store.get_opts(&key, options(0))).await;
        }
        let Outcome::Done(found) = outcome? else {
            return Err(FetchError::NotFound {
                feed: self.settings.name.clone(),
                what: remote.file_name.clone(),
                place: self.shown.clone(),
                hint: String::new(),
            });
        };
        let (size, validator) = (Some(found.meta.size), validator(&found.meta));
        Ok(Opened { stream: self.stream(found, &remote.file_name), offset, size, validator })
    }

    async fn push(&self, file: &PackageFile, mode: Overwrite) -> Result<Pushed, FetchError> {
        self.send_package(file, mode).await
    }
}

impl S3Feed {
    fn stream(&self, found: GetResult, what: &str) -> ByteStream {
        let (feed, place, name) = (self.settings.name.clone(), self.shown.clone(), what.to_owned());
        let chunks = found.into_stream().map_err(move |error| FetchError::Broken {
            feed: feed.clone(),
            place: place.clone(),
            what: name.clone(),
            reason: wharf_model::sanitize(&error.to_string()).into_owned(),
        });
        let feed = self.client.feed().into();
        watched(Box::pin(chunks), feed, self.client.shared_limits(), self.shown.clone(), what.to_owned())
    }
}

fn digest(found: &GetResult) -> Option<Sha256Digest> {
    found.attributes.get(&DIGEST).and_then(|text| Sha256Digest::from_hex(text))
}

/// The entity tag, which `If-Match` takes.
fn validator(meta: &ObjectMeta) -> Option<String> {
    meta.e_tag.clone().filter(|tag| !tag.starts_with("W/"))
}
