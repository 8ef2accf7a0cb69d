//! Guest paths: absolute, `/` between the parts, the machine's own names. On Unix a guest path *is* the machine's path;
//! on Windows `C:\data` is `/C:/data`. Only `/work` is a name of the sandbox's own.

use std::path::{Component, Path, PathBuf};

/// The private directory of a step.
pub(crate) const WORK: &str = "/work";

/// The most bytes in one path, as on most systems.
pub(crate) const MAX_PATH_BYTES: usize = 4096;

/// The guest's name of a machine path. The path must be absolute; `.` and `..` in it are taken lexically.
pub(crate) fn guest_path(machine: &Path) -> PathBuf {
    let mut guest = PathBuf::from("/");
    for component in machine.components() {
        match component {
            Component::Prefix(prefix) => guest.push(prefix.as_os_str()),
            Component::Normal(name) => guest.push(name),
            Component::ParentDir => {
                guest.pop();
            }
            Component::RootDir | Component::CurDir => {}
        }
    }
    guest
}

/// A path as a guest gave it, in parts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RelativePath<'a> {
    pub(crate) parts: Vec<&'a str>,
    /// It ended in `/` or `/.`, so it must be a directory.
    pub(crate) must_be_directory: bool,
    /// It has a `..` somewhere.
    pub(crate) has_parent: bool,
}

/// Why a path is refused before anything looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathRefused {
    #[error("the path is empty")]
    Empty,
    #[error("the path is absolute where it must be relative")]
    Absolute,
    #[error("the path is longer than {MAX_PATH_BYTES} bytes")]
    TooLong,
    #[error("the path holds a zero byte")]
    HasNul,
    #[error("the path has more `..` than parts before them: it would leave the directory that it starts from")]
    Escapes,
}

impl<'a> RelativePath<'a> {
    pub(crate) fn parse(path: &'a str) -> Result<Self, PathRefused> {
        if path.is_empty() {
            return Err(PathRefused::Empty);
        }
        if path.starts_with('/') {
            return Err(PathRefused::Absolute);
        }
        if path.len() > MAX_PATH_BYTES {
            return Err(PathRefused::TooLong);
        }
        if path.contains('\0') {
            return Err(PathRefused::HasNul);
        }
        let must_be_directory = path.ends_with('/') || path.ends_with("/.") || path == "." || path.ends_with("..");
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let mut depth = 0_usize;
        for part in &parts {
            depth = match *part {
                ".." => depth.checked_sub(1).ok_or(PathRefused::Escapes)?,
                _ => depth + 1,
            };
        }
        let has_parent = parts.contains(&"..");
        Ok(Self { parts, must_be_directory, has_parent })
    }

    /// The same for the system; `.` for the directory itself.
    pub(crate) fn to_path(&self) -> PathBuf {
        if self.parts.is_empty() { PathBuf::from(".") } else { self.parts.iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_and_bad_ones_refused() {
        let path = RelativePath::parse("a//b/./c/").expect("a good path");
        assert_eq!(path.parts, ["a", "b", "c"]);
        assert!(path.must_be_directory && !path.has_parent);
        assert_eq!(RelativePath::parse("/a"), Err(PathRefused::Absolute));
        assert_eq!(RelativePath::parse(""), Err(PathRefused::Empty));
        assert_eq!(RelativePath::parse("a/../../b"), Err(PathRefused::Escapes));
        assert_eq!(RelativePath::parse("a\0b"), Err(PathRefused::HasNul));
        assert!(RelativePath::parse("a/../b").expect("stays inside").has_parent);
    }

    #[cfg(unix)]
    #[test]
    fn a_guest_path_is_the_machines_path() {
        assert_eq!(guest_path(Path::new("/srv/app/../x/./y")), Path::new("/srv/x/y"));
    }
}
