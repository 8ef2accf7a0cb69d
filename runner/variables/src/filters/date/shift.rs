use jiff::civil::DateTime;
use jiff::{SignedDuration, Span};

use super::ROUND_TRIP;
use super::moment::{Kind, Moment, read_with_offset, shifted};
use super::read::{ReadZone, read};
use super::span::read_span;
use crate::filters::FilterError;
use crate::filters::call::{Call, Made, whole_number, wrong};
use crate::filters::number::{Allowed, read_double};

const SECONDS_OF_MINUTE: f64 = 60.0;
const SECONDS_OF_HOUR: f64 = 60.0 * SECONDS_OF_MINUTE;
const SECONDS_OF_DAY: f64 = 24.0 * SECONDS_OF_HOUR;
const SECONDS_OF_WEEK: f64 = 7.0 * SECONDS_OF_DAY;

pub(in crate::filters) fn add_seconds(call: &Call<'_>) -> Made {
    add(call, "seconds", 1.0)
}

pub(in crate::filters) fn add_minutes(call: &Call<'_>) -> Made {
    add(call, "minutes", SECONDS_OF_MINUTE)
}

pub(in crate::filters) fn add_hours(call: &Call<'_>) -> Made {
    add(call, "hours", SECONDS_OF_HOUR)
}

pub(in crate::filters) fn add_days(call: &Call<'_>) -> Made {
    add(call, "days", SECONDS_OF_DAY)
}

pub(in crate::filters) fn add_weeks(call: &Call<'_>) -> Made {
    add(call, "weeks", SECONDS_OF_WEEK)
}

/// The input so many months later: on the same day, or on the last of a month that has no such day.
pub(in crate::filters) fn add_months(call: &Call<'_>) -> Made {
    const TAKES: &str = "takes one argument, how many months to add, a whole number";
    /// As `DateTime.AddMonths` of .NET has it: 10,000 years.
    const MOST: u32 = 120_000;
    let [months] = call.arguments else { return Err(wrong(TAKES)) };
    let months = whole_number(months).ok_or_else(|| wrong(TAKES))?;
    shift(call, |civil| {
        let span = (months.unsigned_abs() <= MOST).then(|| Span::new().try_months(months).ok())??;
        civil.checked_add(span).ok().filter(|civil| (1..=9999).contains(&civil.year()))
    })
}

/// The input later by a span of time such as `1.02:30:00`.
pub(in crate::filters) fn add_time_span(call: &Call<'_>) -> Made {
    const TAKES: &str = "takes one argument, a span of time such as `7`, `1:30` or `7.01:30:00`";
    let [span] = call.arguments else { return Err(wrong(TAKES)) };
    let span = read_span(span).ok_or_else(|| wrong(TAKES))?;
    shift(call, |civil| shifted(civil, span))
}

fn add(call: &Call<'_>, unit: &str, seconds: f64) -> Made {
    let takes = || wrong(&format!("takes one argument, how many {unit} to add, `-2` or `0.5`"));
    let [amount] = call.arguments else { return Err(takes()) };
    let amount = read_double(amount, Allowed::Float).ok_or_else(takes)?;
    shift(call, |civil| shifted(civil, duration(amount * seconds)?))
}

/// The input at another time: without a zone if it had none, with `Z` if it had that, else with its offset.
fn shift(call: &Call<'_>, shifted: impl FnOnce(DateTime) -> Option<DateTime>) -> Made {
    let not_a_date = || FilterError::NoValue("the text is not a date".to_owned());
    let input = call.input()?;
    let read = read(input, call.around).ok_or_else(not_a_date)?;
    let moment = match read.zone {
        ReadZone::None => Moment { civil: read.civil, kind: Kind::Unspecified },
        ReadZone::Utc => Moment { civil: read.civil, kind: Kind::Utc },
        ReadZone::Offset(_) => read_with_offset(input, call.around).ok_or_else(not_a_date)?,
    };
    let civil = shifted(moment.civil)
        .ok_or_else(|| FilterError::NoValue("the result is outside the years 1 to 9999".to_owned()))?;
    Moment { civil, ..moment }.text(ROUND_TRIP, call)
}

/// So many seconds in whole ticks; none if .NET has no such `TimeSpan`.
fn duration(seconds: f64) -> Option<SignedDuration> {
    const TICKS_OF_SECOND: f64 = 1e7;
    const NANOSECONDS_OF_TICK: i128 = 100;
    let ticks = (seconds * TICKS_OF_SECOND).trunc();
    // A float at or beyond the bound of `i64` saturates, so the bounds themselves are refused.
    let whole = ticks as i64;
    (ticks.is_finite() && whole != i64::MAX && whole != i64::MIN)
        .then(|| SignedDuration::from_nanos_i128(i128::from(whole) * NANOSECONDS_OF_TICK))
}
