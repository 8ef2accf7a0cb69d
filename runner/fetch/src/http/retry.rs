use std::future::Future;
use std::time::Duration;

use crate::{FetchError, Limits};

/// Tries until it works, until trying again cannot help, or until there were `attempts`.
pub(crate) async fn retrying<T, F: Future<Output = Result<T, FetchError>>>(
    limits: &Limits,
    mut attempt: impl FnMut() -> F,
) -> Result<T, FetchError> {
    let mut failures = 0;
    loop {
        match attempt().await {
            Err(error) if error.is_transient() => {
                failures += 1;
                tokio::time::sleep(pause(limits, failures, error)?).await;
            }
            other => return other,
        }
    }
}

/// How long to wait after so many failures in a row, the last one of which was `error`; or the error that says why
/// there is no further attempt.
pub(crate) fn pause(limits: &Limits, failures: u32, error: FetchError) -> Result<Duration, FetchError> {
    if failures >= limits.attempts {
        return Err(error);
    }
    let doubled = limits.backoff.saturating_mul(1 << (failures - 1).min(20)).min(limits.max_backoff);
    match error {
        FetchError::Status { feed, place, status, retry_after: Some(asked), .. } if asked > limits.max_retry_after => {
            Err(FetchError::RetryAfter {
                feed,
                place,
                status,
                seconds: asked.as_secs(),
                allowed: limits.max_retry_after.as_secs(),
            })
        }
        FetchError::Status { retry_after: Some(asked), .. } => Ok(asked.max(doubled)),
        _ => Ok(doubled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(seconds: Option<u64>) -> FetchError {
        FetchError::Status {
            feed: "builds".into(),
            place: "http://localhost/x".into(),
            what: "x".into(),
            status: 503,
            words: String::new(),
            retry_after: seconds.map(Duration::from_secs),
        }
    }

    #[test]
    fn waits_double_up_to_a_limit_and_the_server_may_ask_for_more() {
        let limits = Limits { attempts: 10, ..Limits::default() };
        let wait = |failures, asked| pause(&limits, failures, status(asked)).map(|wait| wait.as_millis());
        let waits: Vec<u128> = (1..8).map(|failures| wait(failures, None).unwrap()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16000, 20000]);
        assert_eq!(wait(1, Some(7)).unwrap(), 7000);
        assert_eq!(wait(5, Some(1)).unwrap(), 8000, "a server does not shorten the wait");
        insta::assert_snapshot!(
            wait(1, Some(3600)).unwrap_err(),
            @"feed builds: http://localhost/x answered 503 and asks to wait 3600 s, but max-retry-after is 120 s: try later, or raise it"
        );
        assert!(matches!(wait(10, Some(1)), Err(FetchError::Status { .. })));
    }
}
