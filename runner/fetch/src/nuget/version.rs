/// A version as flat containers write it: numbers without leading zeros, a fourth part of zero left out, at least three
/// parts, no metadata, lower case. Texts that do not begin with numbers are only put in lower case.
pub(super) fn normalized(version: &str) -> String {
    let version = version.split('+').next().unwrap_or_default();
    let (numbers, label) = match version.split_once('-') {
        Some((numbers, label)) => (numbers, Some(label)),
        None => (version, None),
    };
    let parts: Vec<&str> = numbers.split('.').collect();
    let numeric = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() > 4 || !parts.iter().all(numeric) {
        return version.to_ascii_lowercase();
    }
    let shortened = |part: &str| match part.trim_start_matches('0') {
        "" => "0".to_owned(),
        short => short.to_owned(),
    };
    let mut parts: Vec<String> = parts.into_iter().map(shortened).collect();
    while parts.len() < 3 {
        parts.push("0".to_owned());
    }
    if parts.len() == 4 && parts[3] == "0" {
        parts.pop();
    }
    let label = label.map(|label| format!("-{label}")).unwrap_or_default();
    format!("{}{label}", parts.join(".")).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn versions_as_flat_containers_write_them() {
        let cases = [
            ("1", "1.0.0"),
            ("1.0", "1.0.0"),
            ("1.02.3.0", "1.2.3"),
            ("1.2.3.4", "1.2.3.4"),
            ("1.0.0-Beta.1+Meta", "1.0.0-beta.1"),
            ("00.0", "0.0.0"),
            ("Latest", "latest"),
            ("1.2.3.4.5", "1.2.3.4.5"),
        ];
        for (version, expected) in cases {
            assert_eq!(normalized(version), expected);
        }
    }
}
