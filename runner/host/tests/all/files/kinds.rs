//! What is neither a file nor a directory is refused, without waiting for it; and names that cannot be told.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use super::{contents, does, tree};

fn make(arguments: &[&str], path: &Path) -> bool {
    Command::new(arguments[0]).args(&arguments[1..]).arg(path).status().is_ok_and(|status| status.success())
}

#[test]
fn a_pipe_is_refused_without_waiting() {
    let root = tree();
    assert!(make(&["mkfifo"], &root.path().join("in/pipe")));
    let script = "lstat ROOT/in/pipe\nread ROOT/in/pipe\nwrite ROOT/in/pipe x\nappend ROOT/in/pipe x\nopen ROOT/in/pipe rw\nopen ROOT/in/pipe wt
        open ROOT/in/pipe rf\ncopy ROOT/in/pipe ROOT/in/copied\nsymlink pipe ROOT/in/link\nread ROOT/in/link\nwrite ROOT/in/link x
        artifact ROOT/in/pipe pipe\nlist ROOT/in\nrename ROOT/in/pipe ROOT/in/moved\nremove ROOT/in/moved";
    let mut bench = does(root.path(), script).write(&root.path().join("in"));
    bench.artifacts = Some(root.path().join("kept"));
    assert_snapshot!(bench.run().transcript(root.path()), @"
    lstat ROOT/in/pipe => something else
    read ROOT/in/pipe => ERROR Operation not permitted (os error 63)
    write ROOT/in/pipe x => ERROR Operation not permitted (os error 63)
    append ROOT/in/pipe x => ERROR Operation not permitted (os error 63)
    open ROOT/in/pipe rw => ERROR not-permitted
    open ROOT/in/pipe wt => ERROR not-permitted
    open ROOT/in/pipe rf => ERROR not-permitted
    copy ROOT/in/pipe ROOT/in/copied => ERROR Operation not permitted (os error 63)
    symlink pipe ROOT/in/link => ok
    read ROOT/in/link => ERROR Operation not permitted (os error 63)
    write ROOT/in/link x => ERROR Operation not permitted (os error 63)
    artifact ROOT/in/pipe pipe => ERROR failed: ROOT/in/pipe is a device, socket or pipe
    list ROOT/in => [file link@ pipe? sub/]
    rename ROOT/in/pipe ROOT/in/moved => ok
    remove ROOT/in/moved => ok
    ");
    // A pipe that is itself the grant.
    assert!(make(&["mkfifo"], &root.path().join("pipe")));
    let bench = does(root.path(), "read ROOT/pipe\nwrite ROOT/pipe x").write(&root.path().join("pipe"));
    assert_snapshot!(bench.run().transcript(root.path()), @"
    read ROOT/pipe => ERROR Operation not permitted (os error 63)
    write ROOT/pipe x => ERROR Operation not permitted (os error 63)
    ");
}

#[test]
fn a_socket_is_refused() {
    let root = tree();
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("in/socket")).expect("a socket");
    let script = "lstat ROOT/in/socket\nread ROOT/in/socket\nwrite ROOT/in/socket x";
    assert_snapshot!(does(root.path(), script).write(&root.path().join("in")).run().transcript(root.path()), @"
    lstat ROOT/in/socket => something else
    read ROOT/in/socket => ERROR Operation not permitted (os error 63)
    write ROOT/in/socket x => ERROR Operation not permitted (os error 63)
    ");
}

#[test]
fn devices_are_refused() {
    let root = tree();
    let script = "lstat /dev/null\nread /dev/zero\nwrite /dev/null x\nopen /dev/tty rw\nopen /dev/full w";
    let bench = does(root.path(), script).write(Path::new("/dev"));
    assert_snapshot!(bench.run().transcript(root.path()), @"
    lstat /dev/null => something else
    read /dev/zero => ERROR Operation not permitted (os error 63)
    write /dev/null x => ERROR Operation not permitted (os error 63)
    open /dev/tty rw => ERROR not-permitted
    open /dev/full w => ERROR not-permitted
    ");
}

#[test]
fn names_that_are_not_text_are_left_out() {
    let root = tree();
    let name = std::ffi::OsStr::from_bytes(b"bad-\xff-name");
    std::fs::write(root.path().join("in").join(name), "x").expect("a file");
    std::os::unix::fs::symlink(name, root.path().join("in/link")).expect("a link");
    let script = "list ROOT/in\nread-link ROOT/in/link\nread ROOT/in/link\nremove-all ROOT/in/sub\nremove-all ROOT/in";
    let outcome = does(root.path(), script).write(&root.path().join("in")).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    list ROOT/in => [file link@ sub/]
    read-link ROOT/in/link => ERROR Illegal byte sequence (os error 25)
    read ROOT/in/link => "x"
    remove-all ROOT/in/sub => ok
    remove-all ROOT/in => ERROR Invalid argument (os error 28)
    "#);
}

#[test]
fn odd_paths_are_refused_or_mean_what_they_mean_everywhere() {
    let root = tree();
    let long = "x".repeat(5000);
    let script = format!(
        "open ROOT/in/file/ r\nopen ROOT/in/file/ w\nopen ROOT/in/file/ wt\nopen ROOT/in/new/ wc\nopen ROOT/in/new/. wc\nopen ROOT/in/file/. r
        open ROOT/in/sub/ r\nopen ROOT/in/sub wd\nopen ROOT/in/new wcd\nraw-stat ROOT/in/file/\nraw-unlink ROOT/in/file/\nraw-unlink ROOT/in/sub/
        raw-rename ROOT/in/file/ ROOT/in/renamed\nraw-rename ROOT/in/file ROOT/in/renamed/\nsymlink file ROOT/in/link/\nraw-mkdir ROOT/in/made/
        open ROOT//in///file r\nopen ROOT/in/./file r\nopen ROOT/in/sub/../file r\nhold in ROOT/in r\nopen in:.. r\nopen in:../out/secret r
        open in:/etc/passwd r\nopen in:sub/../../out/secret r\nopen in: r\nopen in:. r\nraw-rmdir in:.\nraw-rename in:. in:x\nraw-unlink in:.
        raw-mkdir in:.\nraw-mkdir in:{long}\nopen in:{long} r\nraw-rename ROOT/in ROOT/in/sub/in"
    );
    let outcome = does(root.path(), &script).write(&root.path().join("in")).run();
    assert_snapshot!(outcome.transcript(root.path()).replace(&long, "LONG"), @"
    open ROOT/in/file/ r => ERROR not-directory
    open ROOT/in/file/ w => ERROR is-directory
    open ROOT/in/file/ wt => ERROR is-directory
    open ROOT/in/new/ wc => ERROR is-directory
    open ROOT/in/new/. wc => ERROR is-directory
    open ROOT/in/file/. r => ERROR not-directory
    open ROOT/in/sub/ r => Directory
    open ROOT/in/sub wd => ERROR is-directory
    open ROOT/in/new wcd => ERROR is-directory
    raw-stat ROOT/in/file/ => ERROR not-directory
    raw-unlink ROOT/in/file/ => ERROR not-directory
    raw-unlink ROOT/in/sub/ => ERROR not-directory
    raw-rename ROOT/in/file/ ROOT/in/renamed => ERROR not-directory
    raw-rename ROOT/in/file ROOT/in/renamed/ => ERROR not-directory
    symlink file ROOT/in/link/ => ERROR no-entry
    raw-mkdir ROOT/in/made/ => ok
    open ROOT//in///file r => RegularFile
    open ROOT/in/./file r => RegularFile
    open ROOT/in/sub/../file r => RegularFile
    hold in ROOT/in r => ok
    open in:.. r => ERROR not-permitted
    open in:../out/secret r => ERROR not-permitted
    open in:/etc/passwd r => ERROR not-permitted
    open in:sub/../../out/secret r => ERROR not-permitted
    open in: r => ERROR no-entry
    open in:. r => Directory
    raw-rmdir in:. => ERROR invalid
    raw-rename in:. in:x => ERROR invalid
    raw-unlink in:. => ERROR is-directory
    raw-mkdir in:. => ERROR exist
    raw-mkdir in:LONG => ERROR name-too-long
    open in:LONG r => ERROR name-too-long
    raw-rename ROOT/in ROOT/in/sub/in => ERROR invalid
    ");
    assert_snapshot!(contents(root.path()), @"
    in/
    in/file: content
    in/made/
    in/sub/
    in/sub/deep: deep content
    out/
    out/secret: secret
    ");
}
