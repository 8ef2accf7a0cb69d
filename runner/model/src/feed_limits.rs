use std::fmt;

use crate::{LimitUnit, Span};

/// One limit of what a feed may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FeedLimit {
    /// Bytes of one package.
    MaxSize,
    /// How long a connection may take to stand, TLS included.
    ConnectTimeout,
    /// How long a server may say next to nothing.
    IdleTimeout,
    /// Fewer bytes than this in one [`IdleTimeout`](Self::IdleTimeout) are next to nothing.
    MinBytes,
    /// How often one thing is tried in a row without getting any further.
    Attempts,
    /// The wait before the second attempt; it doubles with each further one.
    Backoff,
    /// The longest wait between attempts, unless the server asks for a longer one.
    MaxBackoff,
    /// The longest wait that a server may ask for.
    MaxRetryAfter,
    /// How many redirects are followed for one request.
    Redirects,
    /// Bytes of one answer that is no package: a list, an index, a manifest.
    MaxListing,
    /// Pages of one list.
    MaxPages,
    /// Versions of one package.
    MaxVersions,
}

impl FeedLimit {
    /// All of them, in the order of documentation.
    pub const ALL: [FeedLimit; 12] = [
        FeedLimit::MaxSize,
        FeedLimit::ConnectTimeout,
        FeedLimit::IdleTimeout,
        FeedLimit::MinBytes,
        FeedLimit::Attempts,
        FeedLimit::Backoff,
        FeedLimit::MaxBackoff,
        FeedLimit::MaxRetryAfter,
        FeedLimit::Redirects,
        FeedLimit::MaxListing,
        FeedLimit::MaxPages,
        FeedLimit::MaxVersions,
    ];

    /// The name in the process file, under `limits:` of a feed, and of `wharf push --limit`.
    pub fn name(self) -> &'static str {
        match self {
            FeedLimit::MaxSize => "max-size",
            FeedLimit::ConnectTimeout => "connect-timeout",
            FeedLimit::IdleTimeout => "idle-timeout",
            FeedLimit::MinBytes => "min-bytes",
            FeedLimit::Attempts => "attempts",
            FeedLimit::Backoff => "backoff",
            FeedLimit::MaxBackoff => "max-backoff",
            FeedLimit::MaxRetryAfter => "max-retry-after",
            FeedLimit::Redirects => "redirects",
            FeedLimit::MaxListing => "max-listing",
            FeedLimit::MaxPages => "max-pages",
            FeedLimit::MaxVersions => "max-versions",
        }
    }

    /// What its number counts.
    pub fn unit(self) -> LimitUnit {
        match self {
            FeedLimit::MaxSize | FeedLimit::MinBytes | FeedLimit::MaxListing => LimitUnit::Bytes,
            FeedLimit::ConnectTimeout
            | FeedLimit::IdleTimeout
            | FeedLimit::Backoff
            | FeedLimit::MaxBackoff
            | FeedLimit::MaxRetryAfter => LimitUnit::Time,
            FeedLimit::Attempts | FeedLimit::Redirects | FeedLimit::MaxPages | FeedLimit::MaxVersions => {
                LimitUnit::Count
            }
        }
    }

    /// The limit of this name.
    pub fn by_name(name: &str) -> Option<FeedLimit> {
        Self::ALL.into_iter().find(|limit| limit.name() == name)
    }
}

impl fmt::Display for FeedLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A limit that a feed of the process file sets.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedLimitSetting {
    /// Which.
    pub limit: FeedLimit,
    /// Bytes, milliseconds or a count.
    pub value: u64,
    /// Where it stands.
    pub span: Span,
}
