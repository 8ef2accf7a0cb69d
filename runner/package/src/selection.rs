use std::fs::File;
use std::io::Read;
use std::path::Path;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::{ArchiveProblem, EntryPatterns, PatternError, TreeError};

/// A `.gitignore` is not larger.
const IGNORE_FILE_BYTES: u64 = 1024 * 1024;

/// Which files of a folder are packed.
#[derive(Debug, Clone, Default)]
pub struct FileSelection {
    include: EntryPatterns,
    exclude: Option<Gitignore>,
    ignore_files: bool,
}

impl FileSelection {
    /// All files.
    pub fn all() -> Self {
        Self::default()
    }

    /// The files that match one of the globs in `include` (all, if it is empty) and are not excluded.
    ///
    /// `exclude` are lines as in a `.gitignore`: `*.log` excludes such files in all folders, `/bin` and `bin/x` only at
    /// that place, `bin/` only directories, `!keep.log` takes back what an earlier line excluded. A directory that is
    /// excluded is excluded with all that is in it. Case matters.
    pub fn new(include: &[impl AsRef<str>], exclude: &[impl AsRef<str>]) -> Result<Self, PatternError> {
        let lines: Vec<&str> = exclude.iter().map(AsRef::as_ref).collect();
        let exclude = if lines.is_empty() { None } else { Some(compile(&lines)?) };
        Ok(Self { include: EntryPatterns::new(include)?, exclude, ignore_files: false })
    }

    /// Also excludes what the `.gitignore` in the folder and in the folders beneath it exclude. An inner one takes
    /// precedence over an outer one, and the lines given to [`new`](Self::new) over all of them.
    #[must_use]
    pub fn with_ignore_files(self) -> Self {
        Self { ignore_files: true, ..self }
    }

    pub(crate) fn reads_ignore_files(&self) -> bool {
        self.ignore_files
    }

    /// Whether a path is excluded, whose folders are not.
    pub(crate) fn excludes(&self, path: &str, is_dir: bool, ignores: &[IgnoreFile]) -> bool {
        let given = self.exclude.as_ref().map_or(Match::None, |lines| lines.matched(path, is_dir).map(drop));
        let inner_first = ignores.iter().rev().map(|ignore| ignore.matched(path, is_dir));
        std::iter::once(given).chain(inner_first).find(|found| !found.is_none()).is_some_and(|found| found.is_ignore())
    }

    pub(crate) fn includes(&self, path: &str) -> bool {
        self.include.matches(path)
    }

    pub(crate) fn includes_all(&self) -> bool {
        self.include.is_all()
    }
}

/// The `.gitignore` of a directory.
pub(crate) struct IgnoreFile {
    /// The directory's path in the package.
    directory: String,
    lines: Gitignore,
}

impl IgnoreFile {
    /// Reads the one in a directory, if there is one.
    pub(crate) fn read(directory: &Path, path: &str) -> Result<Option<Self>, ArchiveProblem> {
        let file = directory.join(".gitignore");
        if !file.is_file() {
            return Ok(None);
        }
        let mut text = String::new();
        File::open(&file)
            .and_then(|open| open.take(IGNORE_FILE_BYTES + 1).read_to_string(&mut text))
            .map_err(|problem| TreeError::Unreadable { path: file.clone(), problem })?;
        if text.len() as u64 > IGNORE_FILE_BYTES {
            let reason = format!("it has more than {IGNORE_FILE_BYTES} bytes");
            return Err(TreeError::IgnoreFile { path: file, reason }.into());
        }
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        match compile(&lines) {
            Ok(lines) => Ok(Some(Self { directory: path.to_owned(), lines })),
            Err(error) => Err(TreeError::IgnoreFile { path: file, reason: error.to_string() }.into()),
        }
    }

    fn matched(&self, path: &str, is_dir: bool) -> Match<()> {
        let beneath = path.strip_prefix(self.directory.as_str()).unwrap_or(path).trim_start_matches('/');
        self.lines.matched(beneath, is_dir).map(drop)
    }
}

fn compile(lines: &[&str]) -> Result<Gitignore, PatternError> {
    let mut builder = GitignoreBuilder::new("");
    for line in lines {
        builder
            .add_line(None, line)
            .map_err(|error| PatternError { pattern: (*line).to_owned(), reason: error.to_string() })?;
    }
    builder.build().map_err(|error| PatternError { pattern: lines.join(", "), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths that are left; those that end in `/` are directories.
    fn left(exclude: &[&str]) -> String {
        let selection = FileSelection::new(&[] as &[&str], exclude).expect("a test's lines parse");
        let paths = ["a.log", "keep.log", "bin/", "bin/x", "src/bin/", "src/bin/a.dll", "src/a.txt", "src/bin.txt"];
        let mut excluded: Vec<&str> = Vec::new();
        for path in paths {
            let is_beneath = excluded.iter().any(|directory| path.starts_with(directory));
            if is_beneath || selection.excludes(path.trim_end_matches('/'), path.ends_with('/'), &[]) {
                excluded.push(path);
            }
        }
        paths.into_iter().filter(|path| !path.ends_with('/') && !excluded.contains(path)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lines_as_in_a_gitignore() {
        assert_eq!(left(&["*.log"]), "bin/x src/bin/a.dll src/a.txt src/bin.txt");
        assert_eq!(left(&["*.log", "!keep.log"]), "keep.log bin/x src/bin/a.dll src/a.txt src/bin.txt");
        assert_eq!(left(&["bin/"]), "a.log keep.log src/a.txt src/bin.txt");
        assert_eq!(left(&["/bin"]), "a.log keep.log src/bin/a.dll src/a.txt src/bin.txt");
        assert_eq!(left(&["src/*", "!src/bin/"]), "a.log keep.log bin/x src/bin/a.dll");
        assert_eq!(left(&["# a comment", "", "**/*.txt"]), "a.log keep.log bin/x src/bin/a.dll");
        assert_eq!(left(&["bin/", "!bin/x"]), left(&["bin/"]), "nothing comes back out of an excluded directory");
        assert_eq!(left(&["*.LOG"]), left(&[]), "case matters");
    }

    #[test]
    fn a_bad_line_is_named() {
        let error =
            FileSelection::new(&[] as &[&str], &["*.log", "[z-a]"]).expect_err("the class is the wrong way round");
        insta::assert_snapshot!(error, @"`[z-a]` is no glob: error parsing glob '[z-a]': invalid range; 'z' > 'a'");
    }
}
