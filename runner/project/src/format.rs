use std::sync::Arc;

use wharf_model::{Diagnostic, SourceFile, SpannedValue, ValueKind};

use crate::yaml::{Document, FileBounds, Fix, read};

/// The most rounds of quoting; each mends everything that can be seen until the next comment hides the rest.
const MAX_ROUNDS: usize = 200;

/// The file as `wharf fmt` writes it. Comments and layout stay; line ends become `\n`, blanks at line ends go, the file
/// ends with one line end, and `key: #{X}`, which YAML reads as a comment, becomes `key: "#{X}"`.
/// The values are the same before and after, and formatting twice changes nothing more.
/// The errors are those of YAML; a file with other errors can be formatted.
pub fn format(file: Arc<SourceFile>) -> Result<String, Vec<Diagnostic>> {
    let (file, value, scalars) = quote_templates(file)?;
    let tidy = tidy(&file.text, &scalars);
    let name = file.name.clone();
    let again = read(Arc::new(SourceFile { name, text: tidy.clone() }), &FileBounds::default());
    // Blanks may matter where nobody looks for them, as at the end of a `|+` block; then they stay.
    let unchanged = again.value.is_some_and(|again| same(&again, &value));
    Ok(if unchanged { tidy } else { file.text.clone() })
}

type Quoted = (Arc<SourceFile>, SpannedValue, Vec<std::ops::Range<usize>>);

fn quote_templates(mut file: Arc<SourceFile>) -> Result<Quoted, Vec<Diagnostic>> {
    let mut first_problems = None;
    for _ in 0..MAX_ROUNDS {
        let Document { value, template_comments, diagnostics, scalars } = read(file.clone(), &FileBounds::default());
        if let Some(value) = value {
            return Ok((file, value, scalars));
        }
        // One that cannot be mended may only look so because of the one before it.
        let fixes: Vec<Fix> = template_comments.into_iter().filter_map(|comment| comment.fix).collect();
        if fixes.is_empty() {
            // After quoting, places and errors would be those of a text that nobody has written.
            return Err(first_problems.unwrap_or(diagnostics));
        }
        first_problems.get_or_insert(diagnostics);
        file = Arc::new(SourceFile { name: file.name.clone(), text: apply(&file.text, &fixes) });
    }
    Err(vec![Diagnostic::error("template-in-comment", "too many templates stand without quotes in `{…}` or `[…]`")])
}

fn apply(text: &str, fixes: &[Fix]) -> String {
    let mut result = String::with_capacity(text.len() + fixes.len() * 2);
    let mut at = 0;
    for fix in fixes.iter() {
        if fix.start < at {
            continue;
        }
        result.push_str(&text[at..fix.start]);
        result.push_str(&fix.quoted);
        at = fix.end;
    }
    result.push_str(&text[at..]);
    result
}

/// The text with tidy line ends, everywhere but inside of scalars.
fn tidy(text: &str, scalars: &[std::ops::Range<usize>]) -> String {
    let mut result = String::with_capacity(text.len() + 1);
    let mut scalars = scalars.iter().peekable();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let line_end = line_start + line.len();
        let content = line.trim_end_matches(['\n', '\r']);
        let content_end = line_start + content.len();
        while scalars.next_if(|scalar| scalar.end <= content_end).is_some() {}
        let inside = scalars.peek().is_some_and(|scalar| scalar.start < content_end && scalar.end > content_end);
        result.push_str(if inside { content } else { content.trim_end_matches([' ', '\t']) });
        result.push('\n');
        line_start = line_end;
    }
    let length = result.trim_end_matches('\n').len();
    result.truncate(length);
    if !result.is_empty() {
        result.push('\n');
    }
    result.trim_start_matches(['\u{feff}', '\n']).to_owned()
}

/// Whether two values say the same, wherever they stand.
pub(crate) fn same(left: &SpannedValue, right: &SpannedValue) -> bool {
    match (&left.kind, &right.kind) {
        (ValueKind::List(left), ValueKind::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (ValueKind::Map(left), ValueKind::Map(right)) => {
            let pair = |(((key, _), value), ((other_key, _), other)): (&(_, _), &(_, _))| {
                let (key, other_key): (&String, &String) = (key, other_key);
                key == other_key && same(value, other)
            };
            left.len() == right.len() && left.iter().zip(right).all(pair)
        }
        (left, right) => left == right,
    }
}
