//! Makes output the same on every machine and at every time, for tests: times, digests, identities of runs, and given
//! texts such as folders and ports are replaced.

/// The text with what differs from run to run replaced: times by `[time]` (in the same columns), digests by
/// `sha256:[digest]`, identities of runs by `[run]`, and each `(text, name)` of `known` by its name, longest first.
pub fn redact(text: &str, known: &[(&str, &str)]) -> String {
    let mut known: Vec<_> = known.iter().filter(|(text, _)| !text.is_empty()).collect();
    known.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    let mut text = text.to_owned();
    for (found, name) in known {
        text = text.replace(found, name);
    }
    text.split_inclusive('\n')
        .map(|line| {
            redact_times(&redact_clocks(&redact_moments(&redact_runs(&redact_keys(&redact_work(&redact_digests(
                line,
            )))))))
        })
        .collect()
}

/// Numbers in JSON that tell a time.
const CLOCKS: [&str; 4] = ["\"at\":", "\"elapsed\":", "\"duration\":", "\"started-at\":"];

fn redact_clocks(line: &str) -> String {
    let mut redacted = line.to_owned();
    for clock in CLOCKS {
        let mut parts = redacted.split(clock);
        let mut joined = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(' ');
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let space = &part[..part.len() - rest.len()];
            let number = if digits > 0 { "0" } else { "" };
            joined.push_str(&format!("{clock}{space}{number}{}", &rest[digits..]));
        }
        redacted = joined;
    }
    redacted
}

fn redact_digests(line: &str) -> String {
    let mut parts = line.split("sha256:");
    let mut redacted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        redacted.push_str("sha256:");
        redacted.push_str(if matches!(digits, 12 | 64) { "[digest]" } else { &part[..digits] });
        redacted.push_str(&part[digits..]);
    }
    redacted
}

/// An idempotency key follows from the identity of the run, a digest of inputs from a key of the user.
fn redact_keys(line: &str) -> String {
    let mut redacted = line.to_owned();
    for (prefix, length, name) in [("\"key\": \"", 32, "[key]"), ("\"inputs\":\"", 64, "[digest]")] {
        if let Some((before, rest)) = redacted.split_once(prefix)
            && rest.bytes().take_while(u8::is_ascii_hexdigit).count() == length
        {
            redacted = format!("{before}{prefix}{name}{}", &rest[length..]);
        }
    }
    redacted
}

/// The private directory of a step has six characters that nobody can know.
fn redact_work(line: &str) -> String {
    const PREFIX: &str = "wharf-work-";
    let mut parts = line.split(PREFIX);
    let mut redacted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let random = part.bytes().take_while(u8::is_ascii_alphanumeric).count();
        redacted.push_str(PREFIX);
        redacted.push_str(if random == 6 { "[random]" } else { &part[..random] });
        redacted.push_str(&part[random..]);
    }
    redacted
}

/// When a run began: `2026-11-27 17:35`.
fn redact_moments(line: &str) -> String {
    replace_forms(line, b"2ddd-dd-dd dd:dd", "[date and time]")
}

/// An identity of a run is `20261121-010754-3f9a`.
fn redact_runs(line: &str) -> String {
    replace_forms(line, b"dddddddd-dddddd-xxxx", "[run]")
}

/// Replaces texts of a form, in which `d` is a decimal digit and `x` a hexadecimal one.
fn replace_forms(line: &str, form: &[u8], name: &str) -> String {
    let mut redacted = line.to_owned();
    let mut from = 0;
    while let Some(window) = redacted.as_bytes()[from..].windows(form.len()).position(|window| {
        window.iter().zip(form).all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            b'x' => byte.is_ascii_hexdigit(),
            other => byte == other,
        })
    }) {
        let at = from + window;
        redacted.replace_range(at..at + form.len(), name);
        from = at + name.len();
    }
    redacted
}

/// Times as [`format_duration`](crate::format_duration) writes them. One at the end of a line is right-aligned: the
/// spaces before it give way, so that the columns stay.
fn redact_times(line: &str) -> String {
    let mut redacted = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit() || c == '<') {
        let before = &rest[..at];
        let previous = before.chars().next_back().or_else(|| redacted.chars().next_back());
        let length = if previous.is_none_or(|c| c == ' ' || c == '(') { time_length(&rest[at..]) } else { None };
        redacted.push_str(before);
        let taken = match length {
            Some(length) => {
                let spaces = redacted.len() - redacted.trim_end_matches(' ').len();
                let aligned = spaces >= 2 && rest[at + length..].trim().is_empty();
                if aligned {
                    let give_way = (6_usize.saturating_sub(length)).min(spaces);
                    redacted.truncate(redacted.len() - give_way);
                }
                redacted.push_str("[time]");
                length
            }
            None => {
                let word = rest[at..].find(|c: char| !c.is_ascii_alphanumeric() && c != '<').unwrap_or(rest.len() - at);
                redacted.push_str(&rest[at..at + word.max(1)]);
                word.max(1)
            }
        };
        rest = &rest[at + taken..];
    }
    redacted.push_str(rest);
    redacted
}

/// The length of the time at the beginning of `text`, if there is one.
fn time_length(text: &str) -> Option<usize> {
    if text.starts_with("<1ms") {
        return Some(4);
    }
    let number = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut at = number(text);
    if at == 0 {
        return None;
    }
    let mut units = 0;
    loop {
        if text[at..].starts_with('.') {
            at += 1 + number(&text[at + 1..]);
        }
        let unit = ["ms", "s", "m", "h"].into_iter().find(|unit| text[at..].starts_with(unit))?;
        at += unit.len();
        units += 1;
        let digits = number(&text[at..]);
        if digits == 0 || units == 2 {
            break;
        }
        at += digits;
    }
    let ends = text[at..].chars().next().is_none_or(|c| !c.is_alphanumeric());
    ends.then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_replaced_and_what_does_not_stays() {
        let digest = format!("sha256:{}", "a1".repeat(32));
        for (text, redacted) in [
            ("done in 412ms", "done in [time]"),
            ("next in 1.0s, then", "next in [time], then"),
            ("(2m05s)", "([time])"),
            ("1.0.78 at 12 files of v12ms x1s", "1.0.78 at 12 files of v12ms x1s"),
            ("name              12ms\n", "name            [time]\n"),
            ("name            1h02m\n", "name           [time]\n"),
            (digest.as_str(), "sha256:[digest]"),
            ("sha256:abc", "sha256:abc"),
            ("/tmp/wharf-work-aB3xY9/x", "/tmp/wharf-work-[random]/x"),
            (
                r#"{"at":1795,"elapsed":8,"duration": 12,"changes":3}"#,
                r#"{"at":0,"elapsed":0,"duration": 0,"changes":3}"#,
            ),
            ("run 20261121-010754-3f9a ends", "run [run] ends"),
            ("/tmp/x/y and /tmp/x", "[deep] and [root]"),
        ] {
            assert_eq!(redact(text, &[("/tmp/x", "[root]"), ("/tmp/x/y", "[deep]")]), redacted);
        }
    }
}
