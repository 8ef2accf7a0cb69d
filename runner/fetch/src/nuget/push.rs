use bytes::Bytes;
use http::{HeaderName, Method, StatusCode};

use super::feed::NuGetFeed;
use crate::http::{Body, Upload, probe, shown};
use crate::http_store::{API_KEY, sendable};
use crate::{FetchError, Overwrite, PackageFile, Pushed};

/// Some servers answer as they do to old clients unless told otherwise.
const PROTOCOL: HeaderName = HeaderName::from_static("x-nuget-protocol-version");
/// Separates the parts of a form. The form has one part, and the length of the body is told: it need not be random.
const BOUNDARY: &str = "wharf-package-6f1d3c52b7a94e0c";

impl NuGetFeed {
    pub(super) async fn send_package(&self, file: &PackageFile, mode: Overwrite) -> Result<Pushed, FetchError> {
        file.check()?;
        if !file.extension.eq_ignore_ascii_case("nupkg") {
            let reason = format!("a NuGet feed takes only .nupkg, not {}", file.file_name());
            return Err(FetchError::Unsupported { feed: self.settings.name.clone(), reason });
        }
        let length = sendable(&self.settings, file)?;
        let exists = || FetchError::Exists { feed: self.settings.name.clone(), file: file.file_name() };
        // Some servers replace what is there without a word.
        if mode != Overwrite::Overwrite && self.is_there(file, None).await? {
            return if mode == Overwrite::Fail { Err(exists()) } else { Ok(Pushed::AlreadyThere) };
        }
        let url = if self.is_v3() {
            self.services().await?.publish.clone().ok_or_else(|| FetchError::Unsupported {
                feed: self.settings.name.clone(),
                reason: format!("{} names no PackagePublish/2.0.0, so nothing can be pushed to it", shown(&self.url)),
            })?
        } else {
            self.url.clone()
        };
        let before = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"package\"; filename=\"package.nupkg\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let upload = Upload {
            before: Bytes::from(before),
            after: Bytes::from(format!("\r\n--{BOUNDARY}--\r\n")),
            ..Upload::whole(file.path.clone(), length)
        };
        let mut ask = self
            .ask(Method::PUT, url, &file.file_name())
            .header(PROTOCOL, "4.1.0")
            .body(&format!("multipart/form-data; boundary={BOUNDARY}"), Body::File(upload));
        if let Some(key) = &self.key {
            ask = ask.secret(API_KEY, key.clone());
        }
        let answer = self.client.success_or(&ask, &[StatusCode::CONFLICT]).await?;
        match (answer.status(), mode) {
            // Nothing was there before the first attempt: it got through, and only its answer was lost.
            (StatusCode::CONFLICT, Overwrite::Fail | Overwrite::Ignore)
                if answer.is_retried() && self.is_there(file, Some(length)).await? =>
            {
                Ok(Pushed::Done)
            }
            (StatusCode::CONFLICT, Overwrite::Ignore) => Ok(Pushed::AlreadyThere),
            (StatusCode::CONFLICT, Overwrite::Fail) => Err(exists()),
            (StatusCode::CONFLICT, Overwrite::Overwrite) => Err(FetchError::Unsupported {
                feed: self.settings.name.clone(),
                reason: format!(
                    "{} is there already, and this feed replaces nothing; give it another version",
                    file.file_name()
                ),
            }),
            _ => Ok(Pushed::Done),
        }
    }

    /// Whether the feed has this version, with this size if one is given; a feed that cannot be read says so when it is
    /// pushed to.
    async fn is_there(&self, file: &PackageFile, size: Option<u64>) -> Result<bool, FetchError> {
        if !self.is_v3() || self.services().await?.packages.is_none() {
            return Ok(false);
        }
        let ask = self.file(&file.id, &file.version).await?;
        match probe(&self.client, &ask).await {
            // The key for pushes may not be a right to read.
            Err(FetchError::Unauthorized { .. } | FetchError::Forbidden { .. }) => Ok(false),
            other => Ok(other?.is_some_and(|there| size.is_none() || there.size == size)),
        }
    }
}
