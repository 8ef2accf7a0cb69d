use std::any::Any;
use std::path::Path;
use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::part::{Begun, Part, restart};
use super::writer::{Target, Writer};
use crate::cancel::unless_cancelled;
use crate::folder::too_large;
use crate::http::pause;
use crate::{Feed, FetchError, Limits, Opened, Remote, Sha256Digest, Transfer};

/// Something that must live as long as the file may be written to, such as a lock.
pub(crate) type Guard = Arc<dyn Any + Send + Sync>;

/// Attempts in all, for each attempt in a row that gets no further: a connection that breaks again and again after a
/// few bytes is given up some time.
const ATTEMPTS_IN_ALL: u32 = 20;

/// A finished download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Downloaded {
    /// Of the whole file.
    pub digest: Sha256Digest,
    /// Bytes of the whole file.
    pub size: u64,
    /// How many of them an earlier download had left, so that they were not sent again.
    pub resumed: u64,
}

/// Downloads a package to the file `into`, whose directory exists. Until it is complete and right it is in `into` with
/// `.part` behind it, and a later call goes on with that. Nobody else may download to the same file at the same time;
/// [`Cache`](crate::Cache) takes care of that.
///
/// # Errors
/// When the feed fails for good, when it sends more than `max-size`, and when the bytes have another digest than the
/// feed says, or than `expected`.
pub async fn download(
    feed: &dyn Feed,
    remote: &Remote,
    into: &Path,
    expected: Option<Sha256Digest>,
    transfer: &Transfer,
) -> Result<Downloaded, FetchError> {
    let (alive, mut gone) = mpsc::channel::<()>(1);
    let work = download_guarded(feed, remote, into, expected, transfer, Arc::new(alive));
    let done = unless_cancelled(&transfer.cancel, work).await;
    // After a cancel the last chunks are still on their way to the disk.
    gone.recv().await;
    done
}

pub(crate) async fn download_guarded(
    feed: &dyn Feed,
    remote: &Remote,
    into: &Path,
    expected: Option<Sha256Digest>,
    transfer: &Transfer,
    guard: Guard,
) -> Result<Downloaded, FetchError> {
    let job = Job { feed, remote, limits: feed.limits(), transfer, expected: expected.or(remote.digest), guard };
    if let (Some(expected), Some(actual)) = (expected, remote.digest)
        && expected != actual
    {
        return Err(job.wrong_digest(expected, actual));
    }
    let part = Part::beside(into);
    let (digest, size, resumed) = match job.fetch(&part).await {
        // What an earlier attempt left was not of this file after all.
        Err(Failed { error: FetchError::WrongDigest { .. } | FetchError::WrongSize { .. }, resumed: 1.. }) => {
            part.discard();
            job.fetch(&part).await.map_err(|failed| failed.error)?
        }
        other => other.map_err(|failed| failed.error)?,
    };
    part.finish(into)?;
    Ok(Downloaded { digest, size, resumed })
}

struct Job<'a> {
    feed: &'a dyn Feed,
    remote: &'a Remote,
    limits: &'a Limits,
    transfer: &'a Transfer,
    expected: Option<Sha256Digest>,
    guard: Guard,
}

struct Failed {
    error: FetchError,
    resumed: u64,
}

impl Job<'_> {
    async fn fetch(&self, part: &Part) -> Result<(Sha256Digest, u64, u64), Failed> {
        let expected = self.expected.map(|digest| digest.to_string());
        let begun = part.open(self.remote, expected.as_deref()).map_err(|error| Failed { error, resumed: 0 })?;
        let mut resumed = begun.length;
        match self.continue_with(part, begun, expected.as_deref(), &mut resumed).await {
            Ok((digest, size)) => Ok((digest, size, resumed)),
            Err(error) => {
                if matches!(error, FetchError::WrongDigest { .. } | FetchError::WrongSize { .. }) {
                    part.discard();
                }
                Err(Failed { error, resumed })
            }
        }
    }

    async fn continue_with(
        &self,
        part: &Part,
        begun: Begun,
        expected: Option<&str>,
        resumed: &mut u64,
    ) -> Result<(Sha256Digest, u64), FetchError> {
        let Begun { file, hasher, length, mut validator } = begun;
        let mut target = Target { file, hasher, length };
        let mut total = self.remote.size;
        self.fits(total)?;
        let (mut failures, mut attempts) = (0, 0);
        // All of it may be here already: the last attempt ended between the last byte and the name.
        while target.length == 0 || total.is_none_or(|total| target.length < total) {
            let before = target.length;
            let opened = self.feed.open(self.remote, before, validator.as_deref()).await;
            let outcome = match opened {
                Ok(opened) => {
                    if opened.offset != before {
                        *resumed = 0;
                        target = emptied(target).map_err(FetchError::file("write", part.path()))?;
                    }
                    if target.length == 0 {
                        part.describe(self.remote, opened.validator.as_deref(), expected)?;
                    }
                    validator.clone_from(&opened.validator);
                    total = opened.size.or(total);
                    self.fits(total)?;
                    let (moved, outcome) = self.receive(part, opened, target, total).await?;
                    target = moved;
                    outcome
                }
                Err(error) => Err(error),
            };
            match outcome {
                Ok(()) if total.is_none_or(|total| target.length >= total) => break,
                Ok(()) => {
                    // Less came than was announced, and no error: the connection was closed in between.
                    let error = self.broken("it ended too early");
                    failures = if target.length > before { 1 } else { failures + 1 };
                    attempts += 1;
                    self.wait(failures, attempts, error).await?;
                }
                Err(error) if error.is_transient() => {
                    failures = if target.length > before { 1 } else { failures + 1 };
                    attempts += 1;
                    self.wait(failures, attempts, error).await?;
                }
                Err(error) => return Err(error),
            }
        }
        self.check(part, target, total)
    }

    /// Writes what comes. The target is answered in any case that leaves one.
    async fn receive(
        &self,
        part: &Part,
        opened: Opened,
        target: Target,
        total: Option<u64>,
    ) -> Result<(Target, Result<(), FetchError>), FetchError> {
        let mut done = target.length;
        let writer = Writer::start(target, Arc::clone(&self.guard));
        let mut stream = opened.stream;
        let mut outcome = Ok(());
        while let Some(chunk) = stream.next().await {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            };
            done += chunk.len() as u64;
            if let Some(expected) = total.filter(|total| done > *total) {
                let (feed, file) = (self.feed.name().to_owned(), self.remote.file_name.clone());
                outcome = Err(FetchError::WrongSize { feed, file, expected, actual: done });
                break;
            }
            if let Err(error) = self.fits(Some(done)) {
                outcome = Err(error);
                break;
            }
            if !writer.write(chunk).await {
                break;
            }
            self.transfer.tell(done, total);
        }
        let target = writer.finish().await.map_err(FetchError::file("write", part.path()))?;
        Ok((target, outcome))
    }

    fn check(&self, part: &Part, target: Target, total: Option<u64>) -> Result<(Sha256Digest, u64), FetchError> {
        let Target { file, hasher, length } = target;
        if let Some(expected) = total.filter(|total| *total != length) {
            let (feed, file) = (self.feed.name().to_owned(), self.remote.file_name.clone());
            return Err(FetchError::WrongSize { feed, file, expected, actual: length });
        }
        file.sync_all().map_err(FetchError::file("write", part.path()))?;
        let actual = Sha256Digest::finish(hasher);
        match self.expected.filter(|expected| *expected != actual) {
            Some(expected) => Err(self.wrong_digest(expected, actual)),
            None => Ok((actual, length)),
        }
    }

    async fn wait(&self, failures: u32, attempts: u32, error: FetchError) -> Result<(), FetchError> {
        if attempts >= self.limits.attempts.saturating_mul(ATTEMPTS_IN_ALL) {
            return Err(error);
        }
        tokio::time::sleep(pause(self.limits, failures, error)?).await;
        Ok(())
    }

    fn fits(&self, size: Option<u64>) -> Result<(), FetchError> {
        match size {
            Some(size) if size > self.limits.max_size => {
                Err(too_large(self.feed.name(), &self.remote.file_name, self.limits.max_size))
            }
            _ => Ok(()),
        }
    }

    fn broken(&self, reason: &str) -> FetchError {
        FetchError::Broken {
            feed: self.feed.name().to_owned(),
            place: self.remote.place.clone(),
            what: self.remote.file_name.clone(),
            reason: reason.to_owned(),
        }
    }

    fn wrong_digest(&self, expected: Sha256Digest, actual: Sha256Digest) -> FetchError {
        let (feed, file) = (self.feed.name().to_owned(), self.remote.file_name.clone());
        FetchError::WrongDigest { feed, file, expected, actual }
    }
}

fn emptied(target: Target) -> std::io::Result<Target> {
    let mut file = target.file;
    restart(&mut file)?;
    Ok(Target { file, hasher: Default::default(), length: 0 })
}
