use std::time::Duration;

/// What a feed may cost. Every limit has an error that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// `connect-timeout`: how long a connection may take to stand, TLS included.
    pub connect_timeout: Duration,
    /// `idle-timeout`: how long a server may take to begin its answer, and each span of time in which at least
    /// [`min_bytes`](Self::min_bytes) must arrive.
    pub idle_timeout: Duration,
    /// `min-bytes`: fewer bytes than this in one `idle-timeout` count as silence.
    pub min_bytes: u64,
    /// `max-size`: bytes of one package.
    pub max_size: u64,
    /// `attempts`: how often one thing is tried in a row without getting any further.
    pub attempts: u32,
    /// `backoff`: the wait before the second attempt; it doubles with each further one.
    pub backoff: Duration,
    /// `max-backoff`: the longest wait between attempts, unless the server asks for a longer one.
    pub max_backoff: Duration,
    /// `max-retry-after`: the longest wait that a server may ask for.
    pub max_retry_after: Duration,
    /// `redirects`: how many are followed for one request.
    pub redirects: u32,
    /// `max-listing`: bytes of one answer that is no package: a list, an index, a manifest.
    pub max_listing: u64,
    /// `max-pages`: pages of one list.
    pub max_pages: u32,
    /// `max-versions`: versions of one package.
    pub max_versions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            min_bytes: 1024,
            max_size: 16 << 30,
            attempts: 5,
            backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(20),
            max_retry_after: Duration::from_secs(120),
            redirects: 10,
            max_listing: 16 << 20,
            max_pages: 1000,
            max_versions: 100_000,
        }
    }
}
