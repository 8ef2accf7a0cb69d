use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    Attributes, MultipartUpload, ObjectStore as _, PutMode, PutMultipartOptions, PutOptions, PutPayload,
};

use super::attempt::Outcome;
use super::feed::{DIGEST, S3Feed};
use super::policy::Patience;
use crate::http_store::sendable;
use crate::{FetchError, Overwrite, PackageFile, Pushed, Sha256Digest};

/// Packages up to this size are sent at once, under the condition that nothing is there.
const AT_ONCE: u64 = 32 << 20;
/// Bytes of a part of larger ones. The protocol allows 10,000 parts, so parts of very large files are larger.
const PART: u64 = 16 << 20;
const PARTS: u64 = 10_000;
/// Parts that are on their way at the same time.
const IN_FLIGHT: usize = 4;

impl S3Feed {
    pub(super) async fn send_package(&self, file: &PackageFile, mode: Overwrite) -> Result<Pushed, FetchError> {
        file.check()?;
        let size = sendable(&self.settings, file)?;
        let exists = || FetchError::Exists { feed: self.settings.name.clone(), file: file.file_name() };
        if mode != Overwrite::Overwrite && self.find(&file.id, &file.version).await?.is_some() {
            return if mode == Overwrite::Fail { Err(exists()) } else { Ok(Pushed::AlreadyThere) };
        }
        let path = file.path.clone();
        let digest = tokio::task::spawn_blocking(move || Sha256Digest::of_file(&path))
            .await
            .map_err(|_| FetchError::Cancelled)?
            .map_err(FetchError::file("read", &file.path))?;
        let attributes: Attributes = [(DIGEST, digest.hex())].into_iter().collect();
        let key = self.key(&file.file_name());
        let outcome = if size <= AT_ONCE {
            self.send_at_once(file, &key, attributes, mode, size).await?
        } else {
            self.send_in_parts(file, &key, attributes, size).await?
        };
        match (outcome, mode) {
            (Outcome::Done(()), _) => Ok(Pushed::Done),
            (Outcome::Taken, Overwrite::Ignore) => Ok(Pushed::AlreadyThere),
            // Nothing was there a moment ago: an attempt got through, and only its answer was lost.
            (Outcome::Taken, _) if self.find_digest(&key).await? == Some(digest) => Ok(Pushed::Done),
            (Outcome::Taken, _) => Err(exists()),
            (Outcome::NotFound, _) => Err(FetchError::NotFound {
                feed: self.settings.name.clone(),
                what: "the bucket".into(),
                place: self.shown.clone(),
                hint: String::new(),
            }),
        }
    }

    async fn send_at_once(
        &self,
        file: &PackageFile,
        key: &Path,
        attributes: Attributes,
        mode: Overwrite,
        size: u64,
    ) -> Result<Outcome<()>, FetchError> {
        let bytes = part(file.path.clone(), 0, size).await?;
        let mode = if mode == Overwrite::Overwrite { PutMode::Overwrite } else { PutMode::Create };
        let put = || {
            let options = PutOptions { mode: mode.clone(), attributes: attributes.clone(), ..PutOptions::default() };
            let payload = PutPayload::from_bytes(bytes.clone());
            async { self.store.put_opts(key, payload, options).await.map(drop) }
        };
        self.retried(&file.file_name(), put).await
    }

    /// The protocol has no condition for these: whether something is there was asked before.
    async fn send_in_parts(
        &self,
        file: &PackageFile,
        key: &Path,
        attributes: Attributes,
        size: u64,
    ) -> Result<Outcome<()>, FetchError> {
        let what = file.file_name();
        let begin = || {
            let options = PutMultipartOptions { attributes: attributes.clone(), ..PutMultipartOptions::default() };
            self.store
                .put_multipart_opts(key, options.with_retry_policy(Arc::new(Patience(self.client.shared_limits()))))
        };
        let mut upload = match self.retried(&what, begin).await? {
            Outcome::Done(upload) => upload,
            Outcome::NotFound => return Ok(Outcome::NotFound),
            Outcome::Taken => return Ok(Outcome::Taken),
        };
        let sent = self.send_parts(file, &mut *upload, size).await;
        let ended = match sent {
            Ok(()) => self.once(&what, upload.complete()).await.map(|outcome| match outcome {
                Outcome::Done(_) => Outcome::Done(()),
                Outcome::NotFound => Outcome::NotFound,
                Outcome::Taken => Outcome::Taken,
            }),
            Err(error) => Err(error),
        };
        if !matches!(ended, Ok(Outcome::Done(()))) {
            // Parts that were sent would be paid for until somebody finds them.
            let _ = upload.abort().await;
        }
        ended
    }

    async fn send_parts(
        &self,
        file: &PackageFile,
        upload: &mut dyn MultipartUpload,
        size: u64,
    ) -> Result<(), FetchError> {
        let what = file.file_name();
        let length = PART.max(size.div_ceil(PARTS));
        let starts = (0..size.div_ceil(length)).map(|index| index * length);
        // Parts are numbered in the order in which they are handed over, so they are read in order.
        stream::iter(starts)
            .then(|from| part(file.path.clone(), from, length.min(size - from)))
            .map_ok(|bytes| {
                let sending = upload.put_part(PutPayload::from_bytes(bytes));
                let what = &what;
                async move {
                    match self.once(what, sending).await? {
                        Outcome::Done(()) => Ok(()),
                        Outcome::NotFound | Outcome::Taken => Err(FetchError::Broken {
                            feed: self.settings.name.clone(),
                            place: self.shown.clone(),
                            what: what.clone(),
                            reason: "the upload is no longer there".into(),
                        }),
                    }
                }
            })
            .try_buffer_unordered(IN_FLIGHT)
            .try_collect::<()>()
            .await
    }
}

async fn part(path: PathBuf, from: u64, length: u64) -> Result<Bytes, FetchError> {
    let read = move || {
        let mut bytes = Vec::new();
        let mut file = File::open(&path).map_err(FetchError::file("read", &path))?;
        file.seek(SeekFrom::Start(from)).map_err(FetchError::file("read", &path))?;
        file.take(length).read_to_end(&mut bytes).map_err(FetchError::file("read", &path))?;
        Ok(Bytes::from(bytes))
    };
    tokio::task::spawn_blocking(read).await.map_err(|_| FetchError::Cancelled)?
}
