use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::read::{Read, ReadZone, read};
use crate::filters::Surroundings;

/// Nanoseconds of the smallest step of time in .NET.
const TICK: i32 = 100;

/// A time on a clock, from the year 1 to the year 9999, and what is known of its zone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::filters) struct Moment {
    pub civil: DateTime,
    pub kind: Kind,
}

/// What .NET knows of a time's zone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::filters) enum Kind {
    /// A `DateTime` without a zone.
    Unspecified,
    /// A `DateTime` in UTC.
    Utc,
    /// A `DateTime` of the local zone, whose offset then is this.
    Local(Offset),
    /// A `DateTimeOffset`.
    Offset(Offset),
}

/// A date as `DateTime.TryParse` reads it: in the local zone if it names one.
pub(in crate::filters) fn read_local(text: &str, around: &Surroundings<'_>) -> Option<Moment> {
    let Read { civil, zone } = read(text, around)?;
    match zone {
        ReadZone::None => Some(Moment { civil, kind: Kind::Unspecified }),
        ReadZone::Utc => local(civil, Offset::UTC, around),
        ReadZone::Offset(offset) => local(civil, offset, around),
    }
}

/// A date as `DateTimeOffset.TryParse` reads it: with the offset of the local zone if it names none.
pub(in crate::filters) fn read_with_offset(text: &str, around: &Surroundings<'_>) -> Option<Moment> {
    let Read { civil, zone } = read(text, around)?;
    let offset = match zone {
        ReadZone::None => local_offset(civil, around),
        ReadZone::Utc => Offset::UTC,
        ReadZone::Offset(offset) => offset,
    };
    let moment = Moment { civil, kind: Kind::Offset(offset) };
    moment.in_utc(offset).map(|_| moment)
}

fn local(civil: DateTime, offset: Offset, around: &Surroundings<'_>) -> Option<Moment> {
    let utc = shifted(civil, -seconds(offset))?;
    let timestamp: Timestamp = Offset::UTC.to_timestamp(utc).ok()?;
    let offset = zone(around).to_offset(timestamp);
    Some(Moment { civil: shifted(utc, seconds(offset))?, kind: Kind::Local(offset) })
}

fn zone(around: &Surroundings<'_>) -> TimeZone {
    (around.now)().time_zone().clone()
}

/// The offset of the local zone at this time of its clocks. Where they show a time twice or never, that of standard time.
pub(super) fn local_offset(civil: DateTime, around: &Surroundings<'_>) -> Offset {
    match zone(around).to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, .. } => before,
        AmbiguousOffset::Fold { after, .. } => after,
    }
}

impl Moment {
    /// The time in UTC of a time with this offset; none beyond the year 9999.
    pub fn in_utc(&self, offset: Offset) -> Option<DateTime> {
        shifted(self.civil, -seconds(offset))
    }
}

fn seconds(offset: Offset) -> SignedDuration {
    SignedDuration::from_secs(offset.seconds().into())
}

/// The time so much later; none outside the years 1 to 9999.
pub(super) fn shifted(civil: DateTime, by: SignedDuration) -> Option<DateTime> {
    civil.checked_add(by).ok().filter(|civil| (1..=9999).contains(&civil.year()))
}

/// The time without what is smaller than a tick.
pub(super) fn to_ticks(civil: DateTime) -> DateTime {
    let nanosecond = civil.subsec_nanosecond();
    civil.with().subsec_nanosecond(nanosecond - nanosecond % TICK).build().unwrap_or(civil)
}
