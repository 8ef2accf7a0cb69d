use std::sync::Arc;

use toml_edit::{Document, Item, Table};
use wharf_model::{
    ComponentPin, Diagnostic, Lock, LockedComponent, LockedPackage, LockedPower, LockedStep, PackagePin, PowerKind,
    SourceFile, Span,
};

use super::FORMAT;

/// Reads a lock. Keys that are not known are left to those who know them.
///
/// # Errors
/// Everything that is wrong with the text, with its places.
pub fn read_lock(file: &Arc<SourceFile>) -> Result<Lock, Vec<Diagnostic>> {
    let document = Document::parse(file.text.as_str()).map_err(|error| {
        let message = format!("this is no TOML: {}", error.message().lines().next().unwrap_or("it cannot be read"));
        let problem = Diagnostic::error("bad-lock", message).at(&span(file, error.span()));
        vec![problem.help("if two branches met here, remove the file and run `wharf lock`")]
    })?;
    let mut reading = Reading { file, problems: Vec::new() };
    let lock = reading.lock(document.as_table());
    if reading.problems.is_empty() { Ok(lock) } else { Err(reading.problems) }
}

fn span(file: &Arc<SourceFile>, range: Option<std::ops::Range<usize>>) -> Span {
    let range = range.unwrap_or(0..0);
    Span::new(Arc::clone(file), range.start, range.end)
}

struct Reading<'a> {
    file: &'a Arc<SourceFile>,
    problems: Vec<Diagnostic>,
}

impl Reading<'_> {
    fn lock(&mut self, root: &Table) -> Lock {
        match root.get("format").map(|item| (item.as_integer(), item.span())) {
            Some((Some(FORMAT), _)) => {}
            Some((Some(format), place)) if format > FORMAT => {
                let message = format!("this lock has format {format}, and this wharf knows format {FORMAT}");
                let place = span(self.file, place);
                self.problems.push(Diagnostic::error("bad-lock", message).at(&place).help("use a newer wharf"));
                return Lock::default();
            }
            found => {
                let place = span(self.file, found.and_then(|(_, place)| place));
                let problem = Diagnostic::error("bad-lock", "a lock begins with `format = 1`").at(&place);
                self.problems.push(problem);
                return Lock::default();
            }
        }
        Lock {
            wharf: self.optional(root, "wharf").unwrap_or_default(),
            components: self.entries(root, "component").iter().filter_map(|entry| self.component(entry)).collect(),
            steps: self.entries(root, "step").iter().filter_map(|entry| self.step(entry)).collect(),
            packages: self.entries(root, "package").iter().filter_map(|entry| self.package(entry)).collect(),
        }
    }

    fn component(&mut self, entry: &Table) -> Option<LockedComponent> {
        let uses = self.text(entry, "uses")?;
        let pin = match self.optional(entry, "digest") {
            Some(digest) => Some(ComponentPin {
                version: self.text(entry, "version")?,
                digest: self.digest(entry, digest)?,
                world: self.optional(entry, "world"),
            }),
            None => None,
        };
        let powers = self.texts(entry, "powers");
        Some(LockedComponent { uses, pin, powers: in_order(powers) })
    }

    fn step(&mut self, entry: &Table) -> Option<LockedStep> {
        let process = self.optional(entry, "process").unwrap_or_else(|| "deploy".into());
        let (id, uses) = (self.text(entry, "id")?, self.text(entry, "uses")?);
        let mut powers = Vec::new();
        for power in LockedPower::WORDS {
            let patterns = self.texts(entry, power).into_iter();
            powers.extend(patterns.map(|pattern| LockedPower { power: power.to_owned(), pattern }));
        }
        Some(LockedStep { process, id, uses, powers })
    }

    fn package(&mut self, entry: &Table) -> Option<LockedPackage> {
        let digest = self.text(entry, "digest")?;
        Some(LockedPackage {
            reference: self.text(entry, "reference")?,
            feed: self.text(entry, "feed")?,
            id: self.text(entry, "id")?,
            wanted: self.optional(entry, "wanted").unwrap_or_default(),
            prerelease: entry.get("prerelease").and_then(Item::as_bool).unwrap_or_default(),
            pin: PackagePin { version: self.text(entry, "version")?, digest: self.digest(entry, digest)? },
        })
    }

    fn entries<'a>(&mut self, root: &'a Table, key: &str) -> Vec<&'a Table> {
        match root.get(key) {
            None => Vec::new(),
            Some(Item::ArrayOfTables(entries)) => entries.iter().collect(),
            Some(other) => {
                self.problem(format!("`{key}` must be a list of tables, `[[{key}]]`"), other.span());
                Vec::new()
            }
        }
    }

    fn text(&mut self, entry: &Table, key: &str) -> Option<String> {
        let text = self.optional(entry, key);
        if text.is_none() && !entry.contains_key(key) {
            self.problem(format!("`{key}` is missing here"), entry.span());
        }
        text
    }

    fn optional(&mut self, entry: &Table, key: &str) -> Option<String> {
        let item = entry.get(key)?;
        let text = item.as_str().map(str::to_owned);
        if text.is_none() {
            self.problem(format!("`{key}` must be text"), item.span());
        }
        text
    }

    fn texts(&mut self, entry: &Table, key: &str) -> Vec<String> {
        let Some(item) = entry.get(key) else { return Vec::new() };
        let texts = item.as_array().and_then(|array| array.iter().map(|one| one.as_str().map(str::to_owned)).collect());
        if texts.is_none() {
            self.problem(format!("`{key}` must be a list of texts"), item.span());
        }
        texts.unwrap_or_default()
    }

    fn digest(&mut self, entry: &Table, digest: String) -> Option<String> {
        let is_one = digest.strip_prefix("sha256:").is_some_and(|hex| {
            hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        });
        if !is_one {
            let place = entry.get("digest").and_then(Item::span);
            self.problem("a digest is `sha256:` and 64 hexadecimal digits".to_owned(), place);
        }
        is_one.then_some(digest)
    }

    fn problem(&mut self, message: String, place: Option<std::ops::Range<usize>>) {
        let problem = Diagnostic::error("bad-lock", message).at(&span(self.file, place));
        self.problems.push(problem.help("`wharf lock` writes a new one where there is none"));
    }
}

/// Known kinds in their usual order, others behind them.
fn in_order(mut powers: Vec<String>) -> Vec<String> {
    powers.sort_by_key(|power| PowerKind::ALL.iter().position(|kind| kind.as_str() == power).unwrap_or(usize::MAX));
    powers
}
