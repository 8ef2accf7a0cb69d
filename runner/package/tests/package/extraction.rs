//! Extraction into directories and into a destination of the caller's.

use std::fs;
use std::io::Read;
use std::ops::ControlFlow;

use wharf_package::{Archive, ArchiveLimits, Destination, DestinationError, EntryPatterns, ExtractError};

use crate::support::{
    Diary, ZipEntry, checksummed, entry, extract, extract_into, folder, gzipped, link, open_bytes, shown_tree,
    tar_bytes, tar_entry, tar_file, write_tree, zip_bytes,
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

#[test]
fn a_folder_that_is_not_empty_is_left_as_it_is() {
    let (_folder, archive) = site();
    let destination = folder();
    write_tree(destination.path(), &[("precious", "mine")]);
    let before = shown_tree(destination.path());
    let refused = |place: &std::path::Path| {
        let error = extract_into(&archive, place, &[]).expect_err("something is in the way").to_string();
        error.replace(&destination.path().display().to_string(), "[folder]")
    };
    insta::assert_snapshot!(
        [refused(destination.path()), refused(&destination.path().join("precious"))].join("\n"),
        @"
    cannot extract into `[folder]`: it is not empty: there is `precious`
    cannot extract into `[folder]/precious`: it is no folder
    "
    );
    assert_eq!(shown_tree(destination.path()), before);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed_to_nowhere() {
    let (_folder, archive) = site();
    let outside = folder();
    let link = outside.path().join("link");
    std::os::unix::fs::symlink("missing", &link).expect("a link can be made");
    assert!(extract_into(&archive, &link, &[]).is_err());
    assert_eq!(shown_tree(outside.path()), "link -> missing");
}

#[test]
fn a_missing_folder_is_made_with_all_above_it() {
    let (_folder, archive) = site();
    let outside = folder();
    let made = extract_into(&archive, &outside.path().join("a/b/c"), &["*.html"]);
    assert_eq!(made.map(|extracted| extracted.files).ok(), Some(1));
    insta::assert_snapshot!(shown_tree(outside.path()), @r#"
    a/ 755
    a/b/ 755
    a/b/c/ 755
    a/b/c/index.html 644 "<h1>hello</h1>"
    "#);
}

#[test]
fn what_fails_or_is_cancelled_leaves_nothing() {
    let large = "x".repeat(3 << 20);
    let liar = ZipEntry { crc: Some(1), ..entry("z/liar", "content") };
    let bytes = zip_bytes(&[entry("a/b", "1"), entry("large", &large), liar]);
    let (_folder, archive) = open_bytes("x.zip", &bytes, &ArchiveLimits::default()).expect("the listing is fine");
    let outside = folder();
    fs::create_dir(outside.path().join("empty")).expect("a folder can be made");
    for name in ["empty", "new", "new/below"] {
        let place = outside.path().join(name);
        let error = extract_into(&archive, &place, &[]).expect_err("the lie is caught").to_string();
        assert!(error.ends_with("its bytes cannot be decompressed, or their checksum is wrong"), "{error}");
        for path in ["large", "a/b", "z/liar"] {
            let patterns = EntryPatterns::all();
            let result = archive.extract_into(&place, &patterns, &mut |progress| match progress.path == path {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            });
            assert!(matches!(result, Err(ExtractError::Cancelled | ExtractError::Archive(_))), "{result:?}");
        }
        assert_eq!(shown_tree(outside.path()), "empty/ 755");
    }
}

#[test]
fn progress_counts_what_all_cores_do() {
    let entries: Vec<ZipEntry> = (0..100).map(|n| entry(&format!("d{}/{n}", n % 3), &"x".repeat(n * 1000))).collect();
    let (_folder, archive) = open_bytes("x.zip", &zip_bytes(&entries), &ArchiveLimits::default()).expect("it is fine");
    let destination = folder();
    let mut told = Vec::new();
    let extracted = archive.extract_into(destination.path(), &EntryPatterns::all(), &mut |progress| {
        told.push((progress.files, progress.bytes, progress.total_files, progress.total_bytes));
        ControlFlow::Continue(())
    });
    assert_eq!(extracted.map(|extracted| (extracted.files, extracted.bytes)).ok(), Some((100, 4_950_000)));
    assert!(told.len() >= 100 && told.is_sorted());
    assert!(told.iter().all(|&(files, bytes, ..)| files < 100 && bytes <= 4_950_000));
    assert!(told.iter().all(|&(.., files, bytes)| (files, bytes) == (100, 4_950_000)));
    for (n, entry) in entries.iter().enumerate() {
        let content = fs::read(destination.path().join(format!("d{}/{n}", n % 3))).unwrap_or_default();
        assert!(content == entry.content, "{n}");
    }
}

#[test]
fn names_of_one_file_in_a_compressed_tar_are_read_once_and_all_written() {
    let content = "the same ".repeat(1000);
    let bytes = tar_bytes(&[
        tar_file("a", &content),
        tar_file("b", "b"),
        tar_entry("c", b'1', "a", b""),
        tar_entry("d/e", b'1', "./c", b""),
        tar_entry("l", b'2', "b", b""),
        tar_entry("m", b'1', "l", b""),
    ]);
    let mut diaries = Vec::new();
    for (name, bytes) in [("x.tar", bytes.clone()), ("x.tgz", gzipped(&bytes))] {
        let (_folder, archive) = open_bytes(name, &bytes, &ArchiveLimits::default()).expect("it is fine");
        let (destination, result) = extract(&archive, &[]);
        assert_eq!(result.map(|extracted| (extracted.files, extracted.bytes)).ok(), Some((6, 27_001)));
        for path in ["a", "c", "d/e"] {
            assert!(fs::read_to_string(destination.path().join(path)).is_ok_and(|text| text == content), "{path}");
        }
        assert_eq!(archive.read("d/e", 8990, 100).ok().as_deref(), Some(&content.as_bytes()[8990..]));
        let mut diary = Diary::default();
        let result = archive.extract(&mut diary, &EntryPatterns::all(), &mut |_| ControlFlow::Continue(()));
        assert!(result.is_ok(), "{result:?}");
        diary.lines.sort();
        diaries.push(diary.lines.join("\n"));
    }
    assert_eq!(diaries[0], diaries[1]);
    insta::assert_snapshot!(diaries[0], @"
    a 644 9000 bytes
    b 644 1 bytes
    c 644 9000 bytes
    d/ 755
    d/e 644 9000 bytes
    l -> b
    m -> b
    ");
}

#[cfg(unix)]
#[test]
fn files_and_directories_get_their_times() {
    use std::os::unix::fs::MetadataExt;
    let mut header = tar_entry("d/", b'5', "", b"");
    header[136..148].copy_from_slice(b"00000001750\0");
    let mut file = tar_file("d/f", "content");
    file[136..148].copy_from_slice(b"14000000000\0");
    let precise = tar_entry("x", b'x', "", b"22 mtime=123456789.25\n");
    let bytes = tar_bytes(&[checksummed(header), checksummed(file), precise, tar_file("d/precise", "1")]);
    let (_folder, archive) = open_bytes("x.tar", &bytes, &ArchiveLimits::default()).expect("it is fine");
    let (destination, result) = extract(&archive, &[]);
    assert!(result.is_ok(), "{result:?}");
    let time = |path: &str| {
        let metadata = fs::metadata(destination.path().join(path)).expect("it is there");
        (metadata.mtime(), metadata.mtime_nsec())
    };
    assert_eq!(
        [time("d"), time("d/f"), time("d/precise")],
        [(1000, 0), (1_610_612_736, 0), (123_456_789, 250_000_000)]
    );
}

/// Keeps what it is given.
#[derive(Default)]
struct Memory {
    files: Vec<(String, Vec<u8>)>,
    reads_at_most: Option<u64>,
}

impl Destination for Memory {
    fn create_dir(&mut self, _path: &str, _mode: u32) -> Result<(), DestinationError> {
        Ok(())
    }

    fn write_file(&mut self, path: &str, _mode: u32, content: &mut dyn Read) -> Result<(), DestinationError> {
        let mut bytes = Vec::new();
        content.take(self.reads_at_most.unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
        self.files.push((path.to_owned(), bytes));
        Ok(())
    }

    fn symlink(&mut self, _path: &str, _target: &str) -> Result<(), DestinationError> {
        Ok(())
    }
}

#[test]
fn what_is_decompressed_ahead_comes_in_order_and_whole() {
    let content = |n: usize| format!("{n} ").repeat(if n.is_multiple_of(40) { 200_000 } else { n * 10 });
    let files: Vec<(String, String)> = (0..120).map(|n| (format!("d{}/{n}", n % 3), content(n))).collect();
    let entries: Vec<ZipEntry> = files.iter().map(|(path, content)| entry(path, content)).collect();
    let tar: Vec<Vec<u8>> = files.iter().map(|(path, content)| tar_file(path, content)).collect();
    let all = |archive: &Archive, memory: &mut Memory| {
        archive
            .extract(memory, &EntryPatterns::all(), &mut |_| ControlFlow::Continue(()))
            .map(|extracted| extracted.files)
    };
    for (name, bytes) in [("x.zip", zip_bytes(&entries)), ("x.tgz", gzipped(&tar_bytes(&tar)))] {
        let (_folder, archive) = open_bytes(name, &bytes, &ArchiveLimits::default()).expect("it is fine");
        for most in [None, Some(3)] {
            let mut memory = Memory { reads_at_most: most, ..Memory::default() };
            assert_eq!(all(&archive, &mut memory).ok(), Some(120));
            let most = most.map_or(usize::MAX, |most| most as usize);
            let expected =
                files.iter().map(|(path, content)| (path.as_str(), &content.as_bytes()[..most.min(content.len())]));
            assert!(memory.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).eq(expected), "{name}");
        }
    }
    let mut damaged = entries;
    damaged[70].crc = Some(1);
    let (_folder, archive) =
        open_bytes("x.zip", &zip_bytes(&damaged), &ArchiveLimits::default()).expect("the listing is fine");
    let mut memory = Memory::default();
    let error = all(&archive, &mut memory).expect_err("one file is damaged").to_string();
    assert!(error.ends_with("entry `d1/70` is damaged: its bytes cannot be decompressed, or their checksum is wrong"));
    assert_eq!(memory.files.len(), 70);
}
