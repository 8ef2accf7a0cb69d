//! Extraction into directories and into a destination of the caller's.

use std::fs;
use std::ops::ControlFlow;

use wharf_package::{Archive, ArchiveLimits, EntryPatterns, ExtractError};

use crate::support::{
    Diary, ZipEntry, entry, extract, extract_into, folder, link, open_bytes, shown_tree, tar_bytes, tar_entry,
    tar_file, write_tree, zip_bytes,
};

fn site() -> (tempfile::TempDir, Archive) {
    let mode = |mode, entry| ZipEntry { mode, ..entry };
    let bytes = zip_bytes(&[
        link("latest", "bin/run"),
        mode(0o040_700, entry("private/", "")),
        entry("index.html", "<h1>hello</h1>"),
        entry("a/b/page.html", "page"),
        entry("a/style.css", "style"),
        mode(0o100_755, entry("bin/run", "#!/bin/sh")),
        mode(0o040_555, entry("read-only/", "")),
        mode(0o100_444, entry("read-only/file", "fixed")),
        mode(0, entry("no-mode", "")),
    ]);
    open_bytes("x.zip", &bytes, &ArchiveLimits::default()).expect("it is fine")
}

#[cfg(unix)]
#[test]
fn a_directory_gets_everything_with_its_modes() {
    let (_folder, archive) = site();
    let (destination, result) = extract(&archive, &[]);
    let extracted = result.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((extracted.files, extracted.bytes), (7, 37));
    insta::assert_snapshot!(shown_tree(destination.path()), @r##"
    a/ 755
    a/b/ 755
    a/b/page.html 644 "page"
    a/style.css 644 "style"
    bin/ 755
    bin/run 755 "#!/bin/sh"
    index.html 644 "<h1>hello</h1>"
    latest -> bin/run
    no-mode 644 ""
    private/ 700
    read-only/ 755
    read-only/file 444 "fixed"
    "##);
}

#[test]
fn patterns_take_what_they_match_with_its_directories() {
    let (_folder, archive) = site();
    let files = |patterns: &[&str]| {
        let (destination, result) = extract(&archive, patterns);
        let count = result.unwrap_or_else(|error| panic!("{error}")).files;
        let tree = shown_tree(destination.path());
        let paths: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        format!("{count}: {}", paths.join(" "))
    };
    insta::assert_snapshot!(
        [files(&["**/*.html"]), files(&["*"]), files(&["a/**", "bin/"]), files(&["nothing/**"])].join("\n"),
        @"
    2: a/ a/b/ a/b/page.html index.html
    3: index.html latest no-mode private/ read-only/
    3: a/ a/b/ a/b/page.html a/style.css bin/ bin/run
    0:
    "
    );
}

#[test]
fn a_destination_hears_of_directories_first_and_of_symlinks_last() {
    let bytes = tar_bytes(&[
        tar_entry("l", b'2', "a/b/f", b""),
        tar_file("a/b/f", "1"),
        tar_entry("a/", b'5', "", b""),
        tar_file("a/g", "22"),
        tar_file("a/b/h", "333"),
    ]);
    let (_folder, archive) = open_bytes("x.tar", &bytes, &ArchiveLimits::default()).expect("it is fine");
    let mut diary = Diary::default();
    let mut told = Vec::new();
    let result = archive.extract(&mut diary, &EntryPatterns::all(), &mut |progress| {
        told.push(format!(
            "{} {}/{} files {}/{} bytes",
            progress.path, progress.files, progress.total_files, progress.bytes, progress.total_bytes
        ));
        ControlFlow::Continue(())
    });
    assert!(result.is_ok());
    insta::assert_snapshot!(diary.lines.join("\n"), @"
    a/ 744
    a/b/ 755
    a/b/f 644 1 bytes
    a/g 644 2 bytes
    a/b/h 644 3 bytes
    l -> a/b/f
    ");
    insta::assert_snapshot!(told.join("\n"), @"
    a/b/f 0/4 files 0/6 bytes
    a/g 1/4 files 1/6 bytes
    a/b/h 2/4 files 3/6 bytes
    l 3/4 files 6/6 bytes
    ");
}

#[test]
fn a_destination_s_refusal_keeps_its_own_error() {
    let (_folder, archive) = site();
    let mut diary = Diary { refuses: Some("a/style.css"), ..Diary::default() };
    let result = archive.extract(&mut diary, &EntryPatterns::all(), &mut |_| ControlFlow::Continue(()));
    let Err(ExtractError::Destination { entry, problem }) = result else { panic!("it is refused") };
    assert_eq!((entry.as_str(), problem.to_string().as_str()), ("a/style.css", "the quota is used up"));
}

#[test]
fn a_destination_need_not_read_everything() {
    let (_folder, archive) = site();
    let mut diary = Diary { reads_at_most: Some(2), ..Diary::default() };
    let result = archive.extract(&mut diary, &EntryPatterns::all(), &mut |_| ControlFlow::Continue(()));
    assert_eq!(result.map(|extracted| extracted.files).ok(), Some(7));
    assert!(diary.lines.contains(&"index.html 644 2 bytes".to_owned()), "{:?}", diary.lines);
}

#[test]
fn progress_may_stop_it_between_files_and_within_one() {
    let large = "x".repeat(3 << 20);
    let bytes = zip_bytes(&[entry("a", "1"), entry("large", &large), entry("z", "1")]);
    let (_folder, archive) = open_bytes("x.zip", &bytes, &ArchiveLimits::default()).expect("it is fine");
    let stopped_at = |path: &str, bytes: u64| {
        let mut diary = Diary::default();
        let result = archive.extract(&mut diary, &EntryPatterns::all(), &mut |progress| {
            if progress.path == path && progress.bytes >= bytes {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(result, Err(ExtractError::Cancelled)));
        diary.lines
    };
    assert_eq!(stopped_at("large", 0), ["a 644 1 bytes"]);
    assert_eq!(stopped_at("large", 1 << 20), ["a 644 1 bytes"]);
    assert_eq!(stopped_at("z", 0), ["a 644 1 bytes", "large 644 3145728 bytes"]);
}

#[cfg(unix)]
#[test]
fn symlinks_that_are_there_are_never_followed() {
    use std::os::unix::fs::symlink;
    let (_folder, archive) = site();
    let outside = folder();
    write_tree(outside.path(), &[("index.html", "precious"), ("bin/other", "precious")]);
    let before = shown_tree(outside.path());
    let refused = |name: &str, target: &str| {
        let destination = folder();
        symlink(outside.path().join(target), destination.path().join(name)).expect("a link can be made");
        let error = extract_into(&archive, destination.path(), &[]).expect_err("it is in the way");
        assert_eq!(shown_tree(outside.path()), before);
        match error {
            ExtractError::Destination { entry, .. } => entry,
            other => panic!("{other}"),
        }
    };
    assert_eq!(refused("index.html", "index.html"), "index.html");
    assert_eq!(refused("index.html", "missing"), "index.html");
    assert_eq!(refused("bin", "bin"), "bin");
    assert_eq!(refused("private", "bin"), "private");
    assert_eq!(refused("latest", "bin"), "latest");
}

#[test]
fn existing_directories_are_used_and_existing_files_are_left_alone() {
    let (_folder, archive) = site();
    let destination = folder();
    write_tree(destination.path(), &[("a/b/other", "other"), ("bin/run", "mine")]);
    let error = extract_into(&archive, destination.path(), &[]).expect_err("a file is in the way").to_string();
    assert_eq!(error, "cannot extract `bin/run`: File exists (os error 17)");
    assert_eq!(fs::read_to_string(destination.path().join("bin/run")).ok().as_deref(), Some("mine"));
    assert_eq!(fs::read_to_string(destination.path().join("a/b/other")).ok().as_deref(), Some("other"));
}
