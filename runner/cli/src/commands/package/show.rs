//! How packages and what is in them are told, to people and to programs.

use std::path::Path;
use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::{Value, json};
use wharf_package::{Entry, EntryKind};
use wharf_report::sanitize;

/// A path as it is shown; `./` before it says nothing.
pub fn shown_path(path: &Path) -> String {
    sanitize(&path.strip_prefix(".").unwrap_or(path).to_string_lossy()).into_owned()
}

/// `1 file`, `2 files`.
pub fn count(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// How much of the whole is left, in per cent; none if it has grown: then what is told is the size alone.
pub fn percent(left: u64, whole: u64) -> Option<String> {
    (left < whole).then(|| format!("{} %", (u128::from(left) * 100).div_ceil(u128::from(whole))))
}

/// The word for what an entry is.
pub fn kind_word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "file",
        EntryKind::Directory => "directory",
        EntryKind::Symlink => "symlink",
    }
}

/// What an entry is and who may do what, as `ls` shows it.
pub fn mode_text(entry: &Entry) -> String {
    let kind = match entry.kind {
        EntryKind::File => '-',
        EntryKind::Directory => 'd',
        EntryKind::Symlink => 'l',
    };
    let Some(bits) = entry.permissions else { return kind.to_string() };
    let letters = "rwxrwxrwx".chars().enumerate();
    let allowed = letters.map(|(at, letter)| if bits & (0o400 >> at) == 0 { '-' } else { letter });
    std::iter::once(kind).chain(allowed).collect()
}

/// A time to the minute, in UTC.
pub fn time_text(time: SystemTime) -> Option<String> {
    Some(Timestamp::try_from(time).ok()?.strftime("%Y-%m-%d %H:%M").to_string())
}

/// An entry for programs. What the archive does not hold is null.
pub fn entry_json(entry: &Entry) -> Value {
    json!({
        "path": entry.path,
        "kind": kind_word(entry.kind),
        "bytes": entry.size,
        "packed-bytes": entry.packed_bytes,
        "crc32": entry.crc.map(|crc| format!("{crc:08x}")),
        "modified": entry.modified.and_then(|time| Timestamp::try_from(time).ok()).map(|time| time.to_string()),
        "mode": entry.permissions.map(|bits| format!("{bits:04o}")),
        "link": entry.link,
    })
}
