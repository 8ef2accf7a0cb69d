use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::runtime::{Builder, Runtime};
use wharf_fetch::{Cache, Feed, FetchError, Held, Sha256Digest, Transfer, Wanted, unless_cancelled};
use wharf_model::{CancelToken, Diagnostic, PackageSource, PackageSpec, Secret};

use super::decide::FromFeed;
use super::fetch::cancelled;
use super::versions::{Unavailable, WantedVersion, near};
use crate::machine::{Downloading, Machine};

/// How many packages are asked for at the same time.
const AT_ONCE: usize = 4;
/// How often it is told how far the downloads are.
const INTERVAL: Duration = Duration::from_millis(100);

/// The feeds of a run, and what drives the talk with them.
pub(super) struct OpenFeeds {
    runtime: Runtime,
    feeds: Vec<(String, Box<dyn Feed>)>,
    /// The secrets with which they are asked.
    pub(super) secrets: Vec<Secret>,
    /// Whether they are not asked.
    is_offline: bool,
}

/// A package that is to be downloaded.
pub(super) struct Download<'a> {
    pub(super) spec: &'a PackageSpec,
    pub(super) feed: &'a str,
    pub(super) id: &'a str,
    pub(super) version: &'a str,
    /// What it has to be, as it was recorded.
    pub(super) digest: Option<Sha256Digest>,
}

impl OpenFeeds {
    pub(super) fn new(
        feeds: Vec<(String, Box<dyn Feed>)>,
        secrets: Vec<Secret>,
        is_offline: bool,
    ) -> Result<Self, Diagnostic> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Diagnostic::error("feed", format!("feeds cannot be asked: {error}")))?;
        Ok(Self { runtime, feeds, secrets, is_offline })
    }

    fn feed(&self, name: &str) -> Option<&dyn Feed> {
        self.feeds.iter().find(|(known, _)| known == name).map(|(_, feed)| feed.as_ref())
    }

    /// The version of each package, by reference. Only those that are not exact are asked for.
    pub(super) fn decide(
        &self,
        packages: &[FromFeed<'_>],
        cancel: &CancelToken,
    ) -> Result<HashMap<String, String>, Vec<Diagnostic>> {
        let version = async |package: &FromFeed<'_>| {
            let version = match (&package.wanted, self.feed(package.feed)) {
                (WantedVersion::Exact(version), _) => Ok(version.clone()),
                (_, None) => Err(unopened(package.spec, package.feed)),
                (wanted, Some(feed)) => match unless_cancelled(cancel, feed.versions(&package.id)).await {
                    Ok(versions) => wanted
                        .pick(&package.id, &versions)
                        .map_err(|reason| unavailable(package.spec, package.feed, reason)),
                    Err(error) => Err(failed(package.spec, &error)),
                },
            };
            version.map(|version| (package.spec.reference.clone(), version))
        };
        let mut all = self.runtime.block_on(at_once(packages.iter().map(version)));
        if all.iter().any(Result::is_err) {
            // Nothing will be downloaded: what cannot be had of the others is told now.
            let missing = async |package: &FromFeed<'_>| {
                let (WantedVersion::Exact(version), Some(feed)) = (&package.wanted, self.feed(package.feed)) else {
                    return None;
                };
                let located = unless_cancelled(cancel, feed.locate(&package.id, version)).await;
                let digest = package.digest;
                let download = Download { spec: package.spec, feed: package.feed, id: &package.id, version, digest };
                match located {
                    Ok(_) => None,
                    Err(error) => Some(self.not_had(feed, &download, &error, cancel).await),
                }
            };
            let found = self.runtime.block_on(at_once(packages.iter().map(missing)));
            all.extend(found.into_iter().flatten().map(Err));
        }
        collect(all, cancel).map(|versions| versions.into_iter().collect())
    }

    /// Why a package cannot be had; of one that is not there, which versions are.
    async fn not_had(
        &self,
        feed: &dyn Feed,
        download: &Download<'_>,
        error: &FetchError,
        cancel: &CancelToken,
    ) -> Diagnostic {
        if !matches!(error, FetchError::NotFound { .. }) {
            return failed(download.spec, error);
        }
        match unless_cancelled(cancel, feed.versions(download.id)).await {
            // A feed that lists the version and does not have it says so in its own words.
            Ok(versions) if !versions.iter().any(|version| version == download.version) => {
                let reason = near(download.id, download.version, &versions);
                unavailable(download.spec, download.feed, reason)
            }
            _ => failed(download.spec, error),
        }
    }

    /// Downloads packages through the cache, in their order.
    pub(super) fn download(
        &self,
        downloads: &[Download<'_>],
        machine: &dyn Machine,
        cancel: &CancelToken,
    ) -> Result<Vec<Held>, Vec<Diagnostic>> {
        let Some(folder) = machine.package_cache() else {
            let problem = Diagnostic::error("package-cache", "there is no place to keep packages that are downloaded");
            return Err(vec![problem.help("`WHARF_CACHE_DIR` names a folder for them")]);
        };
        let cache =
            Cache::open(&folder).map_err(|error| vec![Diagnostic::error("package-cache", error.to_string())])?;
        let progress: Vec<Arc<Counter>> = downloads.iter().map(|_| Arc::default()).collect();
        let one = async |(download, counter): (&Download<'_>, &Arc<Counter>)| {
            let Some(feed) = self.feed(download.feed) else { return Err(unopened(download.spec, download.feed)) };
            let counter = Arc::clone(counter);
            let transfer = Transfer::new(cancel.clone()).on_progress(move |now| counter.set(now.done, now.total));
            let offline = self.is_offline;
            let wanted = Wanted { digest: download.digest, offline, ..Wanted::new(download.id, download.version) };
            match cache.acquire(feed, &wanted, &transfer).await {
                Ok(held) => Ok(held),
                Err(error) => Err(self.not_had(feed, download, &error, cancel).await),
            }
        };
        let work = at_once(downloads.iter().zip(&progress).map(one));
        let all = self.runtime.block_on(telling(work, || machine.downloading(Counter::sum(&progress))));
        machine.downloading(Downloading::Ended);
        collect(all, cancel)
    }
}

/// How far one download is.
#[derive(Default)]
struct Counter {
    done: AtomicU64,
    total: AtomicU64,
}

impl Counter {
    fn set(&self, done: u64, total: Option<u64>) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total.unwrap_or(done), Ordering::Relaxed);
    }

    fn sum(all: &[Arc<Self>]) -> Downloading {
        let sum = |of: fn(&Self) -> &AtomicU64| all.iter().map(|one| of(one).load(Ordering::Relaxed)).sum();
        Downloading::Going { done: sum(|one| &one.done), total: sum(|one| &one.total) }
    }
}

/// Does the work, some at the same time; the results are in its order.
async fn at_once<T>(work: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    stream::iter(work).buffered(AT_ONCE).collect().await
}

/// Does the work, and tells now and then.
async fn telling<T>(work: impl Future<Output = T>, tell: impl Fn()) -> T {
    let mut work = std::pin::pin!(work);
    let mut tick = tokio::time::interval(INTERVAL);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = tick.tick() => tell(),
        }
    }
}

/// All results, or everything that is wrong. After a cancel nothing else is worth a word.
fn collect<T>(all: Vec<Result<T, Diagnostic>>, cancel: &CancelToken) -> Result<Vec<T>, Vec<Diagnostic>> {
    let (mut done, mut problems) = (Vec::new(), Vec::new());
    for one in all {
        match one {
            Ok(one) => done.push(one),
            Err(problem) => problems.push(problem),
        }
    }
    match problems.is_empty() {
        true => Ok(done),
        false if cancel.is_cancelled() => Err(vec![cancelled()]),
        false => Err(problems),
    }
}

fn at_version(spec: &PackageSpec, problem: Diagnostic) -> Diagnostic {
    match &spec.source {
        PackageSource::Feed { version: Some(version), .. } => problem.at(&version.span),
        _ => problem.at(&spec.span),
    }
}

fn unavailable(spec: &PackageSpec, feed: &str, reason: Unavailable) -> Diagnostic {
    let problem = Diagnostic::error("unknown-version", format!("feed {feed} {}", reason.message));
    at_version(spec, reason.help.into_iter().fold(problem, Diagnostic::help))
}

fn failed(spec: &PackageSpec, error: &FetchError) -> Diagnostic {
    let message = format!("package `{}` cannot be had: {error}", spec.reference);
    let problem = Diagnostic::error("feed", message).at(&spec.span);
    match error {
        FetchError::WrongDigest { .. } => problem
            .help("the feed has another package under this version than it had")
            .help(format!("where a lock says so, `wharf update {}` takes the new one", spec.reference)),
        FetchError::NotCached { .. } => problem.help("without `--offline` it is fetched"),
        _ => problem,
    }
}

fn unopened(spec: &PackageSpec, feed: &str) -> Diagnostic {
    Diagnostic::error("feed", format!("feed {feed} of package `{}` is not open", spec.reference)).at(&spec.span)
}
