//! Numbers as .NET reads and writes them, without regard to any culture.

/// The number as text: the shortest that reads back as the same, with an exponent where .NET has one.
pub(crate) fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-5..1e15).contains(&size) {
        let text = format!("{number:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
        return format!("{digits}E{sign}{exponent:0>2}");
    }
    number.to_string()
}

/// The number that a text is: blanks around it, a sign, commas between digits, a point and an exponent are allowed.
pub(crate) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | ',' | 'e' | 'E');
    if text.is_empty() || text.starts_with(',') || !text.chars().all(is_part) {
        return None;
    }
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    if fraction.contains(',') {
        return None;
    }
    format!("{}{fraction}", whole.replace(',', "")).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_written_as_in_dotnet() {
        for (value, text) in [
            (1.0, "1"),
            (1.5, "1.5"),
            (-0.25, "-0.25"),
            (1e16, "1E+16"),
            (1.5e-7, "1.5E-07"),
            (0.1 + 0.2, "0.30000000000000004"),
        ] {
            assert_eq!(number_text(value), text);
            assert_eq!(number(text), Some(value));
        }
        assert_eq!(number(" 1,000.5 "), Some(1000.5));
        for text in ["", "x", "1.2.3", "0x10", "inf", "NaN", "1,0.0,1", "--1"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
