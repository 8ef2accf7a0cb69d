use wharf_model::FeedLimit;
use wharf_project::parse_limit;

/// Those that may stand in the way of a push.
const LIMITS: [FeedLimit; 7] = [
    FeedLimit::MaxSize,
    FeedLimit::IdleTimeout,
    FeedLimit::ConnectTimeout,
    FeedLimit::Attempts,
    FeedLimit::MaxRetryAfter,
    FeedLimit::Redirects,
    FeedLimit::MaxListing,
];

/// Reads `NAME=VALUE`.
pub fn setting(text: &str) -> Result<(FeedLimit, u64), String> {
    let names = LIMITS.map(FeedLimit::name).join(", ");
    let (name, value) = text.split_once('=').ok_or_else(|| format!("write NAME=VALUE; the names are {names}"))?;
    let found = FeedLimit::by_name(name).filter(|limit| LIMITS.contains(limit));
    let limit = found.ok_or_else(|| format!("a push has no limit `{name}`; it has {names}"))?;
    Ok((limit, parse_limit(limit.unit(), value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_set_by_their_names() {
        assert_eq!(setting("max-size=32GiB"), Ok((FeedLimit::MaxSize, 32 << 30)));
        assert_eq!(setting("idle-timeout=2m"), Ok((FeedLimit::IdleTimeout, 120_000)));
        assert_eq!(setting("attempts=9"), Ok((FeedLimit::Attempts, 9)));
        assert_eq!(setting("attempts=0").unwrap_err(), "`0` is no number; write a whole number from 1");
        assert_eq!(setting("max-size=7").unwrap_err(), "`7` has a number without its unit; write a size such as 32GiB");
        assert!(setting("speed=7").is_err());
    }
}
