use std::fmt::Write as _;

use jiff::tz::Offset;

use super::moment::{Kind, Moment, local_offset};
use super::words::{DAYS, MONTHS, short};
use crate::filters::call::{Call, Made};
use crate::filters::{FilterError, Surroundings};

impl Moment {
    /// The text of the moment in a standard or custom format of .NET.
    pub fn text(&self, format: &str, call: &Call<'_>) -> Made {
        let format = match format {
            "" if matches!(self.kind, Kind::Offset(_)) => "MM/dd/yyyy HH:mm:ss zzz",
            "" => "G",
            _ => format,
        };
        let mut letters = format.chars();
        let (Some(letter), None) = (letters.next(), letters.next()) else { return self.custom(format, call) };
        let (moment, custom) = self.standard(letter, call.around).ok_or_else(|| unknown(format))?;
        moment.custom(custom, call)
    }

    /// What one of the standard formats stands for.
    fn standard(self, letter: char, around: &Surroundings<'_>) -> Option<(Moment, &'static str)> {
        let offset = if let Kind::Offset(offset) = self.kind { Some(offset) } else { None };
        // A `DateTimeOffset` is brought to UTC for the formats that say so; a `DateTime` is written as it stands.
        let in_utc = || match offset {
            Some(offset) => self.in_utc(offset).map(|civil| Moment { civil, ..self }),
            None => Some(self),
        };
        Some(match letter {
            'd' => (self, "MM/dd/yyyy"),
            'D' => (self, "dddd, dd MMMM yyyy"),
            'f' => (self, "dddd, dd MMMM yyyy HH:mm"),
            'F' => (self, "dddd, dd MMMM yyyy HH:mm:ss"),
            'g' => (self, "MM/dd/yyyy HH:mm"),
            'G' => (self, "MM/dd/yyyy HH:mm:ss"),
            'm' | 'M' => (self, "MMMM dd"),
            'o' | 'O' => (self, "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK"),
            'r' | 'R' => (in_utc()?, "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'"),
            's' => (self, "yyyy'-'MM'-'dd'T'HH':'mm':'ss"),
            't' => (self, "HH:mm"),
            'T' => (self, "HH:mm:ss"),
            'u' => (in_utc()?, "yyyy'-'MM'-'dd HH':'mm':'ss'Z'"),
            'U' if offset.is_none() => {
                let civil = self.in_utc(self.offset(around))?;
                (Moment { civil, kind: Kind::Utc }, "dddd, dd MMMM yyyy HH:mm:ss")
            }
            'y' | 'Y' => (self, "yyyy MMMM"),
            _ => return None,
        })
    }

    fn offset(&self, around: &Surroundings<'_>) -> Offset {
        match self.kind {
            Kind::Unspecified => local_offset(self.civil, around),
            Kind::Utc => Offset::UTC,
            Kind::Local(offset) | Kind::Offset(offset) => offset,
        }
    }

    fn custom(&self, format: &str, call: &Call<'_>) -> Made {
        let mut made = String::new();
        let mut rest = format;
        while let Some(c) = rest.chars().next() {
            let run = rest.len() - rest.trim_start_matches(c).len();
            let count = run / c.len_utf8();
            let taken;
            match c {
                '\'' | '"' => {
                    let (literal, length) = quoted(rest, c).ok_or_else(|| unknown(format))?;
                    made.push_str(&literal);
                    taken = length;
                }
                '\\' => {
                    let next = rest[1..].chars().next().ok_or_else(|| unknown(format))?;
                    made.push(next);
                    taken = 1 + next.len_utf8();
                }
                '%' => {
                    let next = rest[1..]
                        .chars()
                        .next()
                        .filter(|next| !"%'\"\\".contains(*next))
                        .ok_or_else(|| unknown(format))?;
                    taken = 1 + next.len_utf8();
                    // The next letter is a custom format of its own, however often it follows.
                    self.write(&mut made, next, 1, call.around).ok_or_else(|| unknown(format))?;
                }
                'd' | 'f' | 'F' | 'g' | 'h' | 'H' | 'K' | 'm' | 'M' | 's' | 't' | 'y' | 'z' => {
                    // `K` takes one letter at a time.
                    let (count, length) = if c == 'K' { (1, 1) } else { (count, run) };
                    taken = length;
                    call.bound(made.len().saturating_add(count))?;
                    self.write(&mut made, c, count, call.around).ok_or_else(|| unknown(format))?;
                }
                _ => {
                    made.push(c);
                    taken = c.len_utf8();
                }
            }
            call.bound(made.len())?;
            rest = &rest[taken..];
        }
        Ok(made)
    }

    /// Writes what a letter that stands so many times in a row stands for; none if .NET has no such format.
    fn write(&self, made: &mut String, letter: char, count: usize, around: &Surroundings<'_>) -> Option<()> {
        const TICK: i32 = 100;
        let civil = self.civil;
        let padded = |value: i64, width: usize| {
            let digits = value.to_string();
            "0".repeat(width.saturating_sub(digits.len())) + &digits
        };
        let twelve = (i64::from(civil.hour()) + 11) % 12 + 1;
        match (letter, count) {
            ('d', 1 | 2) => made.push_str(&padded(civil.day().into(), count)),
            ('d', _) => {
                let name = DAYS.get(usize::try_from(civil.weekday().to_sunday_zero_offset()).ok()?)?;
                made.push_str(if count == 3 { short(name) } else { name });
            }
            ('f' | 'F', 1..=7) => {
                let ticks = civil.subsec_nanosecond() / TICK;
                let digits = format!("{ticks:07}");
                let digits = digits.get(..count)?;
                if letter == 'f' {
                    made.push_str(digits);
                } else {
                    made.push_str(digits.trim_end_matches('0'));
                    if digits.bytes().all(|byte| byte == b'0') && made.ends_with('.') {
                        made.pop();
                    }
                }
            }
            ('f' | 'F', _) => return None,
            ('g', _) => made.push_str("A.D."),
            ('h', _) => made.push_str(&padded(twelve, count.min(2))),
            ('H', _) => made.push_str(&padded(civil.hour().into(), count.min(2))),
            ('K', _) => match self.kind {
                Kind::Unspecified => {}
                Kind::Utc => made.push('Z'),
                Kind::Local(offset) | Kind::Offset(offset) => write_offset(made, offset, 3),
            },
            ('m', _) => made.push_str(&padded(civil.minute().into(), count.min(2))),
            ('M', 1 | 2) => made.push_str(&padded(civil.month().into(), count)),
            ('M', _) => {
                let name = MONTHS.get(usize::try_from(civil.month() - 1).ok()?)?;
                made.push_str(if count == 3 { short(name) } else { name });
            }
            ('s', _) => made.push_str(&padded(civil.second().into(), count.min(2))),
            ('t', _) => {
                let half = if civil.hour() < 12 { "AM" } else { "PM" };
                made.push_str(if count == 1 { &half[..1] } else { half });
            }
            ('y', 1 | 2) => made.push_str(&padded(i64::from(civil.year()) % 100, count)),
            ('y', _) => made.push_str(&padded(civil.year().into(), count)),
            ('z', _) => write_offset(made, self.offset(around), count),
            _ => made.push(letter),
        }
        Some(())
    }
}

/// `+2`, `+02` or `+02:00`, for one, two or more letters.
fn write_offset(made: &mut String, offset: Offset, count: usize) {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    // Writing to a string cannot fail.
    let _ = match count {
        1 => write!(made, "{sign}{hours}"),
        2 => write!(made, "{sign}{hours:02}"),
        _ => write!(made, "{sign}{hours:02}:{minutes:02}"),
    };
}

/// The text between two quotes at the beginning, in which `\` takes the next character as it is, and its length with them.
fn quoted(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut literal = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            _ if c == quote => return Some((literal, at + 1)),
            '\\' => literal.push(characters.next()?.1),
            _ => literal.push(c),
        }
    }
    None
}

fn unknown(format: &str) -> FilterError {
    FilterError::NoValue(format!("`{format}` is no format of a date"))
}
