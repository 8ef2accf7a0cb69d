//! What is granted works, and nothing else is there.

use insta::assert_snapshot;

use super::{contents, does, tree};

#[test]
pub(crate) fn files() {
    let root = tree();
    let script = "
        read ROOT/in/file
        read-tail ROOT/in/file 3
        list ROOT/in
        stat ROOT/in/sub
        write ROOT/in/new hello
        append ROOT/in/new , world
        read ROOT/in/new
        truncate ROOT/in/new 5
        read ROOT/in/new
        create-new ROOT/in/new again
        create-new ROOT/in/newer first
        mkdir ROOT/in/dir
        mkdir ROOT/in/dir
        mkdirs ROOT/in/dir/a/b/c
        rename ROOT/in/new ROOT/in/dir/a/moved
        copy ROOT/in/dir/a/moved ROOT/in/dir/copy
        link ROOT/in/file ROOT/in/second
        append ROOT/in/second  and more
        read ROOT/in/file
        same-file ROOT/in/file ROOT/in/second
        symlink sub/deep ROOT/in/relative
        symlink ROOT/in/sub ROOT/in/absolute
        read ROOT/in/relative
        read ROOT/in/absolute/deep
        read-link ROOT/in/relative
        lstat ROOT/in/absolute
        stat ROOT/in/absolute
        write ROOT/in/absolute/made through a link
        read ROOT/in/sub/made
        mode ROOT/in/file
        chmod ROOT/in/file 640
        mode ROOT/in/file
        chmod ROOT/in/file 77777
        raw-times ROOT/in/file f 1000000000
        native ROOT/in/file
        rmdir ROOT/in/dir
        remove-all ROOT/in/dir
        remove ROOT/in/newer
        remove ROOT/in/second
        remove ROOT/in/relative
        remove ROOT/in/sub
        list ROOT/in";
    let script =
        script.replace("        same-file ROOT/in/file ROOT/in/second\n", "        hash ROOT/in/file ROOT/in/second\n");
    let outcome = does(root.path(), &script).write(&root.path().join("in")).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    read ROOT/in/file => "content"
    read-tail ROOT/in/file 3 => "ent"
    list ROOT/in => [file sub/]
    stat ROOT/in/sub => directory
    write ROOT/in/new hello => ok
    append ROOT/in/new , world => ok
    read ROOT/in/new => "hello, world"
    truncate ROOT/in/new 5 => ok
    read ROOT/in/new => "hello"
    create-new ROOT/in/new again => ERROR File exists (os error 20)
    create-new ROOT/in/newer first => ok
    mkdir ROOT/in/dir => ok
    mkdir ROOT/in/dir => ERROR File exists (os error 20)
    mkdirs ROOT/in/dir/a/b/c => ok
    rename ROOT/in/new ROOT/in/dir/a/moved => ok
    copy ROOT/in/dir/a/moved ROOT/in/dir/copy => 5 bytes
    link ROOT/in/file ROOT/in/second => ok
    append ROOT/in/second  and more => ok
    read ROOT/in/file => "content and more"
    hash ROOT/in/file ROOT/in/second => same
    symlink sub/deep ROOT/in/relative => ok
    symlink ROOT/in/sub ROOT/in/absolute => ok
    read ROOT/in/relative => "deep content"
    read ROOT/in/absolute/deep => "deep content"
    read-link ROOT/in/relative => sub/deep
    lstat ROOT/in/absolute => link
    stat ROOT/in/absolute => directory
    write ROOT/in/absolute/made through a link => ok
    read ROOT/in/sub/made => "through a link"
    mode ROOT/in/file => 0644
    chmod ROOT/in/file 640 => ok
    mode ROOT/in/file => 0640
    chmod ROOT/in/file 77777 => ERROR invalid: 0o77777 are no permissions: 0 to 0o7777 are
    raw-times ROOT/in/file f 1000000000 => ok
    native ROOT/in/file => ROOT/in/file
    rmdir ROOT/in/dir => ERROR Directory not empty (os error 55)
    remove-all ROOT/in/dir => ok
    remove ROOT/in/newer => ok
    remove ROOT/in/second => ok
    remove ROOT/in/relative => ok
    remove ROOT/in/sub => ERROR Is a directory (os error 31)
    list ROOT/in => [absolute@ file sub/]
    "#);
    let modified = std::fs::metadata(root.path().join("in/file")).and_then(|file| file.modified()).expect("a time");
    let seconds = modified.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    assert_eq!(seconds, 1_000_000_000);
    assert_snapshot!(contents(root.path()), @"
    in/
    in/absolute -> ROOT/in/sub
    in/file: content and more
    in/sub/
    in/sub/deep: deep content
    in/sub/made: through a link
    out/
    out/secret: secret
    ");
}

#[test]
fn nothing_granted_is_nothing_seen() {
    let root = tree();
    let script = "list /\nlist /etc\nread /etc/passwd\nread ROOT/in/file\nexists ROOT/in/file\nstat /\nstat /etc\nwrite ROOT/in/x y
        mkdir /tmp/x\nread-link /proc/self/exe\nread /proc/self/environ\nread /dev/null\nnative /etc/passwd\nmode /etc/passwd
        chmod /etc/passwd 777\nlist ROOT\nread file\nread ./../../etc/passwd";
    assert_snapshot!(does(root.path(), script).run().transcript(root.path()), @r#"
    list / => []
    list /etc => ERROR Permission denied (os error 2)
    read /etc/passwd => ERROR Permission denied (os error 2)
    read ROOT/in/file => ERROR Permission denied (os error 2)
    exists ROOT/in/file => false
    stat / => directory
    stat /etc => ERROR Permission denied (os error 2)
    write ROOT/in/x y => ERROR Permission denied (os error 2)
    mkdir /tmp/x => ERROR Permission denied (os error 2)
    read-link /proc/self/exe => ERROR Permission denied (os error 2)
    read /proc/self/environ => ERROR Permission denied (os error 2)
    read /dev/null => ERROR Permission denied (os error 2)
    native /etc/passwd => ERROR denied: the step may not read /etc/passwd {"add":"allow: { read: [\"/etc/passwd\"] }"}
    mode /etc/passwd => ERROR denied: the step may not read /etc/passwd {"add":"allow: { read: [\"/etc/passwd\"] }"}
    chmod /etc/passwd 777 => ERROR denied: the step may not change /etc/passwd {"add":"allow: { write: [\"/etc/passwd\"] }"}
    list ROOT => ERROR Permission denied (os error 2)
    read file => ERROR Permission denied (os error 2)
    read ./../../etc/passwd => ERROR Operation not permitted (os error 63)
    "#);
    // If that is why a step fails, the failure says what to add.
    let outcome = does(root.path(), "!read /etc/passwd").fails();
    assert_snapshot!(outcome.told(), @r#"
    denied: Permission denied (os error 2)
    help: the step may not read /etc/passwd
    add: allow: { read: ["/etc/passwd"] }
    "#);
    let outcome = does(root.path(), "!write /etc/wharf-test x").fails();
    assert_snapshot!(outcome.told(), @r#"
    denied: Permission denied (os error 2)
    help: the step may not change /etc/wharf-test
    add: allow: { write: ["/etc/wharf-test"] }
    "#);
    // But not if it failed for another reason.
    let outcome = does(root.path(), "exists /etc/passwd\n!read /work/nothing").fails();
    assert_snapshot!(outcome.told(), @"failed: No such file or directory (os error 44)");
}

#[test]
fn what_leads_to_a_grant_shows_nothing_else() {
    let root = tree();
    let script = "list ROOT\nlist ROOT/in\nstat ROOT\nlist ROOT/in/..\nread ROOT/in/../out/secret\nread ROOT/out/secret
        raw-mkdir ROOT/other\nwrite ROOT/x y\nremove-all ROOT\nrename ROOT/in ROOT/gone\nrmdir ROOT/in\nmkdirs ROOT/in/sub";
    let before = contents(root.path());
    let outcome = does(root.path(), script).read(&root.path().join("in")).run();
    assert_snapshot!(outcome.transcript(root.path()), @"
    list ROOT => [in/]
    list ROOT/in => [file sub/]
    stat ROOT => directory
    list ROOT/in/.. => [in/]
    read ROOT/in/../out/secret => ERROR Permission denied (os error 2)
    read ROOT/out/secret => ERROR Permission denied (os error 2)
    raw-mkdir ROOT/other => ERROR access
    write ROOT/x y => ERROR Permission denied (os error 2)
    remove-all ROOT => ERROR Permission denied (os error 2)
    rename ROOT/in ROOT/gone => ERROR Permission denied (os error 2)
    rmdir ROOT/in => ERROR Permission denied (os error 2)
    mkdirs ROOT/in/sub => ok
    ");
    assert_eq!(contents(root.path()), before);
}

/// Every operation of `wasi:filesystem` that changes something.
#[test]
fn a_read_grant_refuses_every_kind_of_change() {
    let root = tree();
    let changes = "
        write ROOT/in/file x
        write ROOT/in/new x
        append ROOT/in/file x
        truncate ROOT/in/file 1
        create-new ROOT/in/new x
        mkdir ROOT/in/new
        mkdir ROOT/in/sub
        remove ROOT/in/file
        rmdir ROOT/in/sub
        remove-all ROOT/in/sub
        rename ROOT/in/file ROOT/in/new
        rename ROOT/in/file /work/new
        rename ROOT/in/sub /work/new
        link ROOT/in/file ROOT/in/new
        link ROOT/in/file /work/new
        symlink file ROOT/in/new
        raw-times ROOT/in/file f 1
        raw-times ROOT/in/file - 1
        chmod ROOT/in/file 777
        chmod ROOT/in 777
        open ROOT/in/file w
        open ROOT/in/file rw
        open ROOT/in/file t
        open ROOT/in/file rt
        open ROOT/in/new c
        open ROOT/in/new rc
        open ROOT/in/new rcx
        open ROOT/in/sub rwd
        raw-unlink ROOT/in/file/
        raw-rmdir ROOT/in/sub/
        hold read ROOT/in/file r
        held-write read x
        held-stream read x
        held-append read
        held-size read 0
        held-times read
        held-sync read
        held-read read
        hold dir ROOT/in rm
        held-flags dir
        held-times dir
        raw-mkdir dir:new
        raw-write dir:new x
        raw-unlink dir:file
        raw-rename dir:file dir:new
        raw-link dir:file dir:new
        raw-link dir:file /work/new
        symlink x dir:new
        list /work";
    let before = contents(root.path());
    let outcome = does(root.path(), changes).read(&root.path().join("in")).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    write ROOT/in/file x => ERROR Permission denied (os error 2)
    write ROOT/in/new x => ERROR Permission denied (os error 2)
    append ROOT/in/file x => ERROR Permission denied (os error 2)
    truncate ROOT/in/file 1 => ERROR Permission denied (os error 2)
    create-new ROOT/in/new x => ERROR Permission denied (os error 2)
    mkdir ROOT/in/new => ERROR Permission denied (os error 2)
    mkdir ROOT/in/sub => ERROR File exists (os error 20)
    remove ROOT/in/file => ERROR Permission denied (os error 2)
    rmdir ROOT/in/sub => ERROR Permission denied (os error 2)
    remove-all ROOT/in/sub => ERROR Permission denied (os error 2)
    rename ROOT/in/file ROOT/in/new => ERROR Permission denied (os error 2)
    rename ROOT/in/file /work/new => ERROR Permission denied (os error 2)
    rename ROOT/in/sub /work/new => ERROR Permission denied (os error 2)
    link ROOT/in/file ROOT/in/new => ERROR Permission denied (os error 2)
    link ROOT/in/file /work/new => ERROR Permission denied (os error 2)
    symlink file ROOT/in/new => ERROR access
    raw-times ROOT/in/file f 1 => ERROR access
    raw-times ROOT/in/file - 1 => ERROR access
    chmod ROOT/in/file 777 => ERROR denied: the step may not change ROOT/in/file {"add":"allow: { write: [\"ROOT/in/file\"] }"}
    chmod ROOT/in 777 => ERROR denied: the step may not change ROOT/in {"add":"allow: { write: [\"ROOT/in\"] }"}
    open ROOT/in/file w => ERROR access
    open ROOT/in/file rw => ERROR access
    open ROOT/in/file t => ERROR access
    open ROOT/in/file rt => ERROR access
    open ROOT/in/new c => ERROR access
    open ROOT/in/new rc => ERROR access
    open ROOT/in/new rcx => ERROR access
    open ROOT/in/sub rwd => ERROR is-directory
    raw-unlink ROOT/in/file/ => ERROR not-directory
    raw-rmdir ROOT/in/sub/ => ERROR access
    hold read ROOT/in/file r => ok
    held-write read x => ERROR bad-descriptor
    held-stream read x => ERROR bad-descriptor
    held-append read => ERROR bad-descriptor
    held-size read 0 => ERROR bad-descriptor
    held-times read => ERROR bad-descriptor
    held-sync read => ok
    held-read read => "content"
    hold dir ROOT/in rm => ok
    held-flags dir => DescriptorFlags(READ | MUTATE_DIRECTORY)
    held-times dir => ERROR is-directory
    raw-mkdir dir:new => ERROR access
    raw-write dir:new x => ERROR access
    raw-unlink dir:file => ERROR access
    raw-rename dir:file dir:new => ERROR access
    raw-link dir:file dir:new => ERROR access
    raw-link dir:file /work/new => ERROR access
    symlink x dir:new => ERROR access
    list /work => []
    "#);
    assert_eq!(contents(root.path()), before);
    assert!(outcome.changes().is_empty());
}

#[test]
fn a_granted_file_is_that_file_alone() {
    let root = tree();
    let script = "
        list ROOT/in
        read ROOT/in/file
        write ROOT/in/file new content
        read ROOT/in/sub/deep
        write ROOT/in/other x
        write ROOT/in/.other.wharf-tmp x
        list ROOT/in/sub
        remove ROOT/in/sub/deep
        rename ROOT/in/sub/deep ROOT/in/file
        rename ROOT/in/file ROOT/in/renamed
        link ROOT/in/file ROOT/in/linked
        write ROOT/in/.file.wharf-tmp whole
        list ROOT/in
        rename ROOT/in/.file.wharf-tmp ROOT/in/file
        read ROOT/in/file
        remove ROOT/in/file
        exists ROOT/in/file
        list ROOT/in
        symlink sub/deep ROOT/in/file
        read ROOT/in/file
        write ROOT/in/file through
        remove ROOT/in/file
        mkdir ROOT/in/.file.wharf-tmp
        write ROOT/in/.file.wharf-tmp/x y
        rmdir ROOT/in/.file.wharf-tmp
        write ROOT/in/file last";
    let outcome = does(root.path(), script).write(&root.path().join("in/file")).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    list ROOT/in => [file]
    read ROOT/in/file => "content"
    write ROOT/in/file new content => ok
    read ROOT/in/sub/deep => ERROR Permission denied (os error 2)
    write ROOT/in/other x => ERROR Permission denied (os error 2)
    write ROOT/in/.other.wharf-tmp x => ERROR Permission denied (os error 2)
    list ROOT/in/sub => ERROR Permission denied (os error 2)
    remove ROOT/in/sub/deep => ERROR Permission denied (os error 2)
    rename ROOT/in/sub/deep ROOT/in/file => ERROR Permission denied (os error 2)
    rename ROOT/in/file ROOT/in/renamed => ERROR Permission denied (os error 2)
    link ROOT/in/file ROOT/in/linked => ERROR Permission denied (os error 2)
    write ROOT/in/.file.wharf-tmp whole => ok
    list ROOT/in => [file]
    rename ROOT/in/.file.wharf-tmp ROOT/in/file => ok
    read ROOT/in/file => "whole"
    remove ROOT/in/file => ok
    exists ROOT/in/file => false
    list ROOT/in => []
    symlink sub/deep ROOT/in/file => ok
    read ROOT/in/file => ERROR Permission denied (os error 2)
    write ROOT/in/file through => ERROR Permission denied (os error 2)
    remove ROOT/in/file => ok
    mkdir ROOT/in/.file.wharf-tmp => ok
    write ROOT/in/.file.wharf-tmp/x y => ERROR Permission denied (os error 2)
    rmdir ROOT/in/.file.wharf-tmp => ok
    write ROOT/in/file last => ok
    "#);
    assert_snapshot!(contents(root.path()), @"
    in/
    in/file: last
    in/sub/
    in/sub/deep: deep content
    out/
    out/secret: secret
    ");
    let outcome = does(
        root.path(),
        "read ROOT/in/file\nwrite ROOT/in/file x\nwrite ROOT/in/.file.wharf-tmp x\nremove ROOT/in/file",
    );
    assert_snapshot!(outcome.read(&root.path().join("in/file")).run().transcript(root.path()), @r#"
    read ROOT/in/file => "last"
    write ROOT/in/file x => ERROR Permission denied (os error 2)
    write ROOT/in/.file.wharf-tmp x => ERROR Permission denied (os error 2)
    remove ROOT/in/file => ERROR Permission denied (os error 2)
    "#);
}

#[test]
fn a_grant_of_what_is_not_there_yet() {
    let root = tree();
    let script = "
        exists ROOT/new/site
        list ROOT
        list ROOT/new
        mkdir ROOT/other
        mkdir ROOT/new/other
        mkdirs ROOT/new/site/css
        mkdir ROOT/new/other
        write ROOT/new/x y
        write ROOT/new/site/css/a.css body
        read ROOT/new/site/css/a.css
        list ROOT
        list ROOT/new
        list ROOT/new/site
        read ROOT/new/../in/file
        rmdir ROOT/new
        rename ROOT/new/site ROOT/new/elsewhere
        symlink ../../in ROOT/new/site/out
        list ROOT/new/site/out
        remove ROOT/new/site/out";
    let outcome = does(root.path(), script).write(&root.path().join("new/site")).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    exists ROOT/new/site => false
    list ROOT => []
    list ROOT/new => ERROR No such file or directory (os error 44)
    mkdir ROOT/other => ERROR Permission denied (os error 2)
    mkdir ROOT/new/other => ERROR Permission denied (os error 2)
    mkdirs ROOT/new/site/css => ok
    mkdir ROOT/new/other => ERROR Permission denied (os error 2)
    write ROOT/new/x y => ERROR Permission denied (os error 2)
    write ROOT/new/site/css/a.css body => ok
    read ROOT/new/site/css/a.css => "body"
    list ROOT => [new/]
    list ROOT/new => [site/]
    list ROOT/new/site => [css/]
    read ROOT/new/../in/file => ERROR Permission denied (os error 2)
    rmdir ROOT/new => ERROR Permission denied (os error 2)
    rename ROOT/new/site ROOT/new/elsewhere => ERROR Permission denied (os error 2)
    symlink ../../in ROOT/new/site/out => ok
    list ROOT/new/site/out => ERROR Permission denied (os error 2)
    remove ROOT/new/site/out => ok
    "#);
    assert_snapshot!(outcome.change_lines(root.path()).join("\n"), @"+ new 1 file");
    // The same for reading: it is not there, and cannot be made.
    let script = "exists ROOT/later/x\nmkdir ROOT/later\nmkdirs ROOT/later/x\nwrite ROOT/later/x y\nlist ROOT";
    let outcome = does(root.path(), script).read(&root.path().join("later/x")).run();
    assert_snapshot!(outcome.transcript(root.path()), @"
    exists ROOT/later/x => false
    mkdir ROOT/later => ERROR Permission denied (os error 2)
    mkdirs ROOT/later/x => ERROR Permission denied (os error 2)
    write ROOT/later/x y => ERROR Permission denied (os error 2)
    list ROOT => []
    ");
}

#[test]
fn grants_inside_grants_add_up() {
    let root = tree();
    let script =
        "write ROOT/in/file a\nwrite ROOT/in/sub/deep b\nrename ROOT/in/sub/deep ROOT/in/deep\nwrite ROOT/in/sub/new c
        remove ROOT/in/file\nlist ROOT/in";
    let bench = does(root.path(), script).read(&root.path().join("in")).write(&root.path().join("in/sub"));
    assert_snapshot!(bench.run().transcript(root.path()), @"
    write ROOT/in/file a => ERROR Permission denied (os error 2)
    write ROOT/in/sub/deep b => ok
    rename ROOT/in/sub/deep ROOT/in/deep => ERROR Permission denied (os error 2)
    write ROOT/in/sub/new c => ok
    remove ROOT/in/file => ERROR Permission denied (os error 2)
    list ROOT/in => [file sub/]
    ");
    let bench = does(root.path(), script).write(&root.path().join("in")).read(&root.path().join("in/sub"));
    assert_snapshot!(bench.run().transcript(root.path()), @"
    write ROOT/in/file a => ok
    write ROOT/in/sub/deep b => ok
    rename ROOT/in/sub/deep ROOT/in/deep => ok
    write ROOT/in/sub/new c => ok
    remove ROOT/in/file => ok
    list ROOT/in => [deep sub/]
    ");
}

#[test]
fn a_file_moves_between_two_grants() {
    let root = tree();
    let script = "rename ROOT/in/file ROOT/out/moved\nrename ROOT/in/sub ROOT/out/sub\nread ROOT/out/sub/deep\nlink ROOT/out/moved ROOT/in/linked";
    let outcome = does(root.path(), script).write(&root.path().join("in")).write(&root.path().join("out")).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    rename ROOT/in/file ROOT/out/moved => ok
    rename ROOT/in/sub ROOT/out/sub => ok
    read ROOT/out/sub/deep => "deep content"
    link ROOT/out/moved ROOT/in/linked => ok
    "#);
    assert_snapshot!(outcome.change_lines(root.path()).join("\n"), @"
    - in/file
    + in/linked 7 bytes
    - in/sub
    + out/moved 7 bytes
    + out/sub 1 file
    ");
}

/// A grant that cannot even be looked at is told before the step begins.
#[test]
fn a_grant_that_goes_in_circles() {
    let root = tree();
    std::os::unix::fs::symlink("loop", root.path().join("loop")).expect("a link");
    let outcome = does(root.path(), "list /").read(&root.path().join("loop")).fails();
    assert_snapshot!(outcome.told().replace(root.path().to_str().expect("UTF-8"), "ROOT"), @"failed: the granted path ROOT/loop cannot be opened: Too many levels of symbolic links (os error 40)");
}
