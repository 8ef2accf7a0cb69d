use std::time::Duration;

use wharf_model::{SpannedValue, ValueKind};

use crate::process::amount;
use crate::process::fields::items;
use crate::process::problems::Problems;

/// Text that is not empty.
pub(crate) fn text<'a>(value: &'a SpannedValue, what: &str, problems: &mut Problems) -> Option<&'a str> {
    scalar(value, what, "text", problems)
}

/// Text that is not empty, where something that is `wanted` is written as text.
fn scalar<'a>(value: &'a SpannedValue, what: &str, wanted: &str, problems: &mut Problems) -> Option<&'a str> {
    match value.as_text() {
        Some(text) if !text.trim().is_empty() => Some(text),
        Some(_) => {
            problems.wrong_value(format!("{what} is empty"), &value.span, "write it, or leave the key out");
            None
        }
        None => {
            problems.wrong_kind(what, wanted, value);
            None
        }
    }
}

/// Text that stands for itself: templates cannot stand here.
pub(crate) fn literal<'a>(value: &'a SpannedValue, what: &str, problems: &mut Problems) -> Option<&'a str> {
    literal_of(value, what, "text", problems)
}

/// Text that stands for itself, where something that is `wanted` is written as text.
pub(crate) fn literal_of<'a>(
    value: &'a SpannedValue,
    what: &str,
    wanted: &str,
    problems: &mut Problems,
) -> Option<&'a str> {
    let text = scalar(value, what, wanted, problems)?;
    if text.contains("#{") {
        let help = "variables are known only when a run begins; write it out";
        problems.wrong_value(format!("{what} cannot be a template"), &value.span, help);
        return None;
    }
    Some(text)
}

/// `true` or `false`.
pub(crate) fn flag(value: &SpannedValue, what: &str, problems: &mut Problems) -> Option<bool> {
    match literal_of(value, what, "`true` or `false`", problems)? {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        other => {
            problems.wrong_value(format!("{what} is `{other}`"), &value.span, "write `true` or `false`");
            None
        }
    }
}

/// A whole number from `least` to `most`.
pub(crate) fn number(value: &SpannedValue, what: &str, least: u64, most: u64, problems: &mut Problems) -> Option<u64> {
    let text = literal_of(value, what, "a whole number", problems)?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u64>() {
        Ok(number) if digits && (least..=most).contains(&number) => Some(number),
        _ => {
            let range = match most {
                u64::MAX => format!("write a whole number from {least}"),
                _ => format!("write a whole number from {least} to {most}"),
            };
            problems.wrong_value(format!("{what} is `{text}`"), &value.span, range);
            None
        }
    }
}

/// A time longer than nothing.
pub(crate) fn duration(value: &SpannedValue, what: &str, problems: &mut Problems) -> Option<Duration> {
    let text = literal_of(value, what, "a time", problems)?;
    match amount::duration(text) {
        Ok(duration) => Some(duration),
        Err(reason) => {
            let help = "write a time such as `500ms`, `30s`, `5m` or `1h30m`";
            problems.wrong_value(format!("{what} is `{text}`, which {reason}"), &value.span, help);
            None
        }
    }
}

/// One text, or a list of texts.
pub(crate) fn one_or_more<'a>(
    value: &'a SpannedValue,
    what: &str,
    problems: &mut Problems,
) -> Vec<(&'a str, &'a SpannedValue)> {
    let values = one_or_more_of(value, what, problems);
    values.iter().filter_map(|value| text(value, what, problems).map(|text| (text, value))).collect()
}

/// One scalar, or the items of a list.
pub(crate) fn one_or_more_of<'a>(value: &'a SpannedValue, what: &str, problems: &mut Problems) -> &'a [SpannedValue] {
    match &value.kind {
        ValueKind::Scalar(_) => std::slice::from_ref(value),
        _ => items(value, what, problems).unwrap_or_default(),
    }
}
