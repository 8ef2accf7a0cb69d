use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use thiserror::Error;

/// A glob that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{pattern}` is no glob: {reason}")]
pub struct PatternError {
    /// The glob as written.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Globs for paths in an archive, or every path.
///
/// `*` and `?` stay within one part of a path, `**` goes over any number of parts, `[a-z]` and `{a,b}` are understood. `/` separates,
/// a leading `./` or `/` means the archive's root, and a trailing `/` everything beneath. Case matters.
#[derive(Debug, Clone, Default)]
pub struct EntryPatterns {
    set: Option<GlobSet>,
}

impl EntryPatterns {
    /// Every path.
    pub fn all() -> Self {
        Self::default()
    }

    /// Paths that match at least one of the globs; without globs every path.
    pub fn new(patterns: &[impl AsRef<str>]) -> Result<Self, PatternError> {
        if patterns.is_empty() {
            return Ok(Self::all());
        }
        Ok(Self { set: Some(compile(patterns)?) })
    }

    /// Like [`new`](Self::new), but the last part of each glob is looked for in all folders beneath the ones before it:
    /// `Config/*.json` takes `Config/a/b.json`, and `*.json` every JSON file.
    pub fn in_all_folders(patterns: &[impl AsRef<str>]) -> Result<Self, PatternError> {
        let deep = |pattern: &str| {
            let (folders, name) = pattern.rsplit_once('/').map_or(("", pattern), |(folders, name)| (folders, name));
            if folders.is_empty() { format!("**/{name}") } else { format!("{folders}/**/{name}") }
        };
        let patterns: Vec<String> = patterns.iter().map(|pattern| deep(pattern.as_ref())).collect();
        Self::new(&patterns)
    }

    /// Whether a path is taken.
    pub fn matches(&self, path: &str) -> bool {
        self.set.as_ref().is_none_or(|set| set.is_match(path))
    }

    /// Whether every path is taken.
    pub fn is_all(&self) -> bool {
        self.set.is_none()
    }
}

fn compile(patterns: &[impl AsRef<str>]) -> Result<GlobSet, PatternError> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        let pattern = pattern.as_ref();
        let refused =
            |error: globset::Error| PatternError { pattern: pattern.to_owned(), reason: error.kind().to_string() };
        let rooted = pattern.trim_start_matches("./").trim_start_matches('/');
        let whole = if rooted.ends_with('/') { format!("{rooted}**") } else { rooted.to_owned() };
        // A path has `/` on every system; `\` in a pattern escapes.
        let glob = GlobBuilder::new(&whole).literal_separator(true).backslash_escape(true).build().map_err(refused)?;
        builder.add(glob);
    }
    builder.build().map_err(|error| PatternError {
        pattern: error.glob().unwrap_or_default().to_owned(),
        reason: error.kind().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matching(patterns: &[&str]) -> String {
        let patterns = EntryPatterns::new(patterns).expect("a test's globs parse");
        let paths = ["index.html", "web.config", "a/b.html", "a/b/c.html", "a/b.css", "node_modules/x/y.js"];
        paths.into_iter().filter(|path| patterns.matches(path)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn globs_take_what_they_say() {
        assert_eq!(matching(&["**/*.html"]), "index.html a/b.html a/b/c.html");
        assert_eq!(matching(&["*"]), "index.html web.config");
        assert_eq!(matching(&["./a/*"]), "a/b.html a/b.css");
        assert_eq!(matching(&["a/"]), "a/b.html a/b/c.html a/b.css");
        assert_eq!(matching(&["a/**/*.{html,css}"]), "a/b.html a/b/c.html a/b.css");
        assert_eq!(matching(&[]), matching(&["**"]));
        assert_eq!(matching(&["INDEX.html"]), "");
    }

    #[test]
    fn names_are_looked_for_in_all_folders() {
        let matching = |pattern: &str| {
            let patterns = EntryPatterns::in_all_folders(&[pattern]).expect("a test's globs parse");
            let paths = ["index.html", "a/b.html", "a/b/c.html", "b/a/c.html", "a/b.css"];
            paths.into_iter().filter(|path| patterns.matches(path)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(matching("*.html"), "index.html a/b.html a/b/c.html b/a/c.html");
        assert_eq!(matching("a/*.html"), "a/b.html a/b/c.html");
        assert_eq!(matching("/index.html"), "index.html");
    }

    #[test]
    fn a_bad_glob_is_named() {
        let error = EntryPatterns::new(&["a", "b[c"]).expect_err("the class is not closed");
        assert_eq!(error.to_string(), "`b[c` is no glob: unclosed character class; missing ']'");
    }
}
