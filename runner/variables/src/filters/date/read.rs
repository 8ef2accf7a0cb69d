use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::Offset;

use super::words::{DAYS, MONTHS, position};
use crate::filters::Surroundings;

/// A date as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read {
    pub civil: DateTime,
    pub zone: ReadZone,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum ReadZone {
    None,
    Utc,
    Offset(Offset),
}

/// Reads a date, a time or both as `DateTime.Parse` of .NET with the invariant culture: year, month and day if the year
/// comes first and is written in full, else month, day and year; months also by name; what is missing is that of today.
pub(super) fn read(text: &str, around: &Surroundings<'_>) -> Option<Read> {
    // No date is longer; what is longer is no date.
    const LONGEST: usize = 128;
    if text.len() > LONGEST {
        return None;
    }
    let mut reader = Reader { rest: text, numbers: Vec::new(), month: None, weekday: None, clock: None, zone: None };
    while reader.step()? {}
    let zone = reader.zone.unwrap_or(ReadZone::None);
    let date = reader.date(around)?;
    let time = reader.clock.map_or(Some(Time::midnight()), Clock::time)?;
    Some(Read { civil: date.to_datetime(time), zone })
}

#[derive(Debug, Clone, Copy)]
struct Clock {
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
}

impl Clock {
    fn time(self) -> Option<Time> {
        let hour = match self.afternoon {
            None => self.hour,
            Some(_) if self.hour > 12 => return None,
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
        };
        Time::new(hour, self.minute, self.second, self.nanosecond).ok()
    }
}

struct Reader<'a> {
    rest: &'a str,
    /// The numbers of the date, each with the count of its digits.
    numbers: Vec<(i16, usize)>,
    month: Option<i8>,
    weekday: Option<Weekday>,
    clock: Option<Clock>,
    zone: Option<ReadZone>,
}

impl<'a> Reader<'a> {
    /// Reads the next part; whether there was one, or none if it cannot stand there.
    fn step(&mut self) -> Option<bool> {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let Some(c) = self.rest.chars().next() else { return Some(false) };
        match c {
            '0'..='9' => self.number()?,
            '+' => self.offset(1)?,
            '-' if self.clock.is_some() || self.numbers.len() >= 3 => self.offset(-1)?,
            '-' | '/' | '.' if !self.numbers.is_empty() || self.month.is_some() => {
                self.rest = &self.rest[1..];
                self.rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == ' ').then_some(())?;
            }
            _ if c.is_ascii_alphabetic() => {
                let word = self.take(|c| c.is_ascii_alphabetic());
                self.word(word)?;
            }
            _ => return None,
        }
        Some(true)
    }

    fn take(&mut self, holds: impl Fn(char) -> bool) -> &'a str {
        let (taken, rest) = self.rest.split_at(self.rest.find(|c| !holds(c)).unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }

    fn word(&mut self, word: &str) -> Option<()> {
        if let Some(month) = position(&MONTHS, word) {
            return set(&mut self.month, month as i8 + 1);
        }
        if let Some(day) = position(&DAYS, word) {
            return set(&mut self.weekday, Weekday::from_sunday_zero_offset(day as i8).ok()?);
        }
        match word.to_ascii_lowercase().as_str() {
            "t" => (self.has_date() && self.clock.is_none() && self.rest.starts_with(|c: char| c.is_ascii_digit()))
                .then_some(()),
            "z" | "gmt" | "utc" => set(&mut self.zone, ReadZone::Utc),
            "am" | "a" => self.half_of_day(false),
            "pm" | "p" => self.half_of_day(true),
            _ => None,
        }
    }

    fn has_date(&self) -> bool {
        !self.numbers.is_empty()
    }

    fn half_of_day(&mut self, afternoon: bool) -> Option<()> {
        set(&mut self.clock.as_mut()?.afternoon, afternoon)
    }

    /// A number of a date or of a time.
    fn number(&mut self) -> Option<()> {
        const LONGEST: usize = 4;
        let digits = self.take(|c| c.is_ascii_digit());
        if digits.len() > LONGEST {
            return None;
        }
        let value: i16 = digits.parse().ok()?;
        let hour_alone = {
            let after = self.rest.trim_start().to_ascii_lowercase();
            after.starts_with("am") || after.starts_with("pm")
        };
        if !self.rest.starts_with(':') && !hour_alone {
            self.numbers.push((value, digits.len()));
            return (self.numbers.len() <= 3 && self.clock.is_none()).then_some(());
        }
        let hour = i8::try_from(value).ok()?;
        let mut clock = Clock { hour, minute: 0, second: 0, nanosecond: 0, afternoon: None };
        if let Some(rest) = self.rest.strip_prefix(':') {
            self.rest = rest;
            clock.minute = self.pair()?;
            if let Some(rest) = self.rest.strip_prefix(':') {
                self.rest = rest;
                clock.second = self.pair()?;
                if let Some(rest) = self.rest.strip_prefix('.') {
                    self.rest = rest;
                    clock.nanosecond = fraction(self.take(|c| c.is_ascii_digit()))?;
                }
            }
        }
        set(&mut self.clock, clock)
    }

    fn pair(&mut self) -> Option<i8> {
        let digits = self.take(|c| c.is_ascii_digit());
        if (1..=2).contains(&digits.len()) { digits.parse().ok() } else { None }
    }

    /// `+2`, `+02`, `+0200` or `+02:00`.
    fn offset(&mut self, sign: i32) -> Option<()> {
        const FURTHEST: i32 = 14 * 60;
        self.rest = &self.rest[1..];
        let digits = self.take(|c| c.is_ascii_digit());
        let (hours, minutes): (i32, i32) = match digits.len() {
            1 | 2 => {
                let minutes = match self.rest.strip_prefix(':') {
                    Some(rest) => {
                        self.rest = rest;
                        self.pair()?.into()
                    }
                    None => 0,
                };
                (digits.parse().ok()?, minutes)
            }
            3 | 4 => {
                let (hours, minutes) = digits.split_at(digits.len() - 2);
                (hours.parse().ok()?, minutes.parse().ok()?)
            }
            _ => return None,
        };
        let total = hours * 60 + minutes;
        if minutes > 59 || total > FURTHEST || !(self.has_date() || self.clock.is_some()) {
            return None;
        }
        set(&mut self.zone, ReadZone::Offset(Offset::from_seconds(sign * total * 60).ok()?))
    }

    fn date(&self, around: &Surroundings<'_>) -> Option<Date> {
        let today = || (around.now)().date();
        let day = |number: (i16, usize)| (number.1 <= 2).then(|| i8::try_from(number.0).ok())?;
        let is_year = |number: (i16, usize)| number.1 > 2 || number.0 > 31;
        let (year, month, day) = match (self.month, self.numbers.as_slice()) {
            (None, []) => {
                self.clock?;
                let today = today();
                (today.year(), today.month(), today.day())
            }
            (None, [first, second, third]) if first.1 > 2 => (first.0, day(*second)?, day(*third)?),
            (None, [first, second, third]) => (year(*third), day(*first)?, day(*second)?),
            (None, [first, second]) if first.1 > 2 => (first.0, day(*second)?, 1),
            (None, [first, second]) if second.1 > 2 => (second.0, day(*first)?, 1),
            (None, [first, second]) => (today().year(), day(*first)?, day(*second)?),
            (Some(month), [first, second]) if is_year(*first) => (year(*first), month, day(*second)?),
            (Some(month), [first, second]) => (year(*second), month, day(*first)?),
            (Some(month), [one]) if is_year(*one) => (year(*one), month, 1),
            (Some(month), [one]) => (today().year(), month, day(*one)?),
            _ => return None,
        };
        let date = Date::new(year, month, day).ok().filter(|_| year >= 1)?;
        self.weekday.is_none_or(|weekday| weekday == date.weekday()).then_some(date)
    }
}

/// The year that two digits mean: up to 49 in this century.
fn year((value, digits): (i16, usize)) -> i16 {
    const LAST_OF_THIS_CENTURY: i16 = 49;
    match value {
        _ if digits > 2 => value,
        0..=LAST_OF_THIS_CENTURY => 2000 + value,
        _ => 1900 + value,
    }
}

/// The digits behind a point as nanoseconds, in whole ticks, rounded.
fn fraction(digits: &str) -> Option<i32> {
    const DIGITS: usize = 7;
    const NANOSECONDS_OF_TICK: i32 = 100;
    if digits.is_empty() {
        return None;
    }
    let kept = &digits[..digits.len().min(DIGITS)];
    let ticks: i32 = format!("{kept:0<DIGITS$}").parse().ok()?;
    let up = digits.as_bytes().get(DIGITS).is_some_and(|digit| *digit >= b'5');
    let rounded = if up && ticks < 9_999_999 { ticks + 1 } else { ticks };
    Some(rounded * NANOSECONDS_OF_TICK)
}

/// Sets what may be set once.
fn set<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}
