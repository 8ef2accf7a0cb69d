use std::time::Duration;

/// A time in at most six columns: `412ms`, `5.1s`, `2m05s`, `1h02m`.
pub fn format_duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let seconds = duration.as_secs();
    match milliseconds {
        0 => "<1ms".to_owned(),
        1..1_000 => format!("{milliseconds}ms"),
        // Cut, not rounded: 59.99 s must not become 60.0 s.
        1_000..60_000 => format!("{seconds}.{}s", duration.subsec_millis() / 100),
        60_000..3_600_000 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short_at_every_size() {
        for (milliseconds, text) in [
            (0, "<1ms"),
            (999, "999ms"),
            (1_000, "1.0s"),
            (59_999, "59.9s"),
            (60_000, "1m00s"),
            (3_599_999, "59m59s"),
            (3_600_000, "1h00m"),
            (356_400_000, "99h00m"),
        ] {
            assert_eq!(format_duration(Duration::from_millis(milliseconds)), text);
        }
    }
}
