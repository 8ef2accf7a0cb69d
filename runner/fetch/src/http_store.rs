use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, IF_NONE_MATCH};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use url::Url;

use crate::folder::too_large;
use crate::http::{Ask, Body, Client, Upload, open_at, parse_url, probe, shown};
use crate::listing::file_names;
use crate::names::{check_id, check_version, file_name, in_order, versions_among};
use crate::{
    Credentials, Feed, FeedLocation, FeedSettings, FetchError, Limits, Opened, Overwrite, PackageFile, PackageNames,
    Pushed, Remote,
};

/// A web server with files `<base>/ID.version.ext`.
pub(crate) struct HttpFeed {
    client: Client,
    base: Url,
    index: Url,
    settings: FeedSettings,
    names: Arc<dyn PackageNames>,
    login: Option<HeaderValue>,
}

impl HttpFeed {
    pub(crate) fn new(settings: FeedSettings, names: Arc<dyn PackageNames>) -> Result<Self, FetchError> {
        let FeedLocation::Http { url, index } = &settings.location else {
            return Err(wrong(&settings, "it is no plain HTTP store"));
        };
        let mut base = parse_url(&settings.name, url)?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let index = match index {
            Some(name) => base.join(name).map_err(|_| wrong(&settings, "its index is no relative address"))?,
            None => base.clone(),
        };
        let login = login(&settings)?;
        Ok(Self { client: Client::new(&settings), base, index, names, login, settings })
    }

    fn ask(&self, method: Method, url: Url, what: String) -> Ask {
        let ask = Ask::new(method, url, what);
        match &self.login {
            Some(login) => ask.secret(AUTHORIZATION, login.clone()),
            None => ask,
        }
    }

    fn url(&self, file_name: &str) -> Result<Url, FetchError> {
        // `+` stands for itself in a path, but some servers take it for a blank.
        let name = file_name.replace('+', "%2B");
        self.base.join(&name).map_err(|_| wrong(&self.settings, "its address takes no file names"))
    }

    /// Whether the file is there with this size.
    async fn has(&self, file: &PackageFile, length: u64) -> Result<bool, FetchError> {
        let ask = self.ask(Method::HEAD, self.url(&file.file_name())?, file.file_name());
        Ok(probe(&self.client, &ask).await?.is_some_and(|there| there.size == Some(length)))
    }

    /// The file of one version: each known extension is asked for.
    async fn find(&self, id: &str, version: &str) -> Result<Option<Remote>, FetchError> {
        for extension in &self.settings.extensions {
            let file_name = file_name(id, version, extension);
            let url = self.url(&file_name)?;
            let Some(probe) = probe(&self.client, &self.ask(Method::HEAD, url.clone(), file_name.clone())).await?
            else {
                continue;
            };
            return Ok(Some(Remote {
                id: id.to_owned(),
                version: version.to_owned(),
                file_name,
                size: probe.size,
                digest: probe.digest,
                validator: probe.validator,
                place: url.to_string(),
            }));
        }
        Ok(None)
    }
}

#[async_trait]
impl Feed for HttpFeed {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn identity(&self) -> String {
        format!("http {}", shown(&self.base))
    }

    fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    async fn versions(&self, id: &str) -> Result<Vec<String>, FetchError> {
        check_id(id)?;
        let what = format!("the list of versions of {id}");
        let ask = self.ask(Method::GET, self.index.clone(), what.clone());
        let ask = ask.header(ACCEPT, "application/json, text/html;q=0.9, text/plain;q=0.8");
        let listing = crate::http::retrying(self.client.limits(), || async {
            self.client.success_once(&ask).await?.bytes(&ask.what).await
        });
        let body = match listing.await {
            Ok(body) => body,
            Err(
                FetchError::NotFound { .. } | FetchError::Forbidden { .. } | FetchError::Status { status: 405, .. },
            ) => {
                let reason = format!(
                    "{} offers no list of its files: name an exact version, or the index file of the feed",
                    shown(&self.index)
                );
                return Err(FetchError::Unsupported { feed: self.settings.name.clone(), reason });
            }
            Err(error) => return Err(error),
        };
        let files = file_names(&String::from_utf8_lossy(&body));
        let files = files.iter().map(String::as_str);
        let versions = versions_among(files, id, &*self.names, &self.settings.extensions);
        bounded(&self.settings, &what, versions.len())?;
        Ok(in_order(&*self.names, versions))
    }

    async fn locate(&self, id: &str, version: &str) -> Result<Remote, FetchError> {
        check_id(id)?;
        check_version(version)?;
        self.find(id, version).await?.ok_or_else(|| FetchError::NotFound {
            feed: self.settings.name.clone(),
            what: format!("{id} {version}"),
            place: shown(&self.base),
            hint: format!("; none of the extensions {} is", self.settings.extensions.join(" ")),
        })
    }

    async fn open(&self, remote: &Remote, from: u64, validator: Option<&str>) -> Result<Opened, FetchError> {
        let url = self.url(&remote.file_name)?;
        open_at(&self.client, self.ask(Method::GET, url, remote.file_name.clone()), from, validator).await
    }

    async fn push(&self, file: &PackageFile, mode: Overwrite) -> Result<Pushed, FetchError> {
        file.check()?;
        let length = sendable(&self.settings, file)?;
        let exists = || FetchError::Exists { feed: self.settings.name.clone(), file: file.file_name() };
        if mode != Overwrite::Overwrite && self.find(&file.id, &file.version).await?.is_some() {
            return if mode == Overwrite::Fail { Err(exists()) } else { Ok(Pushed::AlreadyThere) };
        }
        let body = Body::File(Upload::whole(file.path.clone(), length));
        let url = self.url(&file.file_name())?;
        let mut ask = self.ask(Method::PUT, url, file.file_name()).body("application/octet-stream", body);
        if mode != Overwrite::Overwrite {
            // Somebody else may send the same at this very moment.
            ask = ask.header(IF_NONE_MATCH, "*");
        }
        let taken = [StatusCode::PRECONDITION_FAILED, StatusCode::CONFLICT];
        let taken = if mode == Overwrite::Overwrite { &[][..] } else { &taken[..] };
        let answer = self.client.success_or(&ask, taken).await?;
        match (answer.status().is_success(), mode) {
            (true, _) => Ok(Pushed::Done),
            // Nothing was there before the first attempt: it got through, and only its answer was lost.
            (false, _) if answer.is_retried() && self.has(file, length).await? => Ok(Pushed::Done),
            (false, Overwrite::Ignore) => Ok(Pushed::AlreadyThere),
            (false, _) => Err(exists()),
        }
    }
}

fn wrong(settings: &FeedSettings, reason: &str) -> FetchError {
    FetchError::Settings { feed: settings.name.clone(), reason: reason.to_owned() }
}

/// The header of a feed's user or token.
pub(crate) fn login(settings: &FeedSettings) -> Result<Option<HeaderValue>, FetchError> {
    let text = match &settings.credentials {
        Credentials::None | Credentials::ApiKey { .. } | Credentials::DockerConfig { .. } => return Ok(None),
        Credentials::Basic { user, password } | Credentials::BasicAndKey { user, password, .. } => {
            basic(user, password.reveal())
        }
        Credentials::Bearer { token } => format!("Bearer {}", token.reveal()),
        Credentials::S3 { .. } => {
            return Err(wrong(settings, "keys of S3 are for S3 feeds: give a user with a password"));
        }
    };
    secret_value(settings, &text).map(Some)
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

pub(crate) fn secret_value(settings: &FeedSettings, text: &str) -> Result<HeaderValue, FetchError> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| wrong(settings, "its token or key holds characters that no HTTP header can carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The header of NuGet's key.
pub(crate) const API_KEY: HeaderName = HeaderName::from_static("x-nuget-apikey");

/// Bytes of a file that is to be sent, if it may be.
pub(crate) fn sendable(settings: &FeedSettings, file: &PackageFile) -> Result<u64, FetchError> {
    let about = std::fs::metadata(&file.path).map_err(FetchError::file("read", &file.path))?;
    let limit = settings.limits.max_size;
    if about.len() > limit {
        return Err(too_large(&settings.name, &file.file_name(), limit));
    }
    Ok(about.len())
}

/// Refuses lists of too many versions.
pub(crate) fn bounded(settings: &FeedSettings, what: &str, count: usize) -> Result<(), FetchError> {
    let limit = settings.limits.max_versions;
    if count <= limit {
        return Ok(());
    }
    let (feed, what) = (settings.name.clone(), what.to_owned());
    Err(FetchError::TooLarge { feed, what, limit: limit as u64, unit: "versions", name: "max-versions" })
}
