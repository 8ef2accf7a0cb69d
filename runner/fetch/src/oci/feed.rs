use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::header::{ACCEPT, LINK};
use http::{Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::login::Login;
use super::manifest::{ACCEPTED, Manifest};
use super::reference::{Reference, tag_of, version_of};
use crate::http::{Ask, Client, Origin, open_at, retrying, shown};
use crate::http_store::bounded;
use crate::names::{check_id, check_version, in_order};
use crate::{
    Credentials, Feed, FeedLocation, FeedSettings, FetchError, Limits, Opened, Overwrite, PackageFile, PackageNames,
    Pushed, Remote, Sha256Digest,
};

/// What a request may do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Right {
    Pull,
    Push,
}

/// Whoever holds it may send a blob.
type Turn = Arc<tokio::sync::Mutex<()>>;

/// A namespace of a registry.
pub(crate) struct OciFeed {
    pub(super) client: Client,
    pub(super) reference: Reference,
    pub(super) settings: FeedSettings,
    pub(super) chunk: u64,
    /// The blobs that are being sent, by repository and digest: none is sent twice at the same time.
    pub(super) sending: Mutex<HashMap<(String, Sha256Digest), Turn>>,
    names: Arc<dyn PackageNames>,
}

#[derive(Deserialize)]
struct Tags {
    /// Some registries answer null for none.
    tags: Option<Vec<String>>,
}

impl OciFeed {
    pub(crate) fn new(settings: FeedSettings, names: Arc<dyn PackageNames>) -> Result<Self, FetchError> {
        let wrong = |reason: &str| FetchError::Settings { feed: settings.name.clone(), reason: reason.to_owned() };
        let FeedLocation::Oci { reference, chunk } = &settings.location else {
            return Err(wrong("it is no OCI registry"));
        };
        if matches!(
            settings.credentials,
            Credentials::ApiKey { .. } | Credentials::BasicAndKey { .. } | Credentials::S3 { .. }
        ) {
            return Err(wrong("a registry takes a user with a password, a token, or what docker login kept"));
        }
        let reference = Reference::parse(&settings, reference)?;
        let chunk = (*chunk).max(1);
        let client = Client::new(&settings);
        let login = Login::new(client.clone(), settings.clone(), reference.host());
        let client = client.with_authenticator(Arc::new(login));
        Ok(Self { client, reference, chunk, sending: Mutex::default(), names, settings })
    }

    /// A request below a repository, with whatever the registry wants to know.
    pub(super) fn ask(&self, method: Method, url: Url, what: &str, repository: &str, right: Right) -> Ask {
        let own = Origin::of(&url) == Origin::of(&self.reference.root);
        let ask = Ask::new(method, url, what);
        let actions = match right {
            Right::Pull => "pull",
            Right::Push => "pull,push",
        };
        // A registry may send uploads to another host: that one is told nothing.
        if own { ask.scope(format!("repository:{repository}:{actions}")) } else { ask }
    }

    async fn manifest(&self, id: &str, version: &str) -> Result<Manifest, FetchError> {
        let repository = self.reference.repository(id)?;
        let url = self.reference.url(&repository, &format!("manifests/{}", tag_of(version)?))?;
        let what = format!("{id} {version}");
        let ask = self.ask(Method::GET, url, &what, &repository, Right::Pull).header(ACCEPT, ACCEPTED);
        let (bytes, told) = retrying(self.client.limits(), || async {
            let answer = self.client.success_once(&ask).await?;
            let told = answer.header("docker-content-digest").and_then(|digest| digest.parse::<Sha256Digest>().ok());
            Ok((answer.bytes(&ask.what).await?, told))
        })
        .await?;
        let actual = Sha256Digest::of(&bytes);
        if let Some(expected) = told.filter(|told| *told != actual) {
            let (feed, file) = (self.settings.name.clone(), format!("the manifest of {what}"));
            return Err(FetchError::WrongDigest { feed, file, expected, actual });
        }
        self.client.parse(&ask, &bytes)
    }
}

#[async_trait]
impl Feed for OciFeed {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn identity(&self) -> String {
        format!("oci {}", self.reference.shown())
    }

    fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    async fn versions(&self, id: &str) -> Result<Vec<String>, FetchError> {
        check_id(id)?;
        let repository = self.reference.repository(id)?;
        let what = format!("the list of versions of {id}");
        let mut next = Some(self.reference.url(&repository, "tags/list?n=1000")?);
        let (mut versions, mut pages) = (Vec::new(), 0);
        while let Some(url) = next.take() {
            pages += 1;
            let limit = self.settings.limits.max_pages;
            if pages > limit {
                let (feed, what) = (self.settings.name.clone(), what.clone());
                return Err(FetchError::TooLarge { feed, what, limit: limit.into(), unit: "pages", name: "max-pages" });
            }
            let ask = self.ask(Method::GET, url, &what, &repository, Right::Pull);
            let page = retrying(self.client.limits(), || async {
                let answer = self.client.send(&ask).await?;
                match answer.status() {
                    StatusCode::NOT_FOUND => Ok(None),
                    status if status.is_success() => {
                        let next = answer.header(LINK.as_str()).and_then(|link| next_page(answer.url(), link));
                        Ok(Some((answer.bytes(&ask.what).await?, next)))
                    }
                    _ => Err(self.client.refusal(answer, &ask.what).await),
                }
            });
            let Some((body, following)) = page.await? else { break };
            let tags: Tags = self.client.parse(&ask, &body)?;
            versions.extend(tags.tags.unwrap_or_default().iter().map(|tag| version_of(tag)));
            bounded(&self.settings, &what, versions.len())?;
            next = following;
        }
        Ok(in_order(&*self.names, versions))
    }

    async fn locate(&self, id: &str, version: &str) -> Result<Remote, FetchError> {
        check_id(id)?;
        check_version(version)?;
        let manifest = self.manifest(id, version).await?;
        let nonsense = |reason: &str| {
            self.client.nonsense(&self.reference.root, &format!("the manifest of {id} {version}"), reason)
        };
        let (layer, name) = manifest.package().map_err(nonsense)?;
        let digest: Sha256Digest =
            layer.digest.parse().map_err(|_| nonsense("the digest of its layer is not a sha256 one"))?;
        let version = manifest.version().unwrap_or(version).to_owned();
        let file_name = match (name, manifest.extension()) {
            (Some(name), _) => name.to_owned(),
            (None, Some(extension)) => crate::names::file_name(id, &version, extension),
            (None, None) => return Err(nonsense("its layer has neither a title nor the media type of an archive")),
        };
        Ok(Remote {
            id: id.to_owned(),
            version,
            file_name,
            size: Some(layer.size),
            digest: Some(digest),
            validator: Some(digest.to_string()),
            place: format!("{}@{digest}", self.reference.repository(id)?),
        })
    }

    async fn open(&self, remote: &Remote, from: u64, _known: Option<&str>) -> Result<Opened, FetchError> {
        let (repository, digest) = remote.place.split_once('@').unwrap_or((&remote.place, ""));
        let url = self.reference.url(repository, &format!("blobs/{digest}"))?;
        let ask = self.ask(Method::GET, url, &remote.file_name, repository, Right::Pull);
        // A blob is named by its content: no validator is needed to go on.
        let opened = open_at(&self.client, ask, from, None).await?;
        Ok(Opened { validator: remote.validator.clone(), ..opened })
    }

    async fn push(&self, file: &PackageFile, mode: Overwrite) -> Result<Pushed, FetchError> {
        self.send_package(file, mode).await
    }
}

/// Where `Link: <…>; rel="next"` leads. Another host would be told nothing, but has no pages either.
fn next_page(from: &Url, link: &str) -> Option<Url> {
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    if !parameters.replace('"', "").to_ascii_lowercase().contains("rel=next") {
        return None;
    }
    from.join(target).ok().filter(|next| Origin::of(next) == Origin::of(from) && shown(next) == shown(from))
}
