use std::time::Duration;

use wharf_fetch::Limits;
use wharf_model::FeedLimit;

/// Sets limits of a feed: bytes, milliseconds or counts.
pub fn set_feed_limits(limits: &mut Limits, set: impl IntoIterator<Item = (FeedLimit, u64)>) {
    for (limit, value) in set {
        let time = Duration::from_millis(value);
        let count = u32::try_from(value).unwrap_or(u32::MAX);
        match limit {
            FeedLimit::MaxSize => limits.max_size = value,
            FeedLimit::ConnectTimeout => limits.connect_timeout = time,
            FeedLimit::IdleTimeout => limits.idle_timeout = time,
            FeedLimit::MinBytes => limits.min_bytes = value,
            FeedLimit::Attempts => limits.attempts = count,
            FeedLimit::Backoff => limits.backoff = time,
            FeedLimit::MaxBackoff => limits.max_backoff = time,
            FeedLimit::MaxRetryAfter => limits.max_retry_after = time,
            FeedLimit::Redirects => limits.redirects = count,
            FeedLimit::MaxListing => limits.max_listing = value,
            FeedLimit::MaxPages => limits.max_pages = count,
            FeedLimit::MaxVersions => limits.max_versions = usize::try_from(value).unwrap_or(usize::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_sets_one_of_its_own() {
        let mut seen = vec![Limits::default()];
        for limit in FeedLimit::ALL {
            let mut limits = Limits::default();
            set_feed_limits(&mut limits, [(limit, 7)]);
            assert!(!seen.contains(&limits), "{limit} sets nothing of its own");
            seen.push(limits);
        }
        let mut both = Limits::default();
        set_feed_limits(&mut both, [(FeedLimit::MaxSize, 32 << 30), (FeedLimit::IdleTimeout, 120_000)]);
        let expected = Limits { max_size: 32 << 30, idle_timeout: Duration::from_secs(120), ..Limits::default() };
        assert_eq!(both, expected);
    }
}
