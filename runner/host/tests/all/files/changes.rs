//! What is said of changes: by what is there in the end, not by what was called.

use insta::assert_snapshot;

use super::{does, tree};

fn changes(script: &str) -> String {
    let root = tree();
    let outcome = does(root.path(), script).write(&root.path().join("in")).run();
    let failed: Vec<String> =
        outcome.transcript(root.path()).lines().filter(|line| line.contains("ERROR")).map(str::to_owned).collect();
    assert!(failed.is_empty(), "{failed:?}");
    outcome.change_lines(root.path()).join("\n")
}

#[test]
fn each_kind_of_change_is_told() {
    assert_snapshot!(changes("write ROOT/in/new hello"), @"+ in/new 5 bytes");
    assert_snapshot!(changes("write ROOT/in/file other"), @"~ in/file");
    assert_snapshot!(changes("append ROOT/in/file more"), @"~ in/file");
    assert_snapshot!(changes("truncate ROOT/in/file 2"), @"~ in/file");
    assert_snapshot!(changes("remove ROOT/in/file"), @"- in/file");
    assert_snapshot!(changes("chmod ROOT/in/file 600\nchmod ROOT/in/sub 700"), @"
    ~ in/file mode 0644 -> 0600
    ~ in/sub mode 0755 -> 0700
    ");
    assert_snapshot!(changes("write ROOT/in/file other\nchmod ROOT/in/file 600"), @"~ in/file mode 0644 -> 0600");
    assert_snapshot!(changes("symlink sub ROOT/in/link"), @"+ in/link -> sub");
    assert_snapshot!(changes("mkdir ROOT/in/empty"), @"+ in/empty directory");
    assert_snapshot!(changes("mkdirs ROOT/in/a/b\nwrite ROOT/in/a/b/1 x\nwrite ROOT/in/a/b/2 x\nwrite ROOT/in/a/3 x"), @"+ in/a 3 files");
    assert_snapshot!(changes("remove-all ROOT/in/sub"), @"- in/sub 1 file");
    assert_snapshot!(changes("rename ROOT/in/file ROOT/in/renamed"), @"
    - in/file
    + in/renamed 7 bytes
    ");
    assert_snapshot!(changes("rename ROOT/in/sub ROOT/in/renamed"), @"
    + in/renamed 1 file
    - in/sub
    ");
    assert_snapshot!(changes("link ROOT/in/file ROOT/in/second"), @"+ in/second 7 bytes");
    assert_snapshot!(changes("remove ROOT/in/file\nmkdir ROOT/in/file\nwrite ROOT/in/file/x y"), @"± in/file 1 file");
    assert_snapshot!(changes("remove-all ROOT/in/sub\nsymlink file ROOT/in/sub"), @"± in/sub -> file");
}

#[test]
fn what_is_the_same_in_the_end_is_no_change() {
    assert_eq!(changes("write ROOT/in/file content"), "");
    assert_eq!(changes("append ROOT/in/file x\ntruncate ROOT/in/file 7"), "");
    assert_eq!(changes("write ROOT/in/temp x\nremove ROOT/in/temp"), "");
    assert_eq!(changes("mkdirs ROOT/in/a/b\nwrite ROOT/in/a/b/c x\nremove-all ROOT/in/a"), "");
    assert_eq!(changes("chmod ROOT/in/file 600\nchmod ROOT/in/file 644"), "");
    assert_eq!(changes("raw-times ROOT/in/file f 1"), "");
    assert_eq!(changes("write ROOT/in/.tmp content\nrename ROOT/in/.tmp ROOT/in/file"), "");
    assert_eq!(changes("rename ROOT/in/file ROOT/in/away\nrename ROOT/in/away ROOT/in/file"), "");
    assert_eq!(changes("rename ROOT/in/sub ROOT/in/away\nrename ROOT/in/away ROOT/in/sub"), "");
    assert_eq!(changes("symlink x ROOT/in/link\nremove ROOT/in/link"), "");
    assert_eq!(changes("read ROOT/in/file\nlist ROOT/in\nopen ROOT/in/file rw"), "");
    assert_eq!(changes("write /work/x y"), "");
}

#[test]
fn a_replaced_file_is_told_with_its_difference() {
    let root = tree();
    std::fs::write(root.path().join("in/file"), "one\ntwo\nthree\nfour\nfive\nsix\nseven\n").expect("a file");
    let script = "write ROOT/in/.tmp one\\ntwo\\nthree\\nFOUR\\nfive\\nsix\\nseven\\n\nrename ROOT/in/.tmp ROOT/in/file\nwrite ROOT/in/new a\\nb\\n";
    let outcome = does(root.path(), script).write(&root.path().join("in")).run();
    let diffs: Vec<String> = outcome
        .changes()
        .iter()
        .map(|change| {
            format!("{} {}\n{}", change.kind.sign(), change.summary, change.diff.as_deref().unwrap_or("no diff"))
        })
        .collect();
    assert_snapshot!(diffs.join("\n"), @"
    ~ 
    @@ -2,5 +2,5 @@
     two
     three
    -four
    +FOUR
     five
     six
    + 4 bytes
    @@ -0,0 +1,2 @@
    +a
    +b
    ");
}

#[test]
fn files_that_are_no_text_or_too_long_are_told_without_difference() {
    let root = tree();
    std::fs::write(root.path().join("in/binary"), b"\0\x01\x02").expect("a file");
    std::fs::write(root.path().join("in/latin"), b"caf\xe9").expect("a file");
    std::fs::write(root.path().join("in/long"), "x".repeat(100_000)).expect("a file");
    let script = "append ROOT/in/binary x\nappend ROOT/in/latin x\nappend ROOT/in/long x";
    let outcome = does(root.path(), script).write(&root.path().join("in")).run();
    assert_snapshot!(outcome.change_lines(root.path()).join("\n"), @"
    ~ in/binary 3 -> 4 bytes
    ~ in/latin 4 -> 5 bytes
    ~ in/long 100000 -> 100001 bytes
    ");
    assert!(outcome.changes().iter().all(|change| change.diff.is_none()));
}

/// What was touched is compared, whoever changed it and wherever a link led to it.
#[test]
fn a_switched_link_is_one_change() {
    let root = tree();
    let at = root.path().join("in");
    std::os::unix::fs::symlink("sub", at.join("current")).expect("a link");
    let script = "mkdir ROOT/in/next\nwrite ROOT/in/next/deep other\nsymlink next ROOT/in/.current.tmp\nrename ROOT/in/.current.tmp ROOT/in/current\nread ROOT/in/current/deep";
    let outcome = does(root.path(), script).write(&at).run();
    assert_snapshot!(outcome.change_lines(root.path()).join("\n"), @"
    ~ in/current sub -> next
    + in/next 1 file
    ");
}
