//! Numbers of .NET as text: `decimal`, `double` and `int`, read and written with the invariant culture.

mod custom;
mod decimal;
mod digits;
mod read;
mod standard;

pub(super) use decimal::read_decimal;
pub(super) use read::{Allowed, read_double};

use digits::Digits;

/// A number of one of the types that `Format` knows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Number {
    Int(i32),
    Decimal(Digits),
    Double(f64),
}

/// Why a number has no text of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormatProblem {
    /// .NET has no such format for this type.
    Unknown,
    /// The text would have more than the bytes that may be.
    TooLarge,
}

impl Number {
    /// The text of the number in a standard or custom format of .NET.
    pub fn text(&self, format: &str, most_bytes: usize) -> Result<String, FormatProblem> {
        if let Number::Double(value) = self
            && !value.is_finite()
        {
            let name = if value.is_nan() {
                "NaN"
            } else if *value > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            };
            return Ok(name.to_owned());
        }
        match specifier(format)? {
            Some((letter, precision)) => {
                // What a format adds to the digits that are asked for is less than this.
                const REST: usize = 1024;
                if precision.unwrap_or(0) > most_bytes.saturating_sub(REST.min(most_bytes / 2)) {
                    return Err(FormatProblem::TooLarge);
                }
                standard::text(self, letter, precision)
            }
            None => Ok(custom::text(self, format)),
        }
    }
}

/// The letter and the precision of a standard format; none if the format is a custom one.
fn specifier(format: &str) -> Result<Option<(char, Option<usize>)>, FormatProblem> {
    const MOST_DIGITS: usize = 9;
    let mut characters = format.chars();
    let Some(letter) = characters.next() else { return Ok(Some(('G', None))) };
    let digits = characters.as_str();
    if !letter.is_ascii_alphabetic() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    if digits.is_empty() {
        return Ok(Some((letter, None)));
    }
    if digits.trim_start_matches('0').len() > MOST_DIGITS {
        return Err(FormatProblem::Unknown);
    }
    Ok(Some((letter, digits.parse().ok())))
}
