use thiserror::Error;

use crate::{EntryPatterns, PatternError};

/// Why a text does not say which files go where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RelativeGlobError {
    /// What stands before `=>` is no glob.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// What stands behind `=>` leaves the destination.
    #[error("`{0}` would leave the destination: behind `=>` stands a relative path without `..`")]
    Target(String),
}

/// Which files go where, as Calamari writes it: `content/**/* => bob` moves what lies beneath `content` beneath `bob`,
/// `content/**/* => bob/*` puts all of it directly into `bob`, and without `=>` it goes beneath the root. What is kept of
/// a path is what stands behind the folders of the glob that have no `*`.
#[derive(Debug, Clone)]
pub struct RelativeGlob {
    patterns: EntryPatterns,
    /// The folders of the glob that have no `*`, with a `/` at their end.
    base: String,
    /// The folder behind `=>`; empty for the root, and without a `/` at its end.
    target: String,
    flattens: bool,
}

impl RelativeGlob {
    /// Parses a glob and perhaps a target.
    pub fn parse(text: &str) -> Result<Self, RelativeGlobError> {
        let (glob, target) = text.split_once("=>").unwrap_or((text, ""));
        let (glob, target) = (glob.trim().replace('\\', "/"), target.trim().replace('\\', "/"));
        if target.starts_with('/') || target.contains(':') || target.split('/').any(|part| part == "..") {
            return Err(RelativeGlobError::Target(text.to_owned()));
        }
        let patterns = EntryPatterns::new(&[&glob])?;
        let mut base = String::new();
        for folder in glob.split('/').take_while(|part| !part.contains('*')) {
            base.push_str(folder);
            base.push('/');
        }
        let flattens = target.contains('*') && !target.contains("**");
        let target = target.replace('*', "").trim_end_matches('/').to_owned();
        Ok(Self { patterns, base, target, flattens })
    }

    /// Where a file goes; nowhere if it is not meant.
    pub fn map(&self, path: &str) -> Option<String> {
        self.patterns.matches(path).then(|| self.target_of(path))
    }

    /// Where a file goes of which it is known that it is meant.
    pub fn target_of(&self, path: &str) -> String {
        let kept = if self.flattens {
            path.rsplit('/').next().unwrap_or(path)
        } else {
            // A glob that names one file keeps its name.
            let name = || path.rsplit('/').next().unwrap_or(path);
            path.strip_prefix(self.base.as_str()).unwrap_or_else(|| if self.is_file(path) { name() } else { path })
        };
        if self.target.is_empty() { kept.to_owned() } else { format!("{}/{kept}", self.target) }
    }

    fn is_file(&self, path: &str) -> bool {
        self.base.trim_end_matches('/') == path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_where_they_are_sent() {
        let shown: Vec<String> = [
            ("**/*", "content/a/b.txt"),
            ("content/**/*", "content/a/b.txt"),
            ("content/**/* => bob", "content/a/b.txt"),
            ("content/**/* => bob/", "content/a/b.txt"),
            (r"content\**\* => bob\x", "content/a/b.txt"),
            ("content/**/* => bob/**", "content/a/b.txt"),
            ("content/**/* => bob/*", "content/a/b.txt"),
            ("content/a/b.txt => bob", "content/a/b.txt"),
            ("content/*.txt => bob", "content/a/b.txt"),
            ("a => ../b", "a"),
            ("a => /b", "a"),
            ("[a", "a"),
        ]
        .into_iter()
        .map(|(glob, path)| {
            let mapped = RelativeGlob::parse(glob).map(|glob| glob.map(path));
            let mapped = mapped.map_or_else(|error| error.to_string(), |to| to.unwrap_or_else(|| "nowhere".to_owned()));
            format!("{glob}: {mapped}")
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        **/*: content/a/b.txt
        content/**/*: a/b.txt
        content/**/* => bob: bob/a/b.txt
        content/**/* => bob/: bob/a/b.txt
        content\**\* => bob\x: bob/x/a/b.txt
        content/**/* => bob/**: bob/a/b.txt
        content/**/* => bob/*: bob/b.txt
        content/a/b.txt => bob: bob/b.txt
        content/*.txt => bob: nowhere
        a => ../b: `a => ../b` would leave the destination: behind `=>` stands a relative path without `..`
        a => /b: `a => /b` would leave the destination: behind `=>` stands a relative path without `..`
        [a: `[a` is no glob: unclosed character class; missing ']'
        ");
    }
}
