use std::time::Duration;

use wharf_step::prelude::*;

/// Reads `500ms`, `30s`, `5m` or `1h`.
pub fn parse(text: &str) -> Result<Duration> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" => Some(60 * 1000),
        "h" => Some(60 * 60 * 1000),
        _ => None,
    };
    let milliseconds = unit.and_then(|unit: u64| digits.parse::<u64>().ok()?.checked_mul(unit));
    milliseconds.map(Duration::from_millis).ok_or_else(|| {
        Error::invalid(format!("`{text}` is no time: write `500ms`, `30s` or `5m`")).with_input("/timeout")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        let parsed = |text| parse(text).ok();
        assert_eq!(parsed("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parsed("2m"), Some(Duration::from_secs(120)));
        for text in ["", "10", "s", "1.5s", "-1s", "1 s", "99999999999999999999s", "9999999999999999999h", "5µs"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
