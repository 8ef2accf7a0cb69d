use std::collections::{HashMap, HashSet};
use std::path::{Component, Path};

use wharf_model::{Change, ChangeKind, ChangeSource};

/// A line of a listing of changes: one thing, or a directory with many of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folded {
    /// What was done.
    pub kind: ChangeKind,
    /// The thing, as short as it can be said.
    pub target: String,
    /// What stands behind it: `12 files`, or the change's own summary.
    pub summary: String,
    /// The changes of the step that it stands for, by index.
    pub members: Vec<usize>,
}

/// The changes as at most about `most` lines: files of one kind are gathered under a directory that holds them all
/// until the listing is short enough. Paths below `folder` are relative to it.
pub(crate) fn fold_changes(changes: &[Change], folder: &Path, most: usize) -> Vec<Folded> {
    let mut groups: Vec<Group> = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let is_file = change.source == ChangeSource::Files;
        let target = if is_file { shorten_path(&change.target, folder) } else { change.target.clone() };
        let counted = counted_files(&change.summary).filter(|_| is_file);
        let is_directory = counted.is_some() || is_file && target.ends_with(['/', '\\']);
        let parts = if is_file { split(&target) } else { vec![target] };
        let files = counted.unwrap_or(usize::from(!is_directory));
        let member = Member { index, parts, is_directory, files };
        match groups.iter_mut().find(|group| is_file && group.is_file && group.kind == change.kind) {
            Some(group) => group.members.push(member),
            None => groups.push(Group { kind: change.kind, is_file, depth: 0, members: vec![member] }),
        }
    }
    groups.iter_mut().for_each(Group::drop_covered);
    groups.iter_mut().for_each(Group::descend);
    split_while_short(&mut groups, most);
    groups.into_iter().map(|group| group.into_line(changes)).collect()
}

/// A path below `folder` relative to it; any other as it is.
pub(crate) fn shorten_path(path: &str, folder: &Path) -> String {
    let Ok(relative) = Path::new(path).strip_prefix(folder) else { return path.to_owned() };
    let plain = relative.components().all(|component| matches!(component, Component::Normal(_)));
    if !plain || relative.as_os_str().is_empty() {
        return path.to_owned();
    }
    let end = if path.ends_with(['/', '\\']) { "/" } else { "" };
    format!("{}{end}", relative.display())
}

fn split(target: &str) -> Vec<String> {
    let trimmed = target.trim_end_matches(['/', '\\']);
    trimmed.split(['/', '\\']).map(str::to_owned).collect()
}

/// The number in `12 files`: the change is of a directory with all that is in it.
fn counted_files(summary: &str) -> Option<usize> {
    let (number, word) = summary.split_once(' ')?;
    matches!(word, "file" | "files").then(|| number.parse().ok()).flatten()
}

struct Member {
    index: usize,
    parts: Vec<String>,
    is_directory: bool,
    /// How many files it stands for.
    files: usize,
}

/// Changes of one kind below one directory.
struct Group {
    kind: ChangeKind,
    is_file: bool,
    /// How many leading parts all members share.
    depth: usize,
    members: Vec<Member>,
}

impl Group {
    /// Takes out what lies below a directory that stands for all that is in it.
    fn drop_covered(&mut self) {
        let whole: HashSet<Vec<String>> = self
            .members
            .iter()
            .filter(|member| member.is_directory && member.files > 0)
            .map(|member| member.parts.clone())
            .collect();
        let is_below = |member: &Member| (1..member.parts.len()).any(|depth| whole.contains(&member.parts[..depth]));
        self.members.retain(|member| !is_below(member));
    }

    /// Goes down to the deepest directory that holds all members.
    fn descend(&mut self) {
        let Some((first, others)) = self.members.split_first() else { return };
        let mut depth = first.parts.len().saturating_sub(usize::from(!first.is_directory));
        for other in others {
            depth = first.parts.iter().zip(&other.parts).take(depth).take_while(|(a, b)| a == b).count();
        }
        self.depth = depth;
    }

    /// The groups one level deeper, in order of appearance.
    fn children(&self) -> Vec<Vec<usize>> {
        let mut children: Vec<Vec<usize>> = Vec::new();
        let mut by_name: HashMap<Option<&String>, usize> = HashMap::new();
        for (at, member) in self.members.iter().enumerate() {
            let child = *by_name.entry(member.parts.get(self.depth)).or_insert_with(|| {
                children.push(Vec::new());
                children.len() - 1
            });
            children[child].push(at);
        }
        children
    }

    fn into_line(self, changes: &[Change]) -> Folded {
        let members: Vec<usize> = self.members.iter().map(|member| member.index).collect();
        if let [only] = self.members.as_slice() {
            let change = &changes[only.index];
            let end = if only.is_directory { "/" } else { "" };
            let target = format!("{}{end}", only.parts.join("/"));
            return Folded { kind: self.kind, target, summary: change.summary.clone(), members };
        }
        let files: usize = self.members.iter().map(|member| member.files).sum();
        let summary = match files {
            0 => format!("{} directories", self.members.len()),
            1 => "1 file".to_owned(),
            _ => format!("{files} files"),
        };
        let shared = &self.members[0].parts[..self.depth];
        let target = if shared.is_empty() { "./".to_owned() } else { format!("{}/", shared.join("/")) };
        Folded { kind: self.kind, target, summary, members }
    }
}

/// Splits the group with the most members that can be split, as long as the listing stays short.
fn split_while_short(groups: &mut Vec<Group>, most: usize) {
    loop {
        let mut candidates: Vec<usize> = (0..groups.len()).filter(|at| groups[*at].members.len() > 1).collect();
        candidates.sort_by_key(|at| std::cmp::Reverse(groups[*at].members.len()));
        let room = most.saturating_sub(groups.len());
        let found = candidates.into_iter().find_map(|at| {
            let children = groups[at].children();
            (children.len() > 1 && children.len() - 1 <= room).then_some((at, children))
        });
        let Some((at, children)) = found else { return };
        let group = groups.remove(at);
        let mut members: Vec<Option<Member>> = group.members.into_iter().map(Some).collect();
        for (offset, child) in children.into_iter().enumerate() {
            let members = child.into_iter().filter_map(|index| members[index].take()).collect();
            let mut child = Group { kind: group.kind, is_file: group.is_file, depth: 0, members };
            child.descend();
            groups.insert(at + offset, child);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(kind: ChangeKind, target: &str) -> Change {
        let detail = serde_json::Value::Null;
        Change { kind, source: ChangeSource::Files, target: target.into(), summary: String::new(), diff: None, detail }
    }

    fn listing(changes: &[Change], most: usize) -> Vec<String> {
        fold_changes(changes, Path::new("/srv"), most)
            .into_iter()
            .map(|line| format!("{} {} {}", line.kind.sign(), line.target, line.summary).trim_end().to_owned())
            .collect()
    }

    #[test]
    fn few_changes_are_listed_one_by_one() {
        let changes = [change(ChangeKind::Create, "/srv/site/a.html"), change(ChangeKind::Update, "/etc/motd")];
        assert_eq!(listing(&changes, 8), ["+ site/a.html", "~ /etc/motd"]);
    }

    #[test]
    fn many_changes_are_gathered_under_their_directory() {
        let mut changes: Vec<Change> =
            (0..12).map(|n| change(ChangeKind::Create, &format!("/srv/site/releases/1.0.78/{n}.html"))).collect();
        changes.push(change(ChangeKind::Update, "/srv/site/current"));
        assert_eq!(
            listing(&changes, 8),
            ["+ site/releases/1.0.78/ (12 files)".replace(['(', ')'], ""), "~ site/current".into()]
        );
    }

    #[test]
    fn a_listing_is_as_fine_as_its_length_allows() {
        let mut changes: Vec<Change> =
            (0..30).map(|n| change(ChangeKind::Create, &format!("/srv/a/deep/{n}"))).collect();
        changes.extend((0..30).map(|n| change(ChangeKind::Create, &format!("/srv/b/{n}"))));
        changes.push(change(ChangeKind::Create, "/srv/c"));
        assert_eq!(listing(&changes, 8), ["+ a/deep/ 30 files", "+ b/ 30 files", "+ c"]);
        assert_eq!(listing(&changes, 1), ["+ ./ 61 files"]);
    }

    #[test]
    fn a_new_directory_is_no_file() {
        let changes = [
            change(ChangeKind::Create, "/srv/a/"),
            change(ChangeKind::Create, "/srv/a/b/"),
            change(ChangeKind::Create, "/srv/a/b/c"),
        ];
        assert_eq!(listing(&changes, 1), ["+ a/ 1 file"]);
        assert_eq!(listing(&changes[..1], 1), ["+ a/"]);
    }

    #[test]
    fn a_directory_that_stands_for_its_files_hides_them() {
        let with =
            |target: &str, summary: &str| Change { summary: summary.into(), ..change(ChangeKind::Create, target) };
        let changes = [with("/srv/out", "3 files"), with("/srv/out/Dev", "3 files"), with("/srv/outer", "")];
        assert_eq!(listing(&changes, 8), ["+ out/ 3 files", "+ outer"]);
        assert_eq!(listing(&changes, 1), ["+ ./ 4 files"]);
    }
}
