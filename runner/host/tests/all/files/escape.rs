//! Ways out of a grant. Each of them ends at a refusal, and what lies outside stays as it was.

use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use super::{contents, does, tree};

#[test]
fn links_that_the_guest_makes_lead_nowhere() {
    let root = tree();
    let script = "
        symlink ROOT/out ROOT/in/absolute
        symlink ../out ROOT/in/up
        symlink ../out/secret ROOT/in/secret
        symlink .. ROOT/in/parent
        symlink sub/../../out ROOT/in/around
        symlink /proc/self/root/etc ROOT/in/proc
        symlink / ROOT/in/root
        list ROOT/in/up
        read ROOT/in/up/secret
        read ROOT/in/secret
        write ROOT/in/up/secret x
        write ROOT/in/secret x
        write ROOT/in/up/new x
        append ROOT/in/secret x
        truncate ROOT/in/secret 0
        mkdir ROOT/in/up/new
        remove ROOT/in/up/secret
        rename ROOT/in/up/secret ROOT/in/taken
        rename ROOT/in/file ROOT/in/up/put
        link ROOT/in/up/secret ROOT/in/linked
        link ROOT/in/file ROOT/in/up/linked
        raw-link ROOT/in/secret ROOT/in/followed f
        copy ROOT/in/secret ROOT/in/copied
        chmod ROOT/in/secret 777
        mode ROOT/in/secret
        stat ROOT/in/secret
        raw-times ROOT/in/secret f 1
        native ROOT/in/up/secret
        list ROOT/in/parent
        read ROOT/in/parent/out/secret
        read ROOT/in/around/secret
        hold sub ROOT/in/sub rm
        symlink ../../out sub:out
        raw-read sub:out/secret
        raw-write sub:out/secret x
        raw-rename sub:out/secret sub:taken
        symlink loop ROOT/in/loop
        read ROOT/in/loop";
    let outside = contents(&root.path().join("out"));
    let mode = |name: &str| std::fs::metadata(root.path().join(name)).expect("it is there").permissions();
    let before = mode("out/secret");
    let outcome = does(root.path(), script).write(&root.path().join("in")).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    symlink ROOT/out ROOT/in/absolute => ERROR access
    symlink ../out ROOT/in/up => ok
    symlink ../out/secret ROOT/in/secret => ok
    symlink .. ROOT/in/parent => ok
    symlink sub/../../out ROOT/in/around => ok
    symlink /proc/self/root/etc ROOT/in/proc => ERROR access
    symlink / ROOT/in/root => ok
    list ROOT/in/up => ERROR Permission denied (os error 2)
    read ROOT/in/up/secret => ERROR Permission denied (os error 2)
    read ROOT/in/secret => ERROR Permission denied (os error 2)
    write ROOT/in/up/secret x => ERROR Permission denied (os error 2)
    write ROOT/in/secret x => ERROR Permission denied (os error 2)
    write ROOT/in/up/new x => ERROR Permission denied (os error 2)
    append ROOT/in/secret x => ERROR Permission denied (os error 2)
    truncate ROOT/in/secret 0 => ERROR Permission denied (os error 2)
    mkdir ROOT/in/up/new => ERROR Permission denied (os error 2)
    remove ROOT/in/up/secret => ERROR Permission denied (os error 2)
    rename ROOT/in/up/secret ROOT/in/taken => ERROR Permission denied (os error 2)
    rename ROOT/in/file ROOT/in/up/put => ERROR Permission denied (os error 2)
    link ROOT/in/up/secret ROOT/in/linked => ERROR Permission denied (os error 2)
    link ROOT/in/file ROOT/in/up/linked => ERROR Permission denied (os error 2)
    raw-link ROOT/in/secret ROOT/in/followed f => ERROR invalid
    copy ROOT/in/secret ROOT/in/copied => ERROR Permission denied (os error 2)
    chmod ROOT/in/secret 777 => ERROR denied: the step may not change ROOT/out/secret {"add":"allow: { write: [\"ROOT/out/secret\"] }"}
    mode ROOT/in/secret => ERROR denied: the step may not read ROOT/out/secret {"add":"allow: { read: [\"ROOT/out/secret\"] }"}
    stat ROOT/in/secret => ERROR Permission denied (os error 2)
    raw-times ROOT/in/secret f 1 => ERROR access
    native ROOT/in/up/secret => ERROR denied: the step may not read ROOT/out/secret {"add":"allow: { read: [\"ROOT/out/secret\"] }"}
    list ROOT/in/parent => [in/]
    read ROOT/in/parent/out/secret => ERROR Permission denied (os error 2)
    read ROOT/in/around/secret => ERROR Permission denied (os error 2)
    hold sub ROOT/in/sub rm => ok
    symlink ../../out sub:out => ok
    raw-read sub:out/secret => ERROR access
    raw-write sub:out/secret x => ERROR access
    raw-rename sub:out/secret sub:taken => ERROR access
    symlink loop ROOT/in/loop => ok
    read ROOT/in/loop => ERROR Symbolic link loop (os error 32)
    "#);
    assert_eq!(contents(&root.path().join("out")), outside);
    assert_eq!(mode("out/secret"), before);
}

#[test]
fn links_that_were_there_lead_nowhere_either() {
    let root = tree();
    let link = |target: &str, path: &str| symlink(target, root.path().join(path)).expect("a link");
    link(root.path().join("out").to_str().expect("UTF-8"), "in/absolute");
    link("../out", "in/up");
    link("/proc/self/root", "in/root");
    link("/proc/self/cwd", "in/cwd");
    link("up", "in/twice");
    link("sub", "in/inside");
    let script = "
        list ROOT/in
        read ROOT/in/absolute/secret
        read ROOT/in/up/secret
        read ROOT/in/twice/secret
        read ROOT/in/root/etc/passwd
        list ROOT/in/cwd
        read ROOT/in/inside/deep
        read ROOT/in/inside/../../out/secret
        read ROOT/in/inside/../file
        write ROOT/in/absolute/secret x
        write ROOT/in/up/new x
        rename ROOT/in/file ROOT/in/up/put
        rename ROOT/in/absolute/secret ROOT/in/taken
        link ROOT/in/absolute/secret ROOT/in/linked
        remove-all ROOT/in/up
        remove ROOT/in/absolute";
    let outside = contents(&root.path().join("out"));
    let outcome = does(root.path(), script).write(&root.path().join("in")).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    list ROOT/in => [absolute@ cwd@ file inside@ root@ sub/ twice@ up@]
    read ROOT/in/absolute/secret => ERROR Permission denied (os error 2)
    read ROOT/in/up/secret => ERROR Permission denied (os error 2)
    read ROOT/in/twice/secret => ERROR Permission denied (os error 2)
    read ROOT/in/root/etc/passwd => ERROR Permission denied (os error 2)
    list ROOT/in/cwd => ERROR Permission denied (os error 2)
    read ROOT/in/inside/deep => "deep content"
    read ROOT/in/inside/../../out/secret => ERROR Permission denied (os error 2)
    read ROOT/in/inside/../file => "content"
    write ROOT/in/absolute/secret x => ERROR Permission denied (os error 2)
    write ROOT/in/up/new x => ERROR Permission denied (os error 2)
    rename ROOT/in/file ROOT/in/up/put => ERROR Permission denied (os error 2)
    rename ROOT/in/absolute/secret ROOT/in/taken => ERROR Permission denied (os error 2)
    link ROOT/in/absolute/secret ROOT/in/linked => ERROR Permission denied (os error 2)
    remove-all ROOT/in/up => ok
    remove ROOT/in/absolute => ok
    "#);
    assert_eq!(contents(&root.path().join("out")), outside);
}

/// A link from one grant into another is followed, with the rights of where it leads.
#[test]
fn links_between_grants_are_followed() {
    let root = tree();
    symlink("../out", root.path().join("in/up")).expect("a link");
    symlink(root.path().join("out"), root.path().join("in/absolute")).expect("a link");
    let script = "read ROOT/in/up/secret\nread ROOT/in/absolute/secret\nwrite ROOT/in/up/secret x\nwrite ROOT/in/absolute/new x
        rename ROOT/in/up/secret ROOT/in/taken\nlink ROOT/in/up/secret ROOT/in/linked\nsymlink /work/x ROOT/in/private\nwrite /work/x mine\nread ROOT/in/private";
    let bench = does(root.path(), script).write(&root.path().join("in")).read(&root.path().join("out"));
    assert_snapshot!(bench.run().transcript(root.path()), @r#"
    read ROOT/in/up/secret => "secret"
    read ROOT/in/absolute/secret => "secret"
    write ROOT/in/up/secret x => ERROR Permission denied (os error 2)
    write ROOT/in/absolute/new x => ERROR Permission denied (os error 2)
    rename ROOT/in/up/secret ROOT/in/taken => ERROR Permission denied (os error 2)
    link ROOT/in/up/secret ROOT/in/linked => ERROR Permission denied (os error 2)
    symlink /work/x ROOT/in/private => ERROR access
    write /work/x mine => ok
    read ROOT/in/private => ERROR No such file or directory (os error 44)
    "#);
    // Also before anything else has made `/work`.
    symlink("/work/y", root.path().join("in/later")).expect("a link");
    let bench = does(root.path(), "write ROOT/in/later mine\nread /work/y").write(&root.path().join("in"));
    assert_snapshot!(bench.run().transcript(root.path()), @r#"
    write ROOT/in/later mine => ok
    read /work/y => "mine"
    "#);
}

/// What a step leaves at a granted path must not widen the grant the next time.
#[test]
fn a_link_in_the_place_of_a_grant_does_not_widen_it() {
    let root = tree();
    let (file, new) = (root.path().join("in/file"), root.path().join("in/new"));
    for (target, grant) in [("..", "in/file"), ("../out", "in/file"), (".", "in/new"), ("../out", "in/new")] {
        let path = root.path().join(grant);
        let _ = std::fs::remove_file(&path);
        let first = does(root.path(), &format!("symlink {target} ROOT/{grant}")).write(&path).run();
        assert_eq!(first.transcript(root.path()), format!("symlink {target} ROOT/{grant} => ok\n"));
        let script = format!(
            "list ROOT/{grant}\nread ROOT/{grant}/secret\nread ROOT/{grant}/out/secret\nwrite ROOT/{grant}/secret x\nread ROOT/{grant}/sub/deep
            write ROOT/{grant}/planted x\nremove ROOT/{grant}/sub/deep"
        );
        let before = contents(root.path());
        let second = does(root.path(), &script).write(&path).run().transcript(root.path());
        // Listing what leads to the grant is no harm.
        let harmless = |line: &str| {
            line.contains("ERROR")
                || line.starts_with("list ") && (line.ends_with("=> [in/]") || line.ends_with("=> [new@]"))
        };
        assert!(second.lines().all(harmless), "{target} at {grant}:\n{second}");
        assert_eq!(contents(root.path()), before);
    }
    let _ = (std::fs::remove_file(&file), std::fs::remove_file(&new));
}

/// The same with a grant below another one: the way to it must not be bent.
#[test]
fn a_link_on_the_way_to_a_grant_does_not_bend_it() {
    let root = tree();
    let grants = |script: &str| {
        does(root.path(), script)
            .write(&root.path().join("in"))
            .write(&root.path().join("in/sub/more"))
            .read(&root.path().join("in/seen"))
    };
    let first = grants("remove-all ROOT/in/sub\nsymlink ../out ROOT/in/sub\nsymlink ../out ROOT/in/seen").run();
    assert_eq!(first.transcript(root.path()).matches("=> ok").count(), 3);
    std::fs::create_dir(root.path().join("out/more")).expect("a folder");
    let before = contents(&root.path().join("out"));
    let second =
        grants("list ROOT/in/sub/more\nwrite ROOT/in/sub/more/x y\nread ROOT/in/seen/secret\nlist ROOT/in/seen").run();
    assert_snapshot!(second.transcript(root.path()), @"
    list ROOT/in/sub/more => ERROR Permission denied (os error 2)
    write ROOT/in/sub/more/x y => ERROR Permission denied (os error 2)
    read ROOT/in/seen/secret => ERROR Permission denied (os error 2)
    list ROOT/in/seen => ERROR Permission denied (os error 2)
    ");
    assert_eq!(contents(&root.path().join("out")), before);
}

/// A link to what the step may not see, renamed or turned around when it stands, stays a link to what it may not see.
#[test]
fn links_are_judged_where_they_stand() {
    let root = tree();
    let script = "mkdirs ROOT/in/a/b/c\nsymlink ../../../out ROOT/in/a/b/c/link\nread ROOT/in/a/b/c/link/secret\nrename ROOT/in/a/b/c/link ROOT/in/a/link
        list ROOT/in/a/link\nrename ROOT/in/a/link ROOT/in/link\nread ROOT/in/link/secret\nlist ROOT/in/link\nsymlink a/b/.. ROOT/in/turn
        list ROOT/in/turn\nsymlink turn/../../out ROOT/in/turned\nread ROOT/in/turned/secret";
    assert_snapshot!(does(root.path(), script).write(&root.path().join("in")).run().transcript(root.path()), @"
    mkdirs ROOT/in/a/b/c => ok
    symlink ../../../out ROOT/in/a/b/c/link => ok
    read ROOT/in/a/b/c/link/secret => ERROR No such file or directory (os error 44)
    rename ROOT/in/a/b/c/link ROOT/in/a/link => ok
    list ROOT/in/a/link => ERROR Permission denied (os error 2)
    rename ROOT/in/a/link ROOT/in/link => ok
    read ROOT/in/link/secret => ERROR Permission denied (os error 2)
    list ROOT/in/link => ERROR Permission denied (os error 2)
    symlink a/b/.. ROOT/in/turn => ok
    list ROOT/in/turn => [b/]
    symlink turn/../../out ROOT/in/turned => ok
    read ROOT/in/turned/secret => ERROR Permission denied (os error 2)
    ");
}

/// A handle stays what it was opened as, wherever its directory is moved.
#[test]
fn a_directory_that_is_renamed_while_it_is_open() {
    let root = tree();
    let script = "
        hold sub ROOT/in/sub rm
        rename ROOT/in/sub ROOT/in/moved
        raw-read sub:deep
        raw-write sub:made x
        read ROOT/in/moved/made
        symlink ../out ROOT/in/sub
        raw-read sub:deep
        raw-read sub:secret
        raw-read sub:../file
        raw-read sub:x/../deep
        raw-rename sub:deep sub:renamed
        read ROOT/in/moved/renamed
        held-list sub
        hold moved ROOT/in/moved r
        same sub moved
        raw-unlink ROOT/in/sub
        mkdir ROOT/in/sub
        raw-write sub:made-later x
        list ROOT/in/sub";
    let outside = contents(&root.path().join("out"));
    let outcome = does(root.path(), script).write(&root.path().join("in")).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    hold sub ROOT/in/sub rm => ok
    rename ROOT/in/sub ROOT/in/moved => ok
    raw-read sub:deep => "deep content"
    raw-write sub:made x => 1 bytes
    read ROOT/in/moved/made => "x"
    symlink ../out ROOT/in/sub => ok
    raw-read sub:deep => "deep content"
    raw-read sub:secret => ERROR no-entry
    raw-read sub:../file => ERROR not-permitted
    raw-read sub:x/../deep => ERROR not-permitted
    raw-rename sub:deep sub:renamed => ok
    read ROOT/in/moved/renamed => "deep content"
    held-list sub => [made renamed]
    hold moved ROOT/in/moved r => ok
    same sub moved => true
    raw-unlink ROOT/in/sub => ok
    mkdir ROOT/in/sub => ok
    raw-write sub:made-later x => 1 bytes
    list ROOT/in/sub => []
    "#);
    assert_eq!(contents(&root.path().join("out")), outside);
}

/// A second name in a writable place would make a readable file writable.
#[test]
fn what_is_readable_cannot_be_linked_or_moved_to_where_it_is_writable() {
    let root = tree();
    let script = "link ROOT/out/secret ROOT/in/linked\nraw-link ROOT/out/secret ROOT/in/linked f\nrename ROOT/out/secret ROOT/in/taken
        symlink ../out/secret ROOT/in/link\nlink ROOT/in/link ROOT/in/second\nwrite ROOT/in/second x\nwrite ROOT/in/link x\nread ROOT/in/link
        link ROOT/in/file ROOT/out/put\nrename ROOT/in/file ROOT/out/put";
    let outside = contents(&root.path().join("out"));
    let outcome = does(root.path(), script).write(&root.path().join("in")).read(&root.path().join("out")).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    link ROOT/out/secret ROOT/in/linked => ERROR Permission denied (os error 2)
    raw-link ROOT/out/secret ROOT/in/linked f => ERROR invalid
    rename ROOT/out/secret ROOT/in/taken => ERROR Permission denied (os error 2)
    symlink ../out/secret ROOT/in/link => ok
    link ROOT/in/link ROOT/in/second => ok
    write ROOT/in/second x => ERROR Permission denied (os error 2)
    write ROOT/in/link x => ERROR Permission denied (os error 2)
    read ROOT/in/link => "secret"
    link ROOT/in/file ROOT/out/put => ERROR Permission denied (os error 2)
    rename ROOT/in/file ROOT/out/put => ERROR Permission denied (os error 2)
    "#);
    assert_eq!(contents(&root.path().join("out")), outside);
}
