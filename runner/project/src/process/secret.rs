use std::path::PathBuf;
use std::sync::Arc;

use wharf_model::{Diagnostic, SecretSource, SecretSpec, SourceFile, Span, SpannedValue, ValueKind};

use crate::process::fields::Fields;
use crate::process::keys::{SECRET, SECRET_PROMPT};
use crate::process::problems::Problems;
use crate::process::texts::{flag, literal};

const HELP: &str = "write where it is fetched from: `secret: { env: NAME }`, `{ file: PATH }`, `{ run: [PROGRAM, ARGUMENT] }` or \
                    `{ prompt: LABEL }`";

/// Reads where a secret is fetched from.
pub(crate) fn secret(value: &SpannedValue, problems: &mut Problems) -> Option<SecretSpec> {
    if let ValueKind::Scalar(_) = value.kind {
        problems.add(secret_in_the_open(&value.span).help(HELP));
        return None;
    }
    let fields = Fields::of(value, &SECRET, problems)?;
    let allow_short = fields.get("allow-short").and_then(|value| flag(value, "`allow-short`", problems));
    let sources: Vec<_> = ["env", "file", "run", "prompt"]
        .into_iter()
        .filter_map(|key| fields.get(key).map(|value| (key, value)))
        .collect();
    let &[(key, value)] = sources.as_slice() else {
        problems.wrong_value("a secret comes from one place", &value.span, HELP);
        return None;
    };
    let source = match key {
        "env" => SecretSource::Env(literal(value, "`env`", problems)?.trim().to_owned()),
        "file" => SecretSource::File(PathBuf::from(literal(value, "`file`", problems)?)),
        "run" => SecretSource::Command(command(value, problems)?),
        _ => SecretSource::Prompt(label(value, problems)?),
    };
    Some(SecretSpec { source, allow_short: allow_short.unwrap_or_default() })
}

/// The refusal of a secret that stands in the file. What is shown does not hold it.
pub(crate) fn secret_in_the_open(span: &Span) -> Diagnostic {
    Diagnostic::error("secret-in-the-open", "a secret does not stand in a file of the project").at(&unseen(span))
}

/// The same place in a text in which nothing can be read there: what is shown of it must not be the secret.
fn unseen(span: &Span) -> Span {
    let text = &span.file.text;
    let mut hidden = text[..span.start].to_owned();
    hidden.extend(text[span.start..span.end].chars().map(|c| if c == '\n' { '\n' } else { '*' }));
    let end = hidden.len();
    hidden.push_str(&text[span.end..]);
    Span::new(Arc::new(SourceFile { name: span.file.name.clone(), text: hidden }), span.start, end)
}

/// The program and its arguments. There is no shell that would divide a text into words.
fn command(value: &SpannedValue, problems: &mut Problems) -> Option<Vec<String>> {
    let items = match &value.kind {
        ValueKind::List(items) if !items.is_empty() => items,
        ValueKind::Scalar(scalar) => {
            let words: Vec<String> = scalar.text.split_whitespace().map(|word| format!("{word:?}")).collect();
            let help = format!("write a list, the program first: `run: [{}]`; there is no shell", words.join(", "));
            problems.wrong_value("`run` is one text", &value.span, help);
            return None;
        }
        _ => {
            problems.wrong_value(
                "`run` names no program",
                &value.span,
                "write a list, the program first: `run: [op, read, …]`",
            );
            return None;
        }
    };
    let program = literal(&items[0], "the program", problems).map(str::to_owned);
    let arguments: Option<Vec<String>> = items[1..].iter().map(|item| argument(item, problems)).collect();
    let mut command = vec![program?];
    command.extend(arguments?);
    Some(command)
}

fn argument(value: &SpannedValue, problems: &mut Problems) -> Option<String> {
    match value.as_text() {
        Some("") => Some(String::new()),
        _ => literal(value, "an argument", problems).map(str::to_owned),
    }
}

/// What is asked; none if nothing is said but that it is asked.
fn label(value: &SpannedValue, problems: &mut Problems) -> Option<Option<String>> {
    match &value.kind {
        ValueKind::Null => Some(None),
        ValueKind::Map(_) => {
            let fields = Fields::of(value, &SECRET_PROMPT, problems)?;
            match fields.get("label") {
                Some(label) => literal(label, "`label`", problems).map(|label| Some(label.trim().to_owned())),
                None => Some(None),
            }
        }
        ValueKind::Scalar(scalar) if scalar.to_json() == true => Some(None),
        _ => literal(value, "`prompt`", problems).map(|label| Some(label.trim().to_owned())),
    }
}
