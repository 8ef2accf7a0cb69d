//! Dates of .NET as text, read and written with the invariant culture: `DateTime`, which has no zone, or is in UTC or local,
//! and `DateTimeOffset`.

mod moment;
mod read;
mod shift;
mod span;
mod words;
mod write;

pub(super) use moment::{read_local, read_with_offset};
pub(super) use shift::{add_days, add_hours, add_minutes, add_months, add_seconds, add_time_span, add_weeks};

use moment::{Kind, Moment};

use super::FilterError;
use super::call::{Call, Made, wrong};

/// The round-trip format, which filters write if not told another.
const ROUND_TRIP: &str = "O";

/// The time in the local zone, without that zone.
pub(super) fn now_date(call: &Call<'_>) -> Made {
    let format = format_of_now(call)?;
    let now = (call.around.now)();
    Moment { civil: moment::to_ticks(now.datetime()), kind: Kind::Unspecified }.text(format, call)
}

/// The time in UTC.
pub(super) fn now_date_utc(call: &Call<'_>) -> Made {
    let format = format_of_now(call)?;
    let now = (call.around.now)().with_time_zone(jiff::tz::TimeZone::UTC);
    Moment { civil: moment::to_ticks(now.datetime()), kind: Kind::Utc }.text(format, call)
}

fn format_of_now<'a>(call: &Call<'a>) -> Result<&'a str, FilterError> {
    let format = match call.arguments {
        [] => ROUND_TRIP,
        [format] => format,
        _ => return Err(wrong("takes at most one argument, a format of .NET")),
    };
    // Octostache has no value for `#{Name | NowDate}`.
    if call.input.is_some() { Err(wrong("takes no input: `#{ | NowDate}`")) } else { Ok(format) }
}
