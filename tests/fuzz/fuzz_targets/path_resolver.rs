//! Whatever a guest does with paths, links and renames: nothing outside its grants is read or changed.
#![no_main]

use std::os::unix::fs::symlink;
use std::path::Path;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use wharf_host::fuzzing::{FileOperation, FileTrial};

const CANARY: &str = "never to be read or changed by a guest";

#[derive(Debug, Arbitrary)]
struct Trial {
    operations: Vec<(u8, Vec<u8>, Vec<u8>)>,
}

/// Paths of a small alphabet, so that operations meet.
fn path(choices: &[u8], root: &str) -> String {
    const PARTS: [&str; 12] = ["a", "b", "c", "..", ".", "", "granted", "readable", "secret", "out", "abs", "up"];
    let mut path = if choices.first().is_some_and(|first| first % 3 == 0) { String::new() } else { root.to_owned() };
    for choice in choices.iter().take(8) {
        path.push('/');
        path.push_str(PARTS[usize::from(*choice) % PARTS.len()]);
    }
    path
}

fuzz_target!(|trial: Trial| {
    let folder = tempfile::tempdir().expect("a folder for the trial");
    let root = folder.path().canonicalize().expect("it is there");
    let make = |path: &Path, content: &str| std::fs::write(path, content).expect("the folder is writable");
    for name in ["granted", "readable", "secret"] {
        std::fs::create_dir(root.join(name)).expect("the folder is writable");
    }
    make(&root.join("granted/a"), "ours");
    make(&root.join("readable/a"), "theirs");
    make(&root.join("secret/a"), CANARY);
    symlink(root.join("secret"), root.join("granted/abs")).expect("links can be made");
    symlink("../secret", root.join("granted/up")).expect("links can be made");
    symlink(root.join("granted"), root.join("readable/out")).expect("links can be made");

    let mut files = FileTrial::new(&root.join("granted"), &root.join("readable"));
    let text = root.to_str().expect("the temporary folder is UTF-8");
    for (operation, one, other) in trial.operations.iter().take(40) {
        let (one, other) = (path(one, text), path(other, text));
        let operation = match operation % 9 {
            0 => FileOperation::Read(one),
            1 => FileOperation::Write(one),
            2 => FileOperation::CreateDirectory(one),
            3 => FileOperation::Remove(one),
            4 => FileOperation::RemoveDirectory(one),
            5 => FileOperation::Rename(one, other),
            6 => FileOperation::HardLink(one, other),
            7 => FileOperation::Symlink { target: other, path: one },
            _ => FileOperation::List(one),
        };
        if let Some(content) = files.act(&operation) {
            assert!(!content.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()), "{operation:?}");
        }
    }
    drop(files);
    assert_eq!(std::fs::read_to_string(root.join("secret/a")).expect("the canary is there"), CANARY);
    let names = |name: &str| std::fs::read_dir(root.join(name)).expect("it is there").count();
    assert_eq!(names("secret"), 1);
    assert_eq!(std::fs::read_to_string(root.join("readable/a")).expect("it is there"), "theirs");
    assert_eq!(names("readable"), 2);
});
