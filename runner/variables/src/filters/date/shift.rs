use jiff::SignedDuration;

use super::ROUND_TRIP;
use super::moment::{Kind, Moment, read_with_offset, shifted};
use super::read::{ReadZone, read};
use crate::filters::FilterError;
use crate::filters::call::{Call, Made, wrong};
use crate::filters::number::{Allowed, read_double};

const SECONDS_OF_HOUR: f64 = 3600.0;
const SECONDS_OF_DAY: f64 = 24.0 * SECONDS_OF_HOUR;

pub(in crate::filters) fn add_hours(call: &Call<'_>) -> Made {
    add(call, "hours", SECONDS_OF_HOUR)
}

pub(in crate::filters) fn add_days(call: &Call<'_>) -> Made {
    add(call, "days", SECONDS_OF_DAY)
}

/// The input so much later: without a zone if it had none, with `Z` if it had that, else with its offset.
fn add(call: &Call<'_>, unit: &str, seconds: f64) -> Made {
    let [amount] = call.arguments else { return Err(takes(unit)) };
    let amount = read_double(amount, Allowed::Float).ok_or_else(|| takes(unit))?;
    let input = call.input()?;
    let out_of_range = || FilterError::NoValue("the result is outside the years 1 to 9999".to_owned());
    let by = duration(amount * seconds).ok_or_else(out_of_range)?;
    let not_a_date = || FilterError::NoValue("the text is not a date".to_owned());
    let read = read(input, call.around).ok_or_else(not_a_date)?;
    let moment = match read.zone {
        ReadZone::None => Moment { civil: read.civil, kind: Kind::Unspecified },
        ReadZone::Utc => Moment { civil: read.civil, kind: Kind::Utc },
        ReadZone::Offset(_) => read_with_offset(input, call.around).ok_or_else(not_a_date)?,
    };
    let civil = shifted(moment.civil, by).ok_or_else(out_of_range)?;
    Moment { civil, ..moment }.text(ROUND_TRIP, call)
}

fn takes(unit: &str) -> FilterError {
    wrong(&format!("takes one argument, how many {unit} to add, `-2` or `0.5`"))
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
