//! What a step changed in the file system: for each path that it touched, what stood there before its first touch is
//! compared with what stands there at the end. So a file that is written with the same content is no change, and one
//! that is made and removed again leaves no trace.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};
use wharf_model::{Change, ChangeKind, ChangeSource};

use super::OpenRequest;
use super::dir::{Dir, Opened};
use super::metadata::{Kind, Metadata};

/// Files up to this size are compared by content and shown as a diff.
const MAX_CONTENT_BYTES: u64 = 64 * 1024;
/// All remembered contents together.
const MAX_TOTAL_BYTES: u64 = 16 * 1024 * 1024;
/// Entries that are counted below a directory before the count says "more than".
const MAX_COUNTED: usize = 100_000;
/// Paths that are remembered one by one.
const MAX_PATHS: usize = 200_000;
/// Lines of a diff that are kept.
const MAX_DIFF_LINES: usize = 400;
/// Lines that are kept of the files in a new directory, all together.
const MAX_TREE_LINES: usize = 1000;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq)]
enum State {
    Missing,
    Directory { mode: u32 },
    File { size: u64, mode: u32, stamp: (u64, Option<SystemTime>), content: Option<Vec<u8>> },
    Symlink { target: PathBuf },
    Special,
}

/// The states of touched paths before they were touched.
#[derive(Debug, Default)]
pub(crate) struct ChangeLog {
    before: BTreeMap<PathBuf, State>,
    remembered: u64,
    /// Touched paths beyond the most that are remembered.
    beyond: usize,
}

impl ChangeLog {
    /// Remembers what stands at `path` before it is changed for the first time. `relative` names it below `dir`.
    pub(crate) fn touch(&mut self, path: &Path, dir: &Dir, relative: &Path) {
        if self.before.contains_key(path) || self.is_below_new(path) {
            return;
        }
        if self.before.len() == MAX_PATHS {
            self.beyond += 1;
            return;
        }
        let state = state_of(dir, relative, self.remembered < MAX_TOTAL_BYTES);
        if let State::File { content: Some(content), .. } = &state {
            self.remembered += content.len() as u64;
        }
        self.before.insert(path.to_owned(), state);
    }

    /// The touched paths, and whether nothing stood there before.
    pub(crate) fn touched(&self) -> impl Iterator<Item = (&Path, bool)> {
        self.before.iter().map(|(path, state)| (path.as_path(), matches!(state, State::Missing)))
    }

    /// Whether every touched path is remembered.
    pub(crate) fn is_whole(&self) -> bool {
        self.beyond == 0
    }

    /// Whether a directory above it was not there before: then it was not either.
    fn is_below_new(&self, path: &Path) -> bool {
        path.ancestors().skip(1).any(|above| matches!(self.before.get(above), Some(State::Missing)))
    }

    /// The changes, each with its machine path. `locate` answers where a guest path is now. With `digests` a file whose
    /// content is new and has no difference to show is told with its digest, and a new directory with what is in it.
    pub(crate) fn finish<'a>(
        self,
        digests: bool,
        locate: impl Fn(&Path) -> Option<(&'a Dir, PathBuf, PathBuf)>,
    ) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        let mut covered: Option<(PathBuf, usize)> = None;
        for (path, before) in &self.before {
            let Some((dir, relative, machine)) = locate(path) else { continue };
            // A directory that is new or gone stands for everything that is or was in it.
            if let Some((above, index)) = &covered
                && path.starts_with(above)
            {
                if matches!((before, changes[*index].kind), (State::File { .. }, ChangeKind::Delete)) {
                    count_into(&mut changes, *index);
                }
                continue;
            }
            let after = state_of(dir, &relative, true);
            if let Some(mut change) = compare(before, &after, dir, &relative, &machine) {
                if digests
                    && change.diff.is_none()
                    && matches!(after, State::File { .. })
                    && let Some(digest) = digest_of(dir, &relative)
                {
                    change.detail = serde_json::json!({ "digest": digest });
                }
                if digests && matches!((before, &after), (State::Missing, State::Directory { .. })) {
                    change.diff = tree_diff(dir, &relative);
                }
                let is_directory = |state: &State| matches!(state, State::Directory { .. });
                if is_directory(before) != is_directory(&after) {
                    covered = Some((path.clone(), changes.len()));
                }
                changes.push(change);
            }
        }
        if self.beyond > 0 {
            changes.push(Change {
                kind: ChangeKind::Other,
                source: ChangeSource::Files,
                target: "more paths".into(),
                summary: format!("touched {} more times, beyond the {MAX_PATHS} paths that are compared", self.beyond),
                diff: None,
                detail: serde_json::Value::Null,
            });
        }
        changes
    }
}

fn count_into(changes: &mut [Change], index: usize) {
    if let Some(change) = changes.get_mut(index) {
        let count: usize = change.summary.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        change.summary = files(count + 1);
    }
}

fn files(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 file".into(),
        count if count > MAX_COUNTED => format!("more than {MAX_COUNTED} files"),
        count => format!("{count} files"),
    }
}

fn state_of(dir: &Dir, relative: &Path, with_content: bool) -> State {
    let Ok(metadata) = dir.symlink_metadata(relative) else { return State::Missing };
    let Metadata { mode, size, .. } = metadata;
    match metadata.kind {
        Kind::Directory => State::Directory { mode },
        Kind::Symlink => State::Symlink { target: dir.read_link(relative).unwrap_or_default() },
        Kind::File => {
            let wanted = with_content && size <= MAX_CONTENT_BYTES;
            let content = wanted.then(|| read_all(dir, relative)).flatten();
            State::File { size, mode, stamp: (metadata.identity.1, metadata.modified), content }
        }
        Kind::Special => State::Special,
    }
}

fn read_all(dir: &Dir, relative: &Path) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    let request = OpenRequest { read: true, ..OpenRequest::default() };
    let Opened::File(file, _) = dir.open(relative, request).ok()? else { return None };
    file.into_file().ok()?.take(MAX_CONTENT_BYTES + 1).read_to_end(&mut content).ok()?;
    (content.len() as u64 <= MAX_CONTENT_BYTES).then_some(content)
}

/// The digest of a file's content; none if it cannot be read.
fn digest_of(dir: &Dir, relative: &Path) -> Option<String> {
    let request = OpenRequest { read: true, ..OpenRequest::default() };
    let Opened::File(file, _) = dir.open(relative, request).ok()? else { return None };
    let mut file = file.into_file().ok()?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 256 * 1024]);
    loop {
        match file.read(&mut buffer).ok()? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    let hex: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("sha256:{hex}"))
}

fn compare(before: &State, after: &State, dir: &Dir, relative: &Path, machine: &Path) -> Option<Change> {
    let (kind, summary, diff) = match (before, after) {
        (State::Missing, State::Missing) | (State::Special, State::Special) => return None,
        (State::Missing, after) => (ChangeKind::Create, describe_new(after, dir, relative), diff(b"", content(after))),
        (_, State::Missing) => (ChangeKind::Delete, String::new(), None),
        (State::Directory { mode: old }, State::Directory { mode: new }) => {
            (ChangeKind::Update, mode_change(*old, *new)?, None)
        }
        (State::Symlink { target: old }, State::Symlink { target: new }) if old == new => return None,
        (State::Symlink { target: old }, State::Symlink { target }) => {
            (ChangeKind::Update, format!("{} -> {}", old.display(), target.display()), None)
        }
        (
            State::File { size: old_size, mode: old_mode, stamp: old_stamp, content: old },
            State::File { size, mode, stamp, content: new },
        ) => {
            let same = match (old, new) {
                (Some(old), Some(new)) => old == new,
                _ => old_size == size && old_stamp == stamp,
            };
            let mode = mode_change(*old_mode, *mode);
            if same {
                (ChangeKind::Update, mode?, None)
            } else {
                let diff = old.as_deref().and_then(|old| diff(old, new.as_deref()));
                let sizes = format!("{old_size} -> {size} bytes");
                let summary =
                    [diff.is_none().then_some(sizes), mode].into_iter().flatten().collect::<Vec<_>>().join(", ");
                (ChangeKind::Update, summary, diff)
            }
        }
        (_, after) => (ChangeKind::Replace, describe_new(after, dir, relative), None),
    };
    Some(Change {
        kind,
        source: ChangeSource::Files,
        target: machine.display().to_string(),
        summary,
        diff,
        detail: serde_json::Value::Null,
    })
}

fn mode_change(old: u32, new: u32) -> Option<String> {
    (old != new).then(|| format!("mode {old:04o} -> {new:04o}"))
}

fn content(state: &State) -> Option<&[u8]> {
    match state {
        State::File { content, .. } => content.as_deref(),
        _ => None,
    }
}

fn describe_new(state: &State, dir: &Dir, relative: &Path) -> String {
    match state {
        State::Directory { .. } => {
            let mut count = 0;
            if let Ok(dir) = dir.open_dir(relative) {
                count_files(&dir, &mut count, 0);
            }
            if count == 0 { "directory".into() } else { files(count) }
        }
        State::Symlink { target } => format!("-> {}", target.display()),
        State::File { size, .. } => format!("{size} bytes"),
        State::Missing | State::Special => String::new(),
    }
}

fn count_files(dir: &Dir, count: &mut usize, depth: usize) {
    let Ok(entries) = dir.list(MAX_COUNTED) else { return };
    for (name, kind) in entries {
        if *count > MAX_COUNTED || depth > 200 {
            return;
        }
        if kind != Kind::Directory {
            *count += 1;
        } else if let Ok(inner) = dir.open_dir_nofollow(Path::new(&name)) {
            count_files(&inner, count, depth + 1);
        }
    }
}

/// What is in a new directory: each file with a line `+++ path`, and below it its lines if it is text. None if there is
/// nothing in it.
fn tree_diff(dir: &Dir, relative: &Path) -> Option<String> {
    let mut lines = Vec::new();
    add_tree(&dir.open_dir(relative).ok()?, Path::new(""), &mut lines, 0);
    if lines.len() > MAX_TREE_LINES {
        lines.truncate(MAX_TREE_LINES);
        lines.push("...".to_owned());
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn add_tree(dir: &Dir, above: &Path, lines: &mut Vec<String>, depth: usize) {
    let Ok(mut entries) = dir.list(MAX_COUNTED) else { return };
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    for (name, _) in entries {
        if lines.len() > MAX_TREE_LINES || depth > 200 {
            return;
        }
        let (name, path) = (Path::new(&name), above.join(&name));
        let shown = path.display();
        match state_of(dir, name, true) {
            State::Directory { .. } => {
                if let Ok(inner) = dir.open_dir_nofollow(name) {
                    add_tree(&inner, &path, lines, depth + 1);
                }
            }
            State::Symlink { target } => lines.push(format!("+++ {shown} -> {}", target.display())),
            State::File { size, content, .. } => match content.as_deref().map(std::str::from_utf8) {
                Some(Ok(text)) if !text.contains('\0') => {
                    lines.push(format!("+++ {shown}"));
                    lines.extend(text.lines().take(MAX_TREE_LINES).map(|line| format!("+{line}")));
                }
                _ => lines.push(format!("+++ {shown} ({size} bytes)")),
            },
            State::Missing | State::Special => {}
        }
    }
}

/// A unified diff without its header, if both sides are text.
fn diff(before: &[u8], after: Option<&[u8]>) -> Option<String> {
    let before = std::str::from_utf8(before).ok()?;
    let after = std::str::from_utf8(after?).ok()?;
    if before.contains('\0') || after.contains('\0') {
        return None;
    }
    let text = similar::TextDiff::from_lines(before, after).unified_diff().context_radius(2).to_string();
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.len() > MAX_DIFF_LINES {
        lines.truncate(MAX_DIFF_LINES);
        lines.push("...");
    }
    Some(lines.join("\n"))
}
