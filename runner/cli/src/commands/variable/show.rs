use std::path::Path;

use serde_json::{Map, Value, json};
use wharf_model::{Scope, SecretSource, Span, VariableOrigin};
use wharf_variables::ExplainedValue;

/// A place as `file:line`; what stands on the command line has no line.
pub fn place(span: Option<&Span>) -> String {
    match span {
        None => "Wharf".to_owned(),
        Some(span) if span.file.name.starts_with('-') => span.file.name.clone(),
        Some(span) => format!("{}:{}", span.file.name, span.line_and_column().0),
    }
}

/// A place as `file`, `line` and `column`; null for what Wharf itself sets.
pub fn place_json(span: Option<&Span>) -> Value {
    let Some(span) = span else { return Value::Null };
    let (line, column) = span.line_and_column();
    json!({ "file": span.file.name, "line": line, "column": column })
}

/// A scope in words, such as `environment Dev or Test, step web`.
pub fn scope(scope: &Scope) -> String {
    if scope.kinds.is_empty() {
        return "everywhere".to_owned();
    }
    let kinds: Vec<String> = scope.kinds.iter().map(|(kind, names)| format!("{kind} {}", names.join(" or "))).collect();
    kinds.join(", ")
}

/// A scope as a map of kinds with their names.
pub fn scope_json(scope: &Scope) -> Value {
    let kinds = scope.kinds.iter().map(|(kind, names)| (kind.clone(), json!(names)));
    Value::Object(kinds.collect::<Map<String, Value>>())
}

/// The name of an origin in JSON.
pub fn origin_name(origin: VariableOrigin) -> &'static str {
    match origin {
        VariableOrigin::CommandLine => "command-line",
        VariableOrigin::VariableFile => "variable-file",
        VariableOrigin::ProcessFile => "process-file",
        VariableOrigin::IncludedSet => "included-set",
    }
}

/// An origin in words.
pub fn origin_words(origin: VariableOrigin) -> &'static str {
    match origin {
        VariableOrigin::CommandLine => "the command line",
        VariableOrigin::VariableFile => "a variable file",
        VariableOrigin::ProcessFile => "the process file",
        VariableOrigin::IncludedSet => "an included set",
    }
}

/// Where a secret comes from, and whether it is there as far as that can be seen without fetching it.
pub fn secret_source(source: &SecretSource, folder: &Path) -> String {
    match source {
        SecretSource::Env(name) => {
            let is_set = std::env::var_os(name).is_some_and(|value| !value.is_empty());
            format!("from the environment variable {name}, {}", if is_set { "set" } else { "not set" })
        }
        SecretSource::File(path) => {
            let is_there = folder.join(path).is_file();
            format!("from the file {}, {}", path.display(), if is_there { "there" } else { "missing" })
        }
        SecretSource::Command(words) => format!("from `{}`", words.join(" ")),
        SecretSource::Prompt(_) => "asked for when a run begins".to_owned(),
    }
}

/// Text in one line: line ends and other control characters are written as escapes.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            character if character.is_control() => line.extend(character.escape_default()),
            character => line.push(character),
        }
    }
    line
}

/// `status`, and `value` or what is known of it.
pub fn value_json(value: &ExplainedValue) -> Map<String, Value> {
    let mut object = Map::new();
    let status = match value {
        ExplainedValue::Known(_) => "known",
        ExplainedValue::Secret => "secret",
        ExplainedValue::Unknown(_) => "unknown",
        ExplainedValue::None => "none",
        ExplainedValue::Failed(_) => "failed",
    };
    object.insert("status".to_owned(), json!(status));
    match value {
        ExplainedValue::Known(text) => {
            object.insert("value".to_owned(), json!(text));
        }
        ExplainedValue::Unknown(names) => {
            object.insert("waits-for".to_owned(), json!(names));
        }
        ExplainedValue::Failed(problems) => {
            object.insert("problems".to_owned(), wharf_report::diagnostics_to_json(problems));
        }
        ExplainedValue::Secret | ExplainedValue::None => {}
    }
    object
}

/// A value in a line of words, and whether these are the value itself.
pub fn value_words(value: &ExplainedValue) -> (String, bool) {
    match value {
        ExplainedValue::Known(text) if text.is_empty() => ("(empty)".to_owned(), false),
        ExplainedValue::Known(text) => (one_line(text), true),
        ExplainedValue::Secret => ("(secret)".to_owned(), false),
        ExplainedValue::Unknown(names) => (format!("(only a run knows {})", names.join(", ")), false),
        ExplainedValue::None => ("(no value here)".to_owned(), false),
        ExplainedValue::Failed(_) => ("(cannot be evaluated)".to_owned(), false),
    }
}
