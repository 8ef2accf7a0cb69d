use super::Number;
use super::digits::Digits;
use super::read::{Allowed, read};

/// The largest number without a point that `decimal` holds: 96 bits.
const MOST: u128 = (1 << 96) - 1;
/// The most places behind the point that `decimal` holds.
const MOST_PLACES: usize = 28;

/// A number as `decimal.TryParse` reads it: with its zeros at the end, rounded to what 96 bits hold, halves to even; none if
/// it is too large.
pub(in crate::filters) fn read_decimal(text: &str) -> Option<Number> {
    let written = read(text, Allowed::Number)?;
    let places = written.fraction.len();
    let all = written.whole + &written.fraction;
    let digits = all.trim_start_matches('0').as_bytes();
    // Of the digits that do not fit, those at the end go.
    let excess = digits.len().saturating_sub(29).max(places.saturating_sub(MOST_PLACES));
    let (value, dropped) =
        [excess, excess + 1].into_iter().find_map(|dropped| Some((rounded(digits, dropped)?, dropped)))?;
    let places = places.checked_sub(dropped)?;
    let digits: Vec<u8> = value.to_string().bytes().map(|byte| byte - b'0').collect();
    let digits = if value == 0 { Vec::new() } else { digits };
    let scale = digits.len() as i64 - places as i64;
    Some(Number::Decimal(Digits { negative: written.negative && value != 0, digits, scale, floating: false }))
}

/// The digits without the last so many, rounded; none if that is more than a decimal holds.
fn rounded(digits: &[u8], dropped: usize) -> Option<u128> {
    let Some(kept) = digits.len().checked_sub(dropped) else { return Some(0) };
    let (kept, dropped) = digits.split_at(kept);
    let value = kept.iter().fold(0, |value: u128, digit| value * 10 + u128::from(digit - b'0'));
    let up = match dropped.split_first() {
        Some((b'5', rest)) => rest.iter().any(|digit| *digit != b'0') || value % 2 == 1,
        Some((first, _)) => *first > b'5',
        None => false,
    };
    Some(value + u128::from(up)).filter(|value| *value <= MOST)
}
