use std::path::{Component, Path, PathBuf};

/// The path as an absolute one that starts at `folder` if it is relative, without `.` and `..`. It is taken by its
/// words alone: no link is followed.
pub(super) fn absolute(folder: &Path, path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in folder.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                // Above the root is the root.
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_at_the_folder() {
        let absolute = |path: &str| absolute(Path::new("/srv/app"), Path::new(path)).display().to_string();
        assert_eq!(absolute("out/./x"), "/srv/app/out/x");
        assert_eq!(absolute("../other/"), "/srv/other");
        assert_eq!(absolute("/etc/../../x"), "/x");
        assert_eq!(absolute("../../../.."), "/");
    }
}
