use std::path::PathBuf;

use wharf_model::{SpannedValue, Uses};

use crate::process::problems::Problems;
use crate::process::texts::literal;

/// Reads `uses`: the name of a standard step, or a component's file.
pub(crate) fn uses(value: &SpannedValue, problems: &mut Problems) -> Option<Uses> {
    let text = literal(value, "`uses`", problems)?.trim();
    let span = &value.span;
    if text.contains("://") {
        problems.not_yet(format!("fetching a step from `{text}` is"), span);
        return None;
    }
    let path = text.starts_with(['.', '/', '\\', '~']) || text.as_bytes().get(1) == Some(&b':');
    let lower = text.to_lowercase();
    if lower.ends_with(".yaml") || lower.ends_with(".yml") {
        problems.not_yet("a step made of steps is", span);
        return None;
    }
    if text.starts_with('~') {
        problems.wrong_value("`~` is not expanded", span, "write the path out, or one relative to the process file");
        return None;
    }
    if path {
        if !lower.ends_with(".wasm") {
            let message = format!("`{text}` is no component's file");
            problems.wrong_value(message, span, "a component's file ends in `.wasm`");
            return None;
        }
        return Some(Uses::File(PathBuf::from(text)));
    }
    if lower.ends_with(".wasm") {
        let message = format!("`{text}` looks like a file");
        problems.wrong_value(message, span, format!("write `./{text}`"));
        return None;
    }
    if text.contains(['/', '@']) {
        problems.not_yet(format!("fetching the step `{text}` from a registry is"), span);
        return None;
    }
    let letters = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !letters || !text.starts_with(|c: char| c.is_ascii_lowercase()) || text.len() > 64 {
        let help =
            "write the name of a standard step (`wharf step list` shows them) or a file such as `./my-step.wasm`";
        problems.wrong_value(format!("`{text}` is no name of a step"), span, help);
        return None;
    }
    Some(Uses::Standard(text.to_owned()))
}
