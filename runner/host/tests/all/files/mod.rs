//! Files, by grant: what works, what is refused, how one might escape, and what is said of changes.

mod changes;
mod escape;
mod granted;
mod kinds;
mod work;

pub(crate) use granted::files;

use std::path::Path;

use crate::support::Bench;

/// A step that does what the script says, with `ROOT` standing for a folder. It is planned first.
fn does(root: &Path, script: &str) -> Bench {
    let script = script.replace("ROOT", root.to_str().expect("a folder's name is UTF-8"));
    Bench { planned_in: Some(root.to_owned()), ..Bench::new("files").script(script) }
}

/// A folder with `in/file`, `in/sub/deep`, and `out/secret` beside them.
fn tree() -> tempfile::TempDir {
    let root = crate::support::folder();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    write("in/file", "content");
    write("in/sub/deep", "deep content");
    write("out/secret", "secret");
    root
}

/// Everything in a folder, a line each: for showing that nothing happened to it.
pub(crate) fn contents(folder: &Path) -> String {
    let mut lines = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("it is a folder") {
            let path = entry.expect("it can be read").path();
            let name = path.strip_prefix(folder).expect("it is in it").display().to_string();
            let metadata = path.symlink_metadata().expect("it is there");
            if metadata.is_dir() {
                lines.push(format!("{name}/"));
                folders.push(path);
            } else if metadata.is_symlink() {
                lines.push(format!("{name} -> {}", std::fs::read_link(&path).expect("it is a link").display()));
            } else if metadata.is_file() {
                lines.push(format!(
                    "{name}: {}",
                    String::from_utf8_lossy(&std::fs::read(&path).expect("it can be read"))
                ));
            } else {
                lines.push(format!("{name}?"));
            }
        }
    }
    lines.sort();
    lines.join("\n").replace(folder.to_str().expect("a folder's name is UTF-8"), "ROOT")
}
