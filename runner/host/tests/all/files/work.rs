//! `/work` is private: empty at the start, gone at the end, and nobody else's.

use insta::assert_snapshot;

use super::{does, tree};
use crate::support::Bench;

#[test]
fn work_is_private_and_gone_afterwards() {
    let root = tree();
    let script = "list /work\nwrite /work/a one\nmkdirs /work/d/e\nwrite /work/d/e/f two\nread /work/d/e/f\nlist /work\nlist /\nmode /work
        symlink /work/d/e/f /work/link\nread /work/link\nsymlink /etc/passwd /work/out\nread /work/out\nnative /work/a\nrmdir /work
        rename /work /worked\nremove-all /work\nlist /work\nwrite /work/b three\nread /work/../etc/passwd\nread /work/../work/b";
    let outcome = does(root.path(), script).run();
    let transcript = outcome.transcript(root.path());
    let native =
        transcript.lines().find_map(|line| line.strip_prefix("native /work/a => ")).expect("its own path").to_owned();
    let folder = std::path::Path::new(&native).parent().expect("the private folder");
    assert!(!folder.exists(), "{} is still there", folder.display());
    assert_snapshot!(transcript.replace(folder.to_str().expect("UTF-8"), "PRIVATE"), @r#"
    list /work => []
    write /work/a one => ok
    mkdirs /work/d/e => ok
    write /work/d/e/f two => ok
    read /work/d/e/f => "two"
    list /work => [a d/]
    list / => [work/]
    mode /work => 0755
    symlink /work/d/e/f /work/link => ok
    read /work/link => "two"
    symlink /etc/passwd /work/out => ERROR access
    read /work/out => ERROR No such file or directory (os error 44)
    native /work/a => PRIVATE/a
    rmdir /work => ERROR Invalid argument (os error 28)
    rename /work /worked => ERROR Invalid argument (os error 28)
    remove-all /work => ERROR Invalid argument (os error 28)
    list /work => []
    write /work/b three => ok
    read /work/../etc/passwd => ERROR Permission denied (os error 2)
    read /work/../work/b => "three"
    "#);
    assert!(outcome.changes().is_empty());
    // Nor does the next step see anything of it.
    assert_eq!(does(root.path(), "list /work").run().transcript(root.path()), "list /work => []\n");
}

/// A step that is ended in the middle leaves nothing behind either.
#[test]
fn work_is_gone_after_a_trap_too() {
    let root = tree();
    let before = leftovers();
    let outcome = does(root.path(), "write /work/a trapped\nno-such-operation").fails();
    assert_eq!(outcome.failure().code, wharf_model::FailureCode::Trapped);
    assert!(leftovers().iter().all(|name| before.contains(name) || !holds(name, "a", "trapped")));
}

fn leftovers() -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(std::env::temp_dir()).expect("the folder for temporary files");
    entries.flatten().map(|entry| entry.path()).filter(|path| path.to_string_lossy().contains("wharf-work-")).collect()
}

fn holds(folder: &std::path::Path, name: &str, text: &str) -> bool {
    std::fs::read_to_string(folder.join(name)).is_ok_and(|content| content == text)
}

/// Removing a tree must neither need a handle for each level nor end the host by its depth; and what nobody may read
/// must go as well.
#[test]
fn work_is_removed_however_deep_it_is() {
    let root = tree();
    let script = "mkdir /work/tree\nhold tree /work/tree rm\ndeep tree 1000\ndrop tree\nmkdir /work/closed\nwrite /work/closed/x y
        chmod /work/closed/x 0\nchmod /work/closed 0\nnative /work";
    let outcome = does(root.path(), script).run();
    let transcript = outcome.transcript(root.path());
    let native =
        transcript.lines().find_map(|line| line.strip_prefix("native /work => ")).expect("its own path").to_owned();
    assert!(transcript.contains("deep tree 1000 => ok"), "{transcript}");
    assert!(!std::path::Path::new(&native).exists());
    Bench::new("noop").run().succeeded();
}

#[test]
fn work_and_grants_are_two_filesystems_for_what_is_counted() {
    let root = tree();
    let script = "write /work/a from work\nrename /work/a ROOT/in/a\nread ROOT/in/a\nrename ROOT/in/file /work/file\nread /work/file
        link /work/file ROOT/in/linked\nlink ROOT/in/a /work/linked\nmkdir /work/d\nrename /work/d ROOT/in/d\nrename ROOT/in/sub /work/sub";
    let outcome = does(root.path(), script).write(&root.path().join("in")).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    write /work/a from work => ok
    rename /work/a ROOT/in/a => ok
    read ROOT/in/a => "from work"
    rename ROOT/in/file /work/file => ok
    read /work/file => "content"
    link /work/file ROOT/in/linked => ERROR Cross-device link (os error 75)
    link ROOT/in/a /work/linked => ERROR Cross-device link (os error 75)
    mkdir /work/d => ok
    rename /work/d ROOT/in/d => ERROR Cross-device link (os error 75)
    rename ROOT/in/sub /work/sub => ERROR Cross-device link (os error 75)
    "#);
    assert_snapshot!(outcome.change_lines(root.path()).join("\n"), @"
    + in/a 9 bytes
    - in/file
    ");
}
