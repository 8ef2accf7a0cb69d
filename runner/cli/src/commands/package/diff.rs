use std::path::PathBuf;

use serde_json::{Value, json};
use wharf_model::ExitCode;
use wharf_package::{Archive, ArchiveDiff, Entry, EntryChange, EntryKind};
use wharf_report::{Line, Role, Table, format_bytes, sanitize};

use super::limits::LimitArguments;
use super::open::{failure, open};
use super::show::{entry_json, kind_word, mode_text, shown_path};
use crate::arguments::Output;
use crate::error::CommandError;
use crate::ui::{Ui, stdout_width};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The package before, or a folder as if it had been packed
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The package after, or a folder as if it had been packed
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// End with exit code 1 if something changed
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    limits: LimitArguments,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let limits = arguments.limits.archive_limits();
    let (before, after) = (open(&arguments.before, &limits)?, open(&arguments.after, &limits)?);
    let diff = before.diff(&after).map_err(|error| failure(&error))?;
    match ui.output {
        Output::Text => {
            ui.text(&table(&diff, ui).render(&ui.out, 0, stdout_width()));
            ui.say(Line::new().with(Role::Text, summary(&diff)));
        }
        Output::Json | Output::Ndjson => ui.json(&document(&before, &after, &diff)),
    }
    let differs = !diff.changes.is_empty();
    Ok(if arguments.exit_code && differs { ExitCode::Failed } else { ExitCode::Done })
}

/// What became of an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Added,
    Removed,
    Changed,
}

impl Kind {
    fn of(change: &EntryChange) -> Self {
        match (&change.before, &change.after) {
            (None, _) => Self::Added,
            (_, None) => Self::Removed,
            _ => Self::Changed,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Added => Role::Good,
            Self::Removed => Role::Bad,
            Self::Changed => Role::Warn,
        }
    }
}

fn table(diff: &ArchiveDiff, ui: &Ui) -> Table {
    let mut table = Table::new(if diff.changes.is_empty() { &[] } else { &["change", "before", "after", "path"] });
    for change in &diff.changes {
        let kind = Kind::of(change);
        let shown = |entry: &Option<Entry>| entry.as_ref().map(|entry| facts(entry, change)).unwrap_or_default();
        let mut path = Line::new().with(Role::Strong, sanitize(&change.path));
        if let Some(Entry { link: Some(link), .. }) = &change.after {
            path.push(Role::Faint, format!(" {} {}", ui.out.symbols.arrow, sanitize(link)));
        }
        table.row(vec![
            Line::new().with(kind.role(), kind.word()),
            Line::new().with(Role::Text, shown(&change.before)),
            Line::new().with(Role::Text, shown(&change.after)),
            path,
        ]);
    }
    table
}

/// What of an entry tells the change.
fn facts(entry: &Entry, change: &EntryChange) -> String {
    let size = match entry.kind {
        EntryKind::File => format_bytes(entry.size),
        other => kind_word(other).to_owned(),
    };
    if change.permissions { format!("{size} {}", mode_text(entry)) } else { size }
}

fn summary(diff: &ArchiveDiff) -> String {
    let parts: Vec<String> = [Kind::Added, Kind::Removed, Kind::Changed]
        .into_iter()
        .filter_map(|kind| {
            let number = diff.changes.iter().filter(|change| Kind::of(change) == kind).count();
            (number > 0).then(|| format!("{number} {}", kind.word()))
        })
        .chain([format!("{} unchanged", diff.unchanged)])
        .collect();
    parts.join(", ")
}

fn document(before: &Archive, after: &Archive, diff: &ArchiveDiff) -> Value {
    let changes = diff.changes.iter().map(|change| {
        json!({
            "path": change.path,
            "change": Kind::of(change).word(),
            "content": change.content,
            "permissions": change.permissions,
            "before": change.before.as_ref().map(entry_json),
            "after": change.after.as_ref().map(entry_json),
        })
    });
    json!({
        "before": shown_path(before.path()),
        "after": shown_path(after.path()),
        "changes": changes.collect::<Vec<_>>(),
        "unchanged": diff.unchanged,
    })
}
