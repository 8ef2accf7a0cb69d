use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Sha256Digest;

/// Why something could not be fetched, listed or pushed. No message holds a credential or the query of an address.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The settings of a feed cannot be used.
    #[error("feed {feed}: {reason}")]
    Settings {
        /// The feed.
        feed: String,
        /// What is wrong, and what to write.
        reason: String,
    },
    /// An ID or a version that cannot be part of a file name or an address.
    #[error("{name:?} cannot be {what} of a package: {reason}")]
    BadName {
        /// The text.
        name: String,
        /// `the ID`, `the version` or `the extension`.
        what: &'static str,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// The feed does not have it.
    #[error("feed {feed}: {what} is not there ({place}){hint}")]
    NotFound {
        /// The feed.
        feed: String,
        /// What was asked for.
        what: String,
        /// The address or path.
        place: String,
        /// What else may be the cause, beginning with `; `, or nothing.
        hint: String,
    },
    /// The feed already has this package, and it was not to be replaced.
    #[error(
        "feed {feed}: {file} is there already; give it another version, or choose to overwrite or to ignore what is there"
    )]
    Exists {
        /// The feed.
        feed: String,
        /// The name of the package's file.
        file: String,
    },
    /// The server wants to know who asks, or does not believe it.
    #[error("feed {feed}: {place} answered 401 for {what}{words}; {advice}")]
    Unauthorized {
        /// The feed.
        feed: String,
        /// The address.
        place: String,
        /// What was asked for.
        what: String,
        /// What the server said, beginning with `: `, or nothing.
        words: String,
        /// Which credentials to give.
        advice: String,
    },
    /// The server knows who asks, and refuses.
    #[error("feed {feed}: {place} answered 403 for {what}{words}; {advice}")]
    Forbidden {
        /// The feed.
        feed: String,
        /// The address.
        place: String,
        /// What was asked for.
        what: String,
        /// What the server said, beginning with `: `, or nothing.
        words: String,
        /// Which rights are needed.
        advice: String,
    },
    /// Any other status that is no success.
    #[error("feed {feed}: {place} answered {status} for {what}{words}")]
    Status {
        /// The feed.
        feed: String,
        /// The address.
        place: String,
        /// What was asked for.
        what: String,
        /// The HTTP status.
        status: u16,
        /// What the server said, beginning with `: `, or nothing.
        words: String,
        /// How long the server wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The server wants to be left alone for longer than is allowed.
    #[error(
        "feed {feed}: {place} answered {status} and asks to wait {seconds} s, but max-retry-after is {allowed} s: try later, or raise it"
    )]
    RetryAfter {
        /// The feed.
        feed: String,
        /// The address.
        place: String,
        /// The HTTP status.
        status: u16,
        /// What it asks for.
        seconds: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// No connection came about.
    #[error("feed {feed}: cannot connect to {place}: {reason}")]
    Connect {
        /// The feed.
        feed: String,
        /// The address.
        place: String,
        /// Why.
        reason: String,
        /// Whether another attempt may do better.
        transient: bool,
    },
    /// The server said nothing for too long.
    #[error(
        "feed {feed}: {place} fell silent during {what}: fewer than {min_bytes} bytes in {milliseconds} ms (idle-timeout); raise it for slow servers"
    )]
    Stalled {
        /// The feed.
        feed: String,
        /// The address.
        place: String,
        /// What was being done.
        what: String,
        /// The limit in bytes.
        min_bytes: u64,
        /// The limit in milliseconds.
        milliseconds: u128,
    },
    /// A connection that stood was lost.
    #[error("feed {feed}: the connection to {place} broke during {what}: {reason}")]
    Broken {
        /// The feed.
        feed: String,
        /// The address.
        place: String,
        /// What was being done.
        what: String,
        /// Why.
        reason: String,
    },
    /// More redirects than allowed.
    #[error("feed {feed}: {place} leads to more than {limit} redirects (redirects)")]
    TooManyRedirects {
        /// The feed.
        feed: String,
        /// The first address.
        place: String,
        /// The limit.
        limit: u32,
    },
    /// A redirect that must not be followed.
    #[error("feed {feed}: {place} redirects to {target}, which is not followed: {reason}")]
    Redirect {
        /// The feed.
        feed: String,
        /// The address.
        place: String,
        /// Where it leads.
        target: String,
        /// Why not.
        reason: &'static str,
    },
    /// Credentials would have gone over the network in the clear.
    #[error("feed {feed}: {place} is not https, so no credentials are sent there; use https, or allow plain http")]
    Insecure {
        /// The feed.
        feed: String,
        /// The address.
        place: String,
    },
    /// More than a limit allows.
    #[error("feed {feed}: {what} is more than {limit} {unit} ({name}); raise {name} if that is right")]
    TooLarge {
        /// The feed.
        feed: String,
        /// What is too large.
        what: String,
        /// The limit.
        limit: u64,
        /// What it counts.
        unit: &'static str,
        /// Its name in [`Limits`](crate::Limits).
        name: &'static str,
    },
    /// Other bytes than expected.
    #[error("feed {feed}: {file} is not what was expected: it is {actual}, not {expected}")]
    WrongDigest {
        /// The feed.
        feed: String,
        /// The file.
        file: String,
        /// What it had to be.
        expected: Sha256Digest,
        /// What it is.
        actual: Sha256Digest,
    },
    /// A file of the cache that was changed.
    #[error("{} was changed: it is {actual}, not {expected}; remove it, and it is downloaded again", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What it had to be.
        expected: Sha256Digest,
        /// What it is.
        actual: Sha256Digest,
    },
    /// More or fewer bytes than the feed had said.
    #[error("feed {feed}: {file} has {actual} bytes, but the feed had said {expected}")]
    WrongSize {
        /// The feed.
        feed: String,
        /// The file.
        file: String,
        /// What it had to be.
        expected: u64,
        /// What it is.
        actual: u64,
    },
    /// An answer that makes no sense.
    #[error("feed {feed}: cannot understand what {place} answered for {what}: {reason}")]
    Answer {
        /// The feed.
        feed: String,
        /// The address.
        place: String,
        /// What was asked for.
        what: String,
        /// Why not.
        reason: String,
    },
    /// Something that this kind of feed cannot do.
    #[error("feed {feed}: {reason}")]
    Unsupported {
        /// The feed.
        feed: String,
        /// What, and what to do instead.
        reason: String,
    },
    /// What is not in the cache and may not be asked for.
    #[error("{what} is not in the cache of packages ({place})")]
    NotCached {
        /// What was asked for.
        what: String,
        /// The cache's directory.
        place: String,
    },
    /// A file or directory of this machine.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Statuses after which the same request may succeed.
const TRANSIENT: [u16; 6] = [408, 429, 500, 502, 503, 504];

impl FetchError {
    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Status { status, .. } => TRANSIENT.contains(status),
            Self::Connect { transient, .. } => *transient,
            Self::Stalled { .. } | Self::Broken { .. } => true,
            _ => false,
        }
    }

    /// For `map_err` on file operations.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}
