use std::path::PathBuf;

use serde_json::{Value, json};
use wharf_model::ExitCode;
use wharf_package::{Archive, Entry, EntryKind, Inspection};
use wharf_report::{Line, Role, Table, format_bytes, sanitize};

use super::limits::LimitArguments;
use super::open::{failure, name_of, open};
use super::show::{count, entry_json, mode_text, percent, shown_path, time_text};
use crate::arguments::Output;
use crate::error::CommandError;
use crate::ui::{Ui, stdout_width};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The package, or a folder as if it had been packed
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    limits: LimitArguments,
}

pub fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, CommandError> {
    let archive = open(&arguments.file, &arguments.limits.archive_limits())?;
    let inspection = archive.inspect().map_err(|error| failure(&error))?;
    match ui.output {
        Output::Text => ui.text(&text(&archive, &inspection, ui)),
        Output::Json | Output::Ndjson => ui.json(&document(&archive, &inspection)),
    }
    Ok(ExitCode::Done)
}

fn text(archive: &Archive, inspection: &Inspection, ui: &Ui) -> String {
    let width = stdout_width();
    let mut facts = Table::new(&[]);
    let mut fact = |name: &str, value: String| {
        facts.row(vec![Line::new().with(Role::Faint, name), Line::new().with(Role::Text, value)]);
    };
    fact("package", shown_path(archive.path()));
    if let Some(name) = name_of(archive.path()) {
        fact("id", name.id);
        fact("version", name.version.to_string());
    }
    fact("format", inspection.format.to_string());
    fact("content", content(inspection));
    if let Some(bytes) = inspection.file_bytes {
        let share = percent(bytes, inspection.total_bytes).map(|share| format!(" ({share} of its content)"));
        fact("packed", format!("{}{}", format_bytes(bytes), share.unwrap_or_default()));
    }
    fact("digest", inspection.digest.clone());
    let mut entries = Table::new(&["mode", "size", "packed", "changed", "path"]);
    for entry in archive.entries() {
        let size = if entry.kind == EntryKind::File { format_bytes(entry.size) } else { String::new() };
        entries.row(vec![
            Line::new().with(Role::Faint, mode_text(entry)),
            Line::new().with(Role::Text, size),
            Line::new().with(Role::Text, packed(entry)),
            Line::new().with(Role::Faint, entry.modified.and_then(time_text).unwrap_or_default()),
            path(entry, ui),
        ]);
    }
    let entries = if archive.entries().is_empty() { String::new() } else { entries.render(&ui.out, 0, width) };
    format!("{}\n{entries}", facts.render(&ui.out, 0, width))
}

fn content(inspection: &Inspection) -> String {
    let mut parts = vec![count(inspection.files, "file")];
    match inspection.directories {
        0 => {}
        1 => parts.push("1 directory".to_owned()),
        directories => parts.push(format!("{directories} directories")),
    }
    if inspection.symlinks > 0 {
        parts.push(count(inspection.symlinks, "symlink"));
    }
    format!("{}, {}", parts.join(", "), format_bytes(inspection.total_bytes))
}

fn packed(entry: &Entry) -> String {
    match entry.packed_bytes {
        Some(bytes) if entry.kind == EntryKind::File => format_bytes(bytes),
        _ => String::new(),
    }
}

fn path(entry: &Entry, ui: &Ui) -> Line {
    let line = Line::new().with(Role::Strong, sanitize(&entry.path));
    match &entry.link {
        Some(link) => line.with(Role::Faint, format!(" {} {}", ui.out.symbols.arrow, sanitize(link))),
        None => line,
    }
}

fn document(archive: &Archive, inspection: &Inspection) -> Value {
    let name = name_of(archive.path());
    json!({
        "path": shown_path(archive.path()),
        "id": name.as_ref().map(|name| &name.id),
        "version": name.as_ref().map(|name| name.version.to_string()),
        "format": inspection.format.as_str(),
        "digest": inspection.digest,
        "bytes": inspection.file_bytes,
        "content-bytes": inspection.total_bytes,
        "files": inspection.files,
        "directories": inspection.directories,
        "symlinks": inspection.symlinks,
        "entries": archive.entries().iter().map(entry_json).collect::<Vec<_>>(),
    })
}
