use std::time::Duration;

use wharf_fetch::Limits;
use wharf_project::{parse_duration, parse_size};

/// A limit of a feed that was set.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    set: Set,
    value: Value,
}

/// Puts a value where its limit is.
type Set = fn(&mut Limits, Value);

/// What a limit is set to; each takes the kind that it has.
#[derive(Debug, Clone, Copy, Default)]
struct Value {
    time: Duration,
    number: u64,
}

#[derive(Clone, Copy)]
enum Kind {
    Time,
    Bytes,
    Count,
}

/// Those that may stand in the way of a push.
const LIMITS: [(&str, Kind, Set); 7] = [
    ("max-size", Kind::Bytes, |limits, value| limits.max_size = value.number),
    ("idle-timeout", Kind::Time, |limits, value| limits.idle_timeout = value.time),
    ("connect-timeout", Kind::Time, |limits, value| limits.connect_timeout = value.time),
    ("attempts", Kind::Count, |limits, value| limits.attempts = u32::try_from(value.number).unwrap_or(u32::MAX)),
    ("max-retry-after", Kind::Time, |limits, value| limits.max_retry_after = value.time),
    ("redirects", Kind::Count, |limits, value| limits.redirects = u32::try_from(value.number).unwrap_or(u32::MAX)),
    ("max-listing", Kind::Bytes, |limits, value| limits.max_listing = value.number),
];

impl Setting {
    pub fn apply(self, limits: &mut Limits) {
        (self.set)(limits, self.value);
    }
}

/// Reads `NAME=VALUE`.
pub fn setting(text: &str) -> Result<Setting, String> {
    let names = LIMITS.map(|(name, ..)| name).join(", ");
    let (name, value) = text.split_once('=').ok_or_else(|| format!("write NAME=VALUE; the names are {names}"))?;
    let found = LIMITS.into_iter().find(|(known, ..)| *known == name);
    let (_, kind, set) = found.ok_or_else(|| format!("feeds have no limit `{name}`; they have {names}"))?;
    let said = |reason: &str, such: &str| format!("`{value}` {reason}; write {such}");
    let value = match kind {
        Kind::Time => Value { time: parse_duration(value).map_err(|it| said(it, "a time such as 2m"))?, number: 0 },
        Kind::Bytes => {
            Value { number: parse_size(value).map_err(|it| said(it, "a size such as 32GiB"))?, ..Value::default() }
        }
        Kind::Count => match value.parse() {
            Ok(number) if number > 0 => Value { number, ..Value::default() },
            _ => return Err(said("is no number", "one such as 5")),
        },
    };
    Ok(Setting { set, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_set_by_their_names() {
        let mut limits = Limits::default();
        for text in ["max-size=32GiB", "idle-timeout=2m", "attempts=9"] {
            setting(text).expect(text).apply(&mut limits);
        }
        let expected =
            Limits { max_size: 32 << 30, idle_timeout: Duration::from_secs(120), attempts: 9, ..Limits::default() };
        assert_eq!(limits, expected);
        assert_eq!(setting("attempts=0").unwrap_err(), "`0` is no number; write one such as 5");
        assert_eq!(setting("max-size=7").unwrap_err(), "`7` has a number without its unit; write a size such as 32GiB");
        assert!(setting("speed=7").is_err());
    }
}
