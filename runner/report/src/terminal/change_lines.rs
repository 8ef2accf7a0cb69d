use wharf_model::{Change, ChangeKind};

use super::{TerminalOptions, Verbosity};
use crate::fold::fold_changes;
use crate::{Line, Role, sanitize};

/// Lines of one step's changes before they are folded.
const MOST_LINES: usize = 8;
/// Lines of one difference.
const MOST_DIFF_LINES: usize = 200;

/// The listing of a step's changes: one line each, or folded where there are many. `dropped` more were not kept.
pub(crate) fn change_lines(changes: &[Change], dropped: usize, options: &TerminalOptions) -> Vec<Line> {
    let most = match options.verbosity {
        Verbosity::Quiet => return Vec::new(),
        Verbosity::Normal => MOST_LINES,
        Verbosity::Verbose | Verbosity::Trace => usize::MAX,
    };
    let mut lines = Vec::new();
    for entry in fold_changes(changes, &options.folder, most) {
        let (role, sign) = sign(entry.kind, options);
        let mut line = Line::new().with(role, format!("{sign} ")).with(Role::Text, sanitize(&entry.target));
        if !entry.summary.is_empty() {
            // `-> releases/2` is written with the arrow of the terminal.
            let summary = sanitize(&entry.summary).replace("->", options.style.symbols.arrow);
            let text = if summary.starts_with(options.style.symbols.arrow) { summary } else { format!("({summary})") };
            line.push(Role::Faint, format!(" {text}"));
        }
        lines.push(line);
        if options.verbosity >= Verbosity::Verbose
            && let [only] = entry.members.as_slice()
            && let Some(diff) = &changes[*only].diff
        {
            lines.extend(diff_lines(diff));
        }
        if options.verbosity >= Verbosity::Verbose
            && let [only] = entry.members.as_slice()
            && let Some(digest) = changes[*only].detail.get("digest").and_then(|digest| digest.as_str())
        {
            lines.push(Line::new().with(Role::Faint, format!("    {}", sanitize(digest))));
        }
    }
    if dropped > 0 {
        lines.push(Line::new().with(Role::Faint, format!("and {dropped} more changes")));
    }
    lines
}

fn sign(kind: ChangeKind, options: &TerminalOptions) -> (Role, String) {
    match kind {
        ChangeKind::Create => (Role::Good, "+".into()),
        ChangeKind::Update => (Role::Warn, "~".into()),
        ChangeKind::Replace => (Role::Warn, options.style.symbols.replaced.into()),
        ChangeKind::Delete => (Role::Bad, "-".into()),
        ChangeKind::Other => (Role::Warn, "!".into()),
    }
}

/// A unified diff, indented below its file.
fn diff_lines(diff: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = diff
        .lines()
        .take(MOST_DIFF_LINES)
        .map(|text| {
            let role = match text.as_bytes().first() {
                // A file of a new directory.
                _ if text.starts_with("+++ ") => Role::Strong,
                Some(b'+') => Role::Good,
                Some(b'-') => Role::Bad,
                _ => Role::Faint,
            };
            Line::new().with(role, format!("    {}", sanitize(text)))
        })
        .collect();
    let more = diff.lines().count().saturating_sub(MOST_DIFF_LINES);
    if more > 0 {
        lines.push(Line::new().with(Role::Faint, format!("    and {more} more lines")));
    }
    lines
}
