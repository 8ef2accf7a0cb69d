//! Reading parts of entries, and the digest.

use std::fs;

use wharf_package::{Archive, ArchiveLimits, EntryKind};

use crate::support::{
    ZipEntry, bzipped, entry, folder, gzipped, link, open_bytes, tar_bytes, tar_file, zip_bytes, zstd_compressed,
};

fn text(seed: usize) -> String {
    (0..40_000).map(|n| format!("{} ", n * seed)).collect()
}

/// The same two files in every format.
fn archives() -> Vec<(tempfile::TempDir, Archive)> {
    let (a, b) = (text(3), text(7));
    let stored = |entry| ZipEntry { deflate: false, ..entry };
    let tar = tar_bytes(&[tar_file("d/a", &a), tar_file("b", &b)]);
    let folder = folder();
    crate::support::write_tree(folder.path(), &[("d/a", &a), ("b", &b)]);
    let packed = Archive::of_folder(folder.path(), &wharf_package::FileSelection::all(), &ArchiveLimits::default());
    let mut all = vec![(folder, packed.expect("the folder is fine"))];
    for (name, bytes) in [
        ("x.zip", zip_bytes(&[entry("d/a", &a), entry("b", &b)])),
        ("y.zip", zip_bytes(&[stored(entry("d/a", &a)), stored(entry("b", &b))])),
        ("x.tar", tar.clone()),
        ("x.tar.gz", gzipped(&tar)),
        ("x.tar.bz2", bzipped(&tar)),
        ("x.tar.zst", zstd_compressed(&tar)),
    ] {
        all.push(open_bytes(name, &bytes, &ArchiveLimits::default()).expect("it is fine"));
    }
    all
}

#[test]
fn parts_are_read_in_any_order() {
    let (a, b) = (text(3), text(7));
    for (_folder, archive) in archives() {
        let part = |path: &str, offset: usize, length: u32| {
            archive.read(path, offset as u64, length).unwrap_or_else(|error| panic!("{error}"))
        };
        assert_eq!(part("d/a", 0, 10), a.as_bytes()[..10]);
        assert_eq!(part("d/a", 10, 100_000), a.as_bytes()[10..100_010]);
        assert_eq!(part("b", 50, 5), b.as_bytes()[50..55]);
        assert_eq!(part("d/a", 7, 5), a.as_bytes()[7..12]);
        assert_eq!(part("d/a", a.len() - 3, 10), a.as_bytes()[a.len() - 3..]);
        assert_eq!(part("d/a", a.len(), 10), b"");
        assert_eq!(part("d/a", usize::MAX, 10), b"");
        assert_eq!(part("b", 0, 0), b"");
        assert_eq!(part("b", 0, u32::MAX), b.as_bytes());
    }
}

#[test]
fn what_has_no_content_says_so() {
    let bytes = zip_bytes(&[entry("d/", ""), entry("f", "x"), link("l", "f")]);
    let (_folder, archive) = open_bytes("x.zip", &bytes, &ArchiveLimits::default()).expect("it is fine");
    let refused = |path| archive.read(path, 0, 1).map_err(|error| error.problem.to_string());
    insta::assert_debug_snapshot!([refused("d"), refused("l"), refused("missing"), refused("F"), refused("f")], @r#"
    [
        Err(
            "entry `d` is no file",
        ),
        Err(
            "entry `l` is no file",
        ),
        Err(
            "has no entry `missing`",
        ),
        Err(
            "has no entry `F`",
        ),
        Ok(
            [
                120,
            ],
        ),
    ]
    "#);
}

#[test]
fn a_damaged_entry_gives_nothing_of_its_last_part() {
    let liar = ZipEntry { crc: Some(1), ..entry("liar", &text(3)) };
    let (_folder, archive) =
        open_bytes("x.zip", &zip_bytes(&[liar]), &ArchiveLimits::default()).expect("the listing is fine");
    assert_eq!(archive.read("liar", 0, 4).ok().as_deref(), Some(b"0 3 ".as_slice()));
    let problem = archive.read("liar", 4, u32::MAX).expect_err("the checksum is wrong").problem;
    assert_eq!(
        problem.to_string(),
        "entry `liar` is damaged: its bytes cannot be decompressed, or their checksum is wrong"
    );
    assert_eq!(archive.read("liar", 0, 4).ok().as_deref(), Some(b"0 3 ".as_slice()));
}

#[test]
fn the_digest_is_that_of_the_file() {
    let (folder, archive) =
        open_bytes("x.tar", &tar_bytes(&[tar_file("a", "1")]), &ArchiveLimits::default()).expect("it is fine");
    let digest = archive.digest().expect("the file can be read");
    insta::assert_snapshot!(digest, @"sha256:ccfd5bf33c27c23a311039610c85b6c6a48a8578f9e470a89c7360e399af6781");
    fs::write(folder.path().join("x.tar"), "").expect("the file can be written");
    assert_eq!(archive.digest().ok(), Some(digest), "it is computed once");
}

#[test]
fn what_is_no_file_is_not_opened() {
    let folder = folder();
    let refused = |name: &str| {
        let error = Archive::open(&folder.path().join(name), &ArchiveLimits::default()).expect_err("it is no archive");
        error.problem.to_string()
    };
    fs::create_dir(folder.path().join("folder.zip")).expect("a folder can be made");
    assert_eq!(refused("folder.zip"), "is no regular file");
    assert_eq!(refused("missing.zip"), "cannot be read: No such file or directory (os error 2)");
}

#[test]
fn more_entries_than_a_plain_zip_can_count() {
    let mut zip = rawzip::ZipArchiveWriter::new(Vec::new());
    for number in 0..66_000 {
        let path = format!("d{}/{number}/", number % 7);
        zip.new_dir(path.as_str()).create().expect("an entry can be written to memory");
    }
    let bytes = zip.finish().expect("a zip can be ended in memory");
    let (_folder, archive) = open_bytes("x.zip", &bytes, &ArchiveLimits::default()).expect("it is fine");
    assert_eq!(archive.entries().len(), 66_000);
    assert!(archive.find("d3/65999").is_some_and(|entry| entry.kind == EntryKind::Directory));
}
