use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

/// A new identity of a run: the time in UTC and four hexadecimal digits, `20261121-010754-3f9a`. Sorts by time.
pub fn new_run_id() -> String {
    run_id(SystemTime::now(), random_bytes::<2>())
}

/// The idempotency key of a step in a run: the same for every attempt, 32 hexadecimal digits.
pub fn idempotency_key(run_id: &str, step_id: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(run_id);
    // Neither an identity of a run nor one of a step has a zero byte: no two pairs give the same text.
    hasher.update([0]);
    hasher.update(step_id);
    hex(&hasher.finalize()[..16])
}

/// How every reference of a secret begins; hexadecimal digits follow.
pub(crate) const REFERENCE_PREFIX: &str = "secret:";
/// How many digits follow.
pub(crate) const REFERENCE_DIGITS: usize = 32;

/// A text that stands for a secret and cannot be guessed.
pub(crate) fn secret_reference() -> String {
    format!("{REFERENCE_PREFIX}{}", hex(&random_bytes::<{ REFERENCE_DIGITS / 2 }>()))
}

pub(crate) fn random_bytes<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    bytes
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn run_id(now: SystemTime, random: [u8; 2]) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (year, month, day) = civil_date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}-{}", hex(&random))
}

/// Year, month and day of a day after 1970-01-01, in the Gregorian calendar (Hinnant's `civil_from_days`).
fn civil_date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn run_ids_tell_the_time() {
        let at = |seconds| run_id(UNIX_EPOCH + Duration::from_secs(seconds), [0x3f, 0x9a]);
        assert_eq!(at(0), "19700101-000000-3f9a");
        assert_eq!(at(951_782_399), "20000228-235959-3f9a");
        assert_eq!(at(951_782_400), "20000229-000000-3f9a");
        assert_eq!(at(1_795_222_074), "20261121-004754-3f9a");
    }

    #[test]
    fn keys_differ_by_run_and_step_and_are_stable() {
        assert_eq!(idempotency_key("r", "web"), idempotency_key("r", "web"));
        assert_ne!(idempotency_key("r", "web"), idempotency_key("r", "smoke"));
        assert_ne!(idempotency_key("r", "web"), idempotency_key("s", "web"));
        assert_eq!(idempotency_key("r", "web").len(), 32);
        // sha256 of `r`, a zero byte and `web`.
        assert_eq!(idempotency_key("r", "web"), "bbf543345efd970bce0d3c618a765074");
    }
}
