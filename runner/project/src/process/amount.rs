use std::time::Duration;

use wharf_model::LimitUnit;

/// The longest time that can be written: ten years.
const MAX_MILLISECONDS: u64 = 10 * 366 * 24 * 3600 * 1000;

/// Reads a time such as `500ms`, `30s`, `5m`, `1h30m` or `2d`: whole numbers with units, the greater first.
/// The error is the end of a sentence that begins with the text.
pub fn duration(text: &str) -> Result<Duration, &'static str> {
    const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
    let mut rest = text.trim();
    let mut least = u64::MAX;
    let mut sum: u64 = 0;
    while !rest.is_empty() {
        let (number, behind) = split_number(rest)?;
        let unit_length = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let unit = &behind[..unit_length];
        let Some((_, size)) = UNITS.into_iter().find(|(name, _)| *name == unit) else {
            return Err(if unit.is_empty() { "has a number without its unit" } else { "has a unit that is no time" });
        };
        if size >= least {
            return Err("has its units out of order");
        }
        least = size;
        sum = number.checked_mul(size).and_then(|part| sum.checked_add(part)).ok_or("is too long")?;
        rest = &behind[unit_length..];
    }
    match sum {
        0 => Err("is no time at all"),
        sum if sum > MAX_MILLISECONDS => Err("is longer than ten years"),
        sum => Ok(Duration::from_millis(sum)),
    }
}

/// Reads a size such as `512MiB` or `10MB`, in bytes. The error is the end of a sentence that begins with the text.
pub fn size(text: &str) -> Result<u64, &'static str> {
    const UNITS: [(&str, u64); 9] = [
        ("b", 1),
        ("kb", 1000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("tb", 1_000_000_000_000),
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
        ("tib", 1 << 40),
    ];
    let (number, unit) = split_number(text.trim())?;
    let unit = unit.trim_start().to_ascii_lowercase();
    if unit.is_empty() {
        return Err("has a number without its unit");
    }
    let (_, bytes) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or("has a unit that is no size")?;
    match number.checked_mul(bytes).ok_or("is too large")? {
        0 => Err("is no size at all"),
        bytes => Ok(bytes),
    }
}

/// Reads the value of a limit as it stands on a command line: bytes, milliseconds or a count, at least one. The error
/// says what to write.
pub fn limit(unit: LimitUnit, text: &str) -> Result<u64, String> {
    let said = |reason: &str, such: &str| format!("`{text}` {reason}; write {such}");
    match unit {
        LimitUnit::Time => {
            let time = duration(text).map_err(|reason| said(reason, "a time such as 2m"))?;
            Ok(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
        }
        LimitUnit::Bytes => size(text).map_err(|reason| said(reason, "a size such as 32GiB")),
        LimitUnit::Count => match text.parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(said("is no number", "a whole number from 1")),
        },
    }
}

fn split_number(text: &str) -> Result<(u64, &str), &'static str> {
    let length = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if length == 0 {
        return Err("does not begin with a whole number");
    }
    let number = text[..length].parse().map_err(|_| "has too large a number")?;
    Ok((number, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_units() {
        let milliseconds = |text| duration(text).map(|time| time.as_millis());
        assert_eq!(milliseconds("500ms"), Ok(500));
        assert_eq!(milliseconds("30s"), Ok(30_000));
        assert_eq!(milliseconds("1h30m"), Ok(5_400_000));
        assert_eq!(milliseconds("1d1ms"), Ok(86_400_001));
        for (text, part) in [
            ("30", "without its unit"),
            ("s", "whole number"),
            ("1.5s", "no time"),
            ("0s", "no time at all"),
            ("5m1h", "out of order"),
            ("1s1s", "out of order"),
            ("1y", "no time"),
            ("-1s", "whole number"),
            ("99999999999999999999s", "too large a number"),
            ("9999999999999999999d", "too long"),
            ("9999999d", "ten years"),
            ("", "no time at all"),
        ] {
            let reason = duration(text).expect_err(text);
            assert!(reason.contains(part) || reason.contains("without its unit"), "{text}: {reason}");
        }
    }

    #[test]
    fn sizes_have_decimal_and_binary_units() {
        assert_eq!(size("512MiB"), Ok(512 * 1024 * 1024));
        assert_eq!(size("10MB"), Ok(10_000_000));
        assert_eq!(size("10 kb"), Ok(10_000));
        assert_eq!(size("1b"), Ok(1));
        for text in ["512", "MiB", "1PiB", "0MB", "99999999TiB", "1.5GB", ""] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
