use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderValue, Method, StatusCode};
use serde::Deserialize;
use tokio::sync::OnceCell;
use url::Url;

use super::index::Services;
use super::version::normalized;
use crate::http::{Ask, Client, open_at, parse_url, probe, shown};
use crate::http_store::{bounded, login, secret_value};
use crate::names::{check_id, check_version, in_order};
use crate::{
    Credentials, Feed, FeedLocation, FeedSettings, FetchError, Limits, Opened, Overwrite, PackageFile, PackageNames,
    Pushed, Remote,
};

/// A NuGet feed.
pub(crate) struct NuGetFeed {
    pub(super) client: Client,
    /// The service index, or the push endpoint of a version 2 feed.
    pub(super) url: Url,
    pub(super) settings: FeedSettings,
    pub(super) login: Option<HeaderValue>,
    pub(super) key: Option<HeaderValue>,
    pub(super) services: OnceCell<Services>,
    names: Arc<dyn PackageNames>,
}

#[derive(Deserialize)]
struct VersionList {
    versions: Vec<String>,
}

impl NuGetFeed {
    pub(crate) fn new(settings: FeedSettings, names: Arc<dyn PackageNames>) -> Result<Self, FetchError> {
        let FeedLocation::NuGet { url } = &settings.location else {
            let reason = "it is no NuGet feed".to_owned();
            return Err(FetchError::Settings { feed: settings.name, reason });
        };
        let url = parse_url(&settings.name, url)?;
        let key = match &settings.credentials {
            Credentials::ApiKey { key } | Credentials::BasicAndKey { key, .. } => {
                Some(secret_value(&settings, key.reveal())?)
            }
            _ => None,
        };
        let login = login(&settings)?;
        let services = OnceCell::new();
        Ok(Self { client: Client::new(&settings), url, login, key, services, names, settings })
    }

    /// Whether it speaks version 3, so that it can be read from.
    pub(super) fn is_v3(&self) -> bool {
        self.url.path().ends_with("index.json")
    }

    /// The directory of a package in the flat container.
    async fn folder(&self, id: &str) -> Result<Url, FetchError> {
        let unsupported = |reason: String| FetchError::Unsupported { feed: self.settings.name.clone(), reason };
        if !self.is_v3() {
            return Err(unsupported(format!(
                "{} takes pushes only: to read, name the version 3 service index, an address that ends with index.json",
                shown(&self.url)
            )));
        }
        let Some(packages) = &self.services().await?.packages else {
            return Err(unsupported(format!(
                "{} names no PackageBaseAddress/3.0.0, so packages cannot be read from it",
                shown(&self.url)
            )));
        };
        packages
            .join(&format!("{}/", id.to_ascii_lowercase()))
            .map_err(|_| self.client.nonsense(&self.url, "the service index", "PackageBaseAddress is no address"))
    }

    /// A package's file.
    pub(super) async fn file(&self, id: &str, version: &str) -> Result<Ask, FetchError> {
        let (id, version) = (id.to_ascii_lowercase(), normalized(version));
        let folder = self.folder(&id).await?;
        let file_name = format!("{id}.{version}.nupkg");
        let url = folder
            .join(&format!("{version}/{file_name}"))
            .map_err(|_| self.client.nonsense(&self.url, "the service index", "PackageBaseAddress is no address"))?;
        Ok(self.ask(Method::GET, url, &file_name))
    }
}

#[async_trait]
impl Feed for NuGetFeed {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn identity(&self) -> String {
        format!("nuget {}", shown(&self.url))
    }

    fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    fn immutable(&self) -> bool {
        true
    }

    async fn versions(&self, id: &str) -> Result<Vec<String>, FetchError> {
        check_id(id)?;
        let what = format!("the list of versions of {id}");
        let folder = self.folder(id).await?;
        let list = folder.join("index.json").map_err(|_| self.client.nonsense(&folder, &what, "it is no address"))?;
        let ask = self.ask(Method::GET, list, &what);
        let bytes = crate::http::retrying(self.client.limits(), || async {
            let answer = self.client.send(&ask).await?;
            match answer.status() {
                // This is how a feed says that it does not know the package.
                StatusCode::NOT_FOUND => Ok(None),
                status if status.is_success() => answer.bytes(&ask.what).await.map(Some),
                _ => Err(self.client.refusal(answer, &ask.what).await),
            }
        });
        let Some(bytes) = bytes.await? else { return Ok(Vec::new()) };
        let list: VersionList = self.client.parse(&ask, &bytes)?;
        bounded(&self.settings, &what, list.versions.len())?;
        Ok(in_order(&*self.names, list.versions))
    }

    async fn locate(&self, id: &str, version: &str) -> Result<Remote, FetchError> {
        check_id(id)?;
        check_version(version)?;
        let ask = self.file(id, version).await?;
        let Some(probe) = probe(&self.client, &ask).await? else {
            return Err(FetchError::NotFound {
                feed: self.settings.name.clone(),
                what: format!("{id} {version}"),
                place: shown(&ask.url),
                hint: String::new(),
            });
        };
        Ok(Remote {
            id: id.to_owned(),
            version: version.to_owned(),
            file_name: format!("{id}.{version}.nupkg"),
            size: probe.size,
            digest: probe.digest,
            validator: probe.validator,
            place: shown(&ask.url),
        })
    }

    async fn open(&self, remote: &Remote, from: u64, validator: Option<&str>) -> Result<Opened, FetchError> {
        let ask = self.file(&remote.id, &remote.version).await?;
        open_at(&self.client, ask, from, validator).await
    }

    async fn push(&self, file: &PackageFile, mode: Overwrite) -> Result<Pushed, FetchError> {
        self.send_package(file, mode).await
    }
}
