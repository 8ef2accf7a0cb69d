use unicode_width::UnicodeWidthStr;
use wharf_model::{Diagnostic, Span};

use crate::{Line, Role, Style, sanitize};

/// Columns of a source line that are shown.
const MOST_COLUMNS: usize = 200;

/// The diagnostics as text, one after the other with an empty line between them: what, where with the source line, and
/// what to do. Wrapped to `width` columns where it is known.
pub fn diagnostics_to_text(diagnostics: &[Diagnostic], style: &Style, width: Option<usize>) -> String {
    let blocks = diagnostics.iter().map(|diagnostic| {
        let mut text = String::new();
        for line in lines(diagnostic, width) {
            text.push_str(style.render(&line).trim_end_matches(' '));
            text.push('\n');
        }
        text
    });
    blocks.collect::<Vec<_>>().join("\n")
}

fn lines(diagnostic: &Diagnostic, width: Option<usize>) -> Vec<Line> {
    let (role, word) = if diagnostic.is_error() { (Role::Alarm, "error") } else { (Role::Caution, "warning") };
    let head = Line::new()
        .with(role, format!("{word}[{}]", diagnostic.code))
        .with(Role::Strong, format!(": {}", one_line(&diagnostic.message)));
    let mut lines = wrap(head, width, 2);
    let number = diagnostic.span.as_ref().map(|span| span.line_and_column().0);
    let margin = number.map_or(1, |number| number.to_string().len());
    if let Some(span) = &diagnostic.span {
        lines.extend(place(span, margin));
    }
    let gutter = |sign: &str| Line::new().with(Role::Faint, format!("{} {sign} ", " ".repeat(margin)));
    for help in &diagnostic.help {
        let mut parts = help.lines();
        let first =
            Line::new().with(Role::Accent, "help: ").with(Role::Text, sanitize(parts.next().unwrap_or_default()));
        let mut line = gutter("=");
        line.append(first);
        lines.extend(wrap(line, width, margin + 9));
        lines.extend(parts.map(|text| Line::new().with(Role::Text, sanitize(text)).indented(margin + 9)));
    }
    if let Some(add) = &diagnostic.add {
        let by_command = match &diagnostic.grant {
            Some(grant) => format!(", or let `wharf allow {}` do it:", sanitize(&grant.step)),
            None => ":".to_owned(),
        };
        lines.push(gutter("=").with(Role::Accent, "add").with(Role::Text, by_command));
        lines.extend(add.lines().map(|text| gutter(" ").with(Role::Good, format!("  {}", sanitize(text)))));
    }
    lines
}

/// `--> file:line:column`, and the source line with a mark below the place.
fn place(span: &Span, margin: usize) -> Vec<Line> {
    let (number, column) = span.line_and_column();
    let space = " ".repeat(margin);
    // What stands on the command line has no lines.
    let is_argument = span.file.name.starts_with('-');
    let name = if is_argument { span.file.name.clone() } else { span.to_string() };
    let mut lines = vec![Line::new().with(Role::Faint, format!("{space}--> ")).with(Role::Text, sanitize(&name))];
    let source = span.line_text();
    // A line that is too long to show helps nobody, nor does an empty one.
    if source.trim().is_empty() || source.width() > MOST_COLUMNS {
        return lines;
    }
    let before: String = source.chars().take(column - 1).collect();
    let marked = span.text().lines().next().unwrap_or_default();
    let before = sanitize(&before);
    let marks = sanitize(marked).width().max(1);
    let blank = Line::new().with(Role::Faint, format!("{space} |"));
    lines.push(blank.clone());
    let number = if is_argument { space.clone() } else { number.to_string() };
    lines.push(Line::new().with(Role::Faint, format!("{number} | ")).with(Role::Text, sanitize(source)));
    lines.push(blank.with(Role::Text, format!(" {}", " ".repeat(before.width()))).with(Role::Bad, "^".repeat(marks)));
    lines
}

fn wrap(line: Line, width: Option<usize>, hanging: usize) -> Vec<Line> {
    match width {
        Some(width) => line.wrapped(width, hanging),
        None => vec![line],
    }
}

fn one_line(text: &str) -> String {
    text.lines().map(sanitize).collect::<Vec<_>>().join(" ")
}
