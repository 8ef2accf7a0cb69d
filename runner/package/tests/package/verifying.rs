//! What is told of archives: whether they are whole, what is in them, what became of them.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use wharf_package::{Archive, ArchiveLimits, EntryChange, FileSelection};

use crate::support::{
    ZipEntry, entry, folder, gzipped, link, open_bytes, tar_bytes, tar_entry, tar_file, write_tree, zip_bytes,
};

fn open(name: &str, bytes: &[u8]) -> (TempDir, Archive) {
    open_bytes(name, bytes, &ArchiveLimits::default()).unwrap_or_else(|message| panic!("{message}"))
}

#[test]
fn every_damaged_file_is_named() {
    let large = "large ".repeat(500_000);
    let bytes = zip_bytes(&[
        entry("a", "fine"),
        ZipEntry { crc: Some(1), ..entry("b/checksum", "content") },
        entry("large", &large),
        ZipEntry { declared_size: Some(5), ..entry("short", "content") },
        ZipEntry { declared_size: Some(50), ..entry("long", "content") },
        link("l", "a"),
    ]);
    let (_folder, archive) = open("x.zip", &bytes);
    let read = AtomicU64::new(0);
    let verified = archive.verify(&|bytes| {
        read.fetch_add(bytes, Ordering::Relaxed);
        ControlFlow::Continue(())
    });
    let verified = verified.ok().flatten().unwrap_or_default();
    assert_eq!((verified.files, verified.bytes), (5, 3_000_066));
    assert!(read.into_inner() >= 3_000_004);
    let damaged: Vec<String> =
        verified.damaged.iter().map(|damaged| format!("{} {}", damaged.path, damaged.problem)).collect();
    insta::assert_snapshot!(damaged.join("\n"), @"
    b/checksum is damaged: its bytes cannot be decompressed, or their checksum is wrong
    short does not have the 5 bytes that it declares
    long does not have the 50 bytes that it declares
    ");
    let error = verified.into_result(&archive).expect_err("it is damaged").problem.to_string();
    assert_eq!(error, "entry `b/checksum` is damaged: its bytes cannot be decompressed, or their checksum is wrong");
}

#[test]
fn what_is_whole_is_whole_in_every_format() {
    let tar = tar_bytes(&[tar_file("a", "1"), tar_file("b", "22")]);
    let source = folder();
    write_tree(source.path(), &[("a", "1"), ("b", "22")]);
    let of_folder = Archive::of_folder(source.path(), &FileSelection::all(), &ArchiveLimits::default());
    let mut archives = vec![(source, of_folder.unwrap_or_else(|error| panic!("{error}")))];
    archives.push(open("x.zip", &zip_bytes(&[entry("a", "1"), entry("b", "22")])));
    archives.push(open("x.tar", &tar));
    archives.push(open("x.tgz", &gzipped(&tar)));
    for (_folder, archive) in archives {
        let verified = archive.verify(&|_| ControlFlow::Continue(())).ok().flatten();
        assert_eq!(verified.map(|verified| (verified.files, verified.bytes, verified.damaged)), Some((2, 3, vec![])));
    }
}

#[test]
fn a_verification_can_be_stopped() {
    let (_folder, archive) = open("x.zip", &zip_bytes(&[entry("a", "1")]));
    assert_eq!(archive.verify(&|_| ControlFlow::Break(())).ok(), Some(None));
}

#[test]
fn an_archive_in_numbers() {
    let bytes = tar_bytes(&[
        tar_entry("d/", b'5', "", b""),
        tar_file("d/a", &"1".repeat(2816)),
        tar_entry("l", b'2', "d/a", b""),
    ]);
    let (_folder, archive) = open("x.tar", &bytes);
    let inspected = archive.inspect().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((inspected.files, inspected.directories, inspected.symlinks), (1, 1, 1));
    assert_eq!((inspected.total_bytes, inspected.file_bytes, inspected.ratio()), (2816, Some(5632), Some(0.5)));
    assert_eq!(Some(inspected.digest), archive.digest().ok());
    let (_folder, archive) = open("x.zip", &zip_bytes(&[entry("a", &"1".repeat(1000))]));
    let packed: Vec<_> = archive.entries().iter().map(|entry| (entry.packed_bytes.is_some(), entry.crc)).collect();
    assert_eq!(packed, [(true, Some(0xb3b4_4e47))]);
}

fn shown(change: &EntryChange) -> String {
    let what = match (&change.before, &change.after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ if change.content && change.permissions => "content and permissions",
        _ if change.content => "content",
        _ => "permissions",
    };
    format!("{}: {what}", change.path)
}

#[test]
fn what_became_of_a_package() {
    let mode = |mode, entry| ZipEntry { mode, ..entry };
    let before = zip_bytes(&[
        entry("same", "same"),
        entry("same size", "1234"),
        entry("other size", "1234"),
        entry("removed", "1"),
        mode(0o100_755, entry("mode", "x")),
        mode(0o100_755, entry("both", "x")),
        entry("d/", ""),
        entry("d/in it", "x"),
        entry("empty/", ""),
        link("link", "same"),
        link("link that stays", "same"),
        entry("file that becomes a link", "same"),
    ]);
    let after = tar_bytes(&[
        tar_file("same", "same"),
        tar_file("same size", "1243"),
        tar_file("other size", "12345"),
        tar_file("added", "1"),
        tar_file("mode", "x"),
        tar_file("both", "y"),
        tar_file("d/in it", "x"),
        tar_entry("link", b'2', "mode", b""),
        tar_entry("link that stays", b'2', "same", b""),
        tar_entry("file that becomes a link", b'2', "same", b""),
    ]);
    let (_zip_folder, before) = open("x.zip", &before);
    for (_tar_folder, after) in [open("x.tar", &after), open("x.tgz", &gzipped(&after))] {
        let diff = before.diff(&after).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(diff.unchanged, 3);
        let lines: Vec<String> = diff.changes.iter().map(shown).collect();
        insta::allow_duplicates! {
            insta::assert_snapshot!(lines.join("\n"), @"
            added: added
            both: content and permissions
            empty: removed
            file that becomes a link: content
            link: content
            mode: permissions
            other size: content
            removed: removed
            same size: content
            ");
        }
    }
    assert_eq!(before.diff(&before).map(|diff| (diff.changes, diff.unchanged)).ok(), Some((vec![], 11)));
}

#[test]
fn equal_checksums_do_not_make_equal_files() {
    // Two texts with the same CRC-32, which is easy to make.
    let one = zip_bytes(&[entry("a", "plumless")]);
    let other = zip_bytes(&[entry("a", "buckeroo")]);
    let (_one_folder, one) = open("x.zip", &one);
    let (_other_folder, other) = open("y.zip", &other);
    assert_eq!(one.entries()[0].crc, other.entries()[0].crc);
    let diff = one.diff(&other).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(diff.changes.iter().map(shown).collect::<Vec<_>>(), ["a: content"]);
}
