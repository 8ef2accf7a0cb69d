use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_RANGE, LOCATION, RANGE};
use http::{Method, StatusCode};
use url::Url;

use super::feed::{OciFeed, Right};
use super::manifest::{ACCEPTED, EMPTY, MANIFEST, Manifest};
use super::reference::tag_of;
use crate::http::{Answer, Body, Upload, pause, retrying};
use crate::http_store::sendable;
use crate::{FetchError, Overwrite, PackageFile, Pushed, Sha256Digest};

const BYTES: &str = "application/octet-stream";

impl OciFeed {
    pub(super) async fn send_package(&self, file: &PackageFile, mode: Overwrite) -> Result<Pushed, FetchError> {
        file.check()?;
        let size = sendable(&self.settings, file)?;
        let repository = self.reference.repository(&file.id)?;
        let url = self.reference.url(&repository, &format!("manifests/{}", tag_of(&file.version)?))?;
        if mode != Overwrite::Overwrite {
            let head = self.ask(Method::HEAD, url.clone(), &file.file_name(), &repository, Right::Push);
            let answer = self.client.success_or(&head.header(ACCEPT, ACCEPTED), &[StatusCode::NOT_FOUND]).await?;
            match (answer.status(), mode) {
                (StatusCode::NOT_FOUND, _) => {}
                (_, Overwrite::Ignore) => return Ok(Pushed::AlreadyThere),
                _ => return Err(FetchError::Exists { feed: self.settings.name.clone(), file: file.file_name() }),
            }
        }
        let path = file.path.clone();
        let digest = tokio::task::spawn_blocking(move || Sha256Digest::of_file(&path))
            .await
            .map_err(|_| FetchError::Cancelled)?
            .map_err(FetchError::file("read", &file.path))?;
        let empty = Body::Bytes(Bytes::from_static(EMPTY));
        self.send_blob(&repository, Sha256Digest::of(EMPTY), empty, "the empty configuration").await?;
        let package = Body::File(Upload::whole(file.path.clone(), size));
        self.send_blob(&repository, digest, package, &file.file_name()).await?;
        // The manifest comes last: a version is there when all of it is.
        let manifest = serde_json::to_vec(&Manifest::of(file, digest, size)).unwrap_or_default();
        let ask =
            self.ask(Method::PUT, url, &format!("the manifest of {}", file.file_name()), &repository, Right::Push);
        self.client.success(&ask.body(MANIFEST, Body::Bytes(manifest.into()))).await?;
        Ok(Pushed::Done)
    }

    /// Sends a blob that is not there yet. Packages that are sent side by side share blobs (the empty configuration, equal
    /// content): a registry that gets one twice at once may lose sight of it for a moment and refuse the manifest that
    /// names it, so the second waits for the first.
    async fn send_blob(
        &self,
        repository: &str,
        digest: Sha256Digest,
        body: Body,
        what: &str,
    ) -> Result<(), FetchError> {
        let url = self.reference.url(repository, &format!("blobs/{digest}"))?;
        let turn = {
            let mut sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(sending.entry((repository.to_owned(), digest)).or_default())
        };
        let _turn = turn.lock().await;
        let head = self.ask(Method::HEAD, url, what, repository, Right::Push);
        if self.client.success_or(&head, &[StatusCode::NOT_FOUND]).await?.status().is_success() {
            return Ok(());
        }
        match body {
            Body::File(file) if file.length > self.chunk => self.send_chunks(repository, digest, &file, what).await,
            // An upload that failed is over: each attempt begins a new one.
            body => {
                retrying(self.client.limits(), || async {
                    let session = self.begin(repository, what).await?;
                    self.end(session, repository, digest, body.clone(), what).await
                })
                .await
            }
        }
    }

    /// Sends a large blob in chunks. After a failure the registry is asked how far it got.
    async fn send_chunks(
        &self,
        repository: &str,
        digest: Sha256Digest,
        file: &Upload,
        what: &str,
    ) -> Result<(), FetchError> {
        let limits = self.client.limits();
        let mut session = retrying(limits, || self.begin(repository, what)).await?;
        let (mut sent, mut failures) = (0, 0);
        while sent < file.length {
            let chunk = Upload { from: sent, length: self.chunk.min(file.length - sent), ..file.clone() };
            let range = format!("{sent}-{}", sent + chunk.length - 1);
            let length = chunk.length;
            let ask = self
                .ask(Method::PATCH, session.clone(), what, repository, Right::Push)
                .header(CONTENT_RANGE, &range)
                .body(BYTES, Body::File(chunk));
            match self.client.success_once(&ask).await {
                Ok(answer) => {
                    session = self.session(&answer, what)?;
                    (sent, failures) = (sent + length, 0);
                }
                Err(error) if error.is_transient() => {
                    failures += 1;
                    tokio::time::sleep(pause(limits, failures, error)?).await;
                    let ask = self.ask(Method::GET, session.clone(), what, repository, Right::Push);
                    let answer = self.client.success(&ask).await?;
                    sent = received(&answer).min(file.length);
                    session = self.session(&answer, what)?;
                }
                Err(error) => return Err(error),
            }
        }
        self.end(session, repository, digest, Body::Nothing, what).await
    }

    /// Begins an upload; answers where it goes.
    async fn begin(&self, repository: &str, what: &str) -> Result<Url, FetchError> {
        let url = self.reference.url(repository, "blobs/uploads/")?;
        let ask = self.ask(Method::POST, url, what, repository, Right::Push);
        let answer = self.client.success_once(&ask).await?;
        self.session(&answer, what)
    }

    async fn end(
        &self,
        mut session: Url,
        repository: &str,
        digest: Sha256Digest,
        body: Body,
        what: &str,
    ) -> Result<(), FetchError> {
        session.query_pairs_mut().append_pair("digest", &digest.to_string());
        let ask = self.ask(Method::PUT, session, what, repository, Right::Push).body(BYTES, body);
        self.client.success_once(&ask).await.map(drop)
    }

    /// Where an upload goes on.
    fn session(&self, answer: &Answer, what: &str) -> Result<Url, FetchError> {
        answer
            .header(LOCATION.as_str())
            .and_then(|location| answer.url().join(location).ok())
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| self.client.nonsense(answer.url(), what, "it does not say where the upload goes on"))
    }
}

/// How many bytes of an upload a registry has: `Range: 0-<last>`, or nothing yet.
fn received(answer: &Answer) -> u64 {
    let last = answer.header(RANGE.as_str()).and_then(|range| range.rsplit('-').next()?.trim().parse::<u64>().ok());
    // `0-0` says no more than that the upload began, or that one byte is there; one byte is sent again then.
    last.filter(|last| *last > 0).map_or(0, |last| last + 1)
}
