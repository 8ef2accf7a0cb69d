//! The public cases of Octostache's own suites that are one symbol and its filters, where they lie beside the project. The
//! whole language is tried elsewhere.

use serde_json::Value;

use super::{Filtered, filter};

#[test]
fn the_cases_of_octostache_hold() {
    let Ok(lines) = std::fs::read_to_string("../../../shared/conformance/octostache.jsonl") else { return };
    let (mut held, mut failed) = (0, Vec::new());
    for line in lines.lines() {
        let row: Value = serde_json::from_str(line).expect("a line of the cases is JSON");
        if !["octostache.FiltersFixture", "octostache.VersionFixture"].iter().any(|suite| row["suite"] == *suite) {
            continue;
        }
        let Some(template) = row["template"].as_str() else { continue };
        let Some(actual) = evaluate(template, &row["variables"]) else { continue };
        let mut actual = actual.unwrap_or_else(|| template.to_owned());
        let mut expected = row["expected"].as_str().unwrap_or_default().to_owned();
        for step in row["post"].as_array().into_iter().flatten() {
            match (step[0].as_str(), step[1].as_str(), step[2].as_str()) {
                (Some("Trim"), ..) => actual = actual.trim().to_owned(),
                (Some("Replace"), Some(from), Some(to)) => actual = actual.replace(from, to),
                _ => {}
            }
        }
        // What is echoed is written anew by the evaluator.
        if expected.starts_with("#{") {
            (expected, actual) = (expected.replace('"', ""), actual.replace('"', ""));
        }
        if actual == expected {
            held += 1;
        } else {
            failed.push(format!("{}: {template} = {actual:?}, not {expected:?}", row["name"]));
        }
    }
    assert!(failed.is_empty(), "{held} held, not:\n{}", failed.join("\n"));
    assert!(held > 180, "only {held} rows were tried");
}

/// The value of `#{Symbol | Filter arguments | …}`; none within if it has none, none without if the template is no such.
fn evaluate(template: &str, variables: &Value) -> Option<Option<String>> {
    let inside = template.strip_prefix("#{")?.strip_suffix('}')?;
    let mut parts = divide(inside, '|')?.into_iter();
    let symbol = parts.next().filter(|_| inside.contains('|'))?;
    let variable = |name: &str| {
        let (_, value) = variables.as_object()?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value.as_str().unwrap_or_default().to_owned())
    };
    let mut value = variable(symbol.trim());
    for part in parts {
        let words = divide(part.trim(), ' ')?;
        let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let (name, arguments) = words.split_first()?;
        let arguments: Vec<String> = arguments.iter().map(|word| word.trim_matches('"').to_owned()).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match filter(name, value.as_deref(), &arguments) {
            Ok(Filtered::Text(text)) => value = Some(text),
            _ => return Some(None),
        }
    }
    Some(value)
}

/// Divides text at a character outside quotes; none if there are symbols in it.
fn divide(text: &str, at: char) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        quoted ^= c == '"';
        if c == '#' {
            return None;
        }
        if c == at && !quoted {
            parts.push(String::new());
        } else {
            parts.last_mut()?.push(c);
        }
    }
    Some(parts)
}
