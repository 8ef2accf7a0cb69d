use jiff::SignedDuration;

use crate::filters::call::is_number_blank;

/// Ticks of a second.
const SECOND: i64 = 10_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A span of time as `TimeSpan.Parse` of .NET reads it: `7`, `1:30`, `1:30:15.5`, `7.1:30` or `7:01:30:15`, which are
/// days, or hours and minutes and perhaps seconds, or days in front of those; `-` before it makes it negative.
pub(super) fn read_span(text: &str) -> Option<SignedDuration> {
    let text = text.trim_matches(is_number_blank);
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let ticks = ticks(text.trim_start_matches(is_number_blank))?.checked_mul(sign)?;
    Some(SignedDuration::from_nanos_i128(i128::from(ticks) * 100))
}

fn ticks(text: &str) -> Option<i64> {
    let (days, clock) = match (text.split_once('.'), text.find(':')) {
        (_, None) => return days(text),
        // The point is that behind the days if it comes before every colon, else that of the seconds.
        (Some((days, clock)), Some(colon)) if days.len() < colon => (Some(days), clock),
        _ => (None, text),
    };
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut parts: Vec<&str> = clock.splitn(5, ':').collect();
    let days = match days {
        Some(days) => Some(days),
        None if parts.len() == 4 => Some(parts.remove(0)),
        None => None,
    };
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] if fraction.is_none() => (*hours, *minutes, "0"),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return None,
    };
    let ticks = part(hours, 23)? * HOUR + part(minutes, 59)? * MINUTE + part(seconds, 59)? * SECOND;
    days_or_none(days)?.checked_add(ticks)?.checked_add(fraction.map_or(Some(0), fraction_ticks)?)
}

fn days_or_none(text: Option<&str>) -> Option<i64> {
    text.map_or(Some(0), days)
}

fn days(text: &str) -> Option<i64> {
    const MOST: i64 = 10_675_199;
    part(text, MOST)?.checked_mul(DAY)
}

/// A number without a sign.
fn part(text: &str, most: i64) -> Option<i64> {
    let text = text.trim_matches(is_number_blank);
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?.filter(|number| *number <= most)
}

/// The digits behind the point of the seconds, in ticks.
fn fraction_ticks(digits: &str) -> Option<i64> {
    const DIGITS: usize = 7;
    let digits = digits.trim_end_matches(is_number_blank);
    let is_fraction = (1..=DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_fraction.then(|| format!("{digits:0<DIGITS$}").parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::read_span;

    #[test]
    fn spans_are_read_as_in_dotnet() {
        for (text, seconds) in [
            ("7", 7.0 * 86_400.0),
            ("1:30", 5400.0),
            (" 01:30:15.5 ", 5415.5),
            ("-1:00", -3600.0),
            ("1.2:00", 86_400.0 + 7200.0),
            ("1.2:03:04.0000001", 86_400.0 + 7_384.000_000_1),
            ("1:02:03:04", 86_400.0 + 7384.0),
        ] {
            assert_eq!(read_span(text).map(|span| span.as_secs_f64()), Some(seconds), "{text}");
        }
        for text in ["", "x", "24:00", "1:60", "1:2:60", "1.5", "1:2.5", "+1:00", "1:2:3:4:5", "1:2:3.", "99999999"] {
            assert_eq!(read_span(text), None, "{text}");
        }
    }
}
