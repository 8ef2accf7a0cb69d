//! Tars that lie, escape or explode, plain and compressed.

use wharf_package::ArchiveLimits;

use crate::support::{
    bzipped, checksummed, extract, gzipped, noise, open_bytes, opened, tar_bytes, tar_entry, tar_file, zstd_compressed,
};

/// The same for a tar and for a tar.gz, which is said once.
fn refusals(cases: &[(&str, Vec<Vec<u8>>)]) -> String {
    let line = |(what, entries): &(&str, Vec<Vec<u8>>)| {
        let bytes = tar_bytes(entries);
        let plain = opened("x.tar", &bytes);
        assert_eq!(opened("x.tar.gz", &gzipped(&bytes)).replace("tar.gz", "tar"), plain);
        format!("{what}: {plain}")
    };
    cases.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn names_and_links_that_leave_the_destination() {
    let symlink = |name: &str, target: &str| tar_entry(name, b'2', target, b"");
    insta::assert_snapshot!(refusals(&[
        ("traversal", vec![tar_file("fine", "1"), tar_file("../evil", "2")]),
        ("absolute", vec![tar_file("/etc/passwd", "2")]),
        ("drive", vec![tar_file("C:/evil", "2")]),
        ("device name", vec![tar_file("aux", "2")]),
        ("twice, as appending does", vec![tar_file("a", "1"), tar_file("a", "2")]),
        ("case", vec![tar_file("a", "1"), tar_file("A", "2")]),
        ("hard link", vec![tar_file("a", "1"), tar_entry("b", b'1', "a", b"")]),
        ("hard link out", vec![tar_entry("b", b'1', "/etc/passwd", b"")]),
        ("character device", vec![tar_entry("b", b'3', "", b"")]),
        ("block device", vec![tar_entry("b", b'4', "", b"")]),
        ("FIFO", vec![tar_entry("b", b'6', "", b"")]),
        ("sparse", vec![tar_entry("b", b'S', "", b"")]),
        ("unknown", vec![tar_entry("b", b'Q', "", b"")]),
        ("symlink out", vec![symlink("a/l", "../../x")]),
        ("symlink to absolute", vec![symlink("l", "/etc")]),
        ("through a symlink", vec![symlink("l", "d"), tar_file("l/evil", "2")]),
        ("long name that leaves", vec![tar_entry("././@LongLink", b'L', "", b"../evil\0"), tar_file("fine", "1")]),
        ("PAX name that leaves", vec![tar_entry("x", b'x', "", b"19 path=../../evil\n"), tar_file("fine", "1")]),
        ("PAX link that leaves", vec![tar_entry("x", b'x', "", b"21 linkpath=/etc/pas\n"), symlink("l", "fine")]),
        ("PAX name with NUL", vec![tar_entry("x", b'x', "", b"12 path=a\0b\n"), tar_file("fine", "1")]),
        ("PAX sparse", vec![tar_entry("x", b'x', "", b"22 GNU.sparse.major=1\n"), tar_file("fine", "1")]),
        ("PAX damaged", vec![tar_entry("x", b'x', "", b"99 path=a\n"), tar_file("fine", "1")]),
        ("fine", vec![tar_entry("./", b'5', "", b""), tar_file("./a/b", "1"), symlink("l", "a/b")]),
    ]), @"
    traversal: package `x.tar`: entry `../evil` would leave the destination: its name has a `..`
    absolute: package `x.tar`: entry `/etc/passwd` would leave the destination: its name is absolute
    drive: package `x.tar`: entry `C:/evil` would leave the destination: its name begins with a drive
    device name: package `x.tar`: entry `aux` has `aux` in its name, which is a device on Windows
    twice, as appending does: package `x.tar`: entry `a` is there twice
    case: package `x.tar`: entry `A` differs from `a` by case alone: on Windows and macOS they are one
    hard link: a 644 1 bytes
    b 644 1 bytes
    hard link out: package `x.tar`: entry `b` is a hard link to `/etc/passwd`, which is no file before it in the package
    character device: package `x.tar`: entry `b` is a device, which packages may not hold
    block device: package `x.tar`: entry `b` is a device, which packages may not hold
    FIFO: package `x.tar`: entry `b` is a FIFO, which packages may not hold
    sparse: package `x.tar`: entry `b` is a sparse file whose map is damaged or in an unknown format
    unknown: package `x.tar`: entry `b` is of the unknown type `Q`
    symlink out: package `x.tar`: entry `a/l` is a link to `../../x`, which leaves the package
    symlink to absolute: package `x.tar`: entry `l` is a link to `/etc`, which is absolute
    through a symlink: package `x.tar`: entry `l/evil` lies in `l`, which is no directory
    long name that leaves: package `x.tar`: entry `../evil` would leave the destination: its name has a `..`
    PAX name that leaves: package `x.tar`: entry `../../evil` would leave the destination: its name has a `..`
    PAX link that leaves: package `x.tar`: entry `l` is a link to `/etc/pas`, which is absolute
    PAX name with NUL: package `x.tar`: entry `a�b` has a NUL byte in its name
    PAX sparse: package `x.tar`: entry `fine` is a sparse file whose map is damaged or in an unknown format
    PAX damaged: package `x.tar`: is no intact tar archive: an extended header is damaged
    fine: a/b 644 1 bytes
    l 644 -> a/b
    ");
}

#[test]
fn what_is_cut_off_or_damaged() {
    let whole = tar_bytes(&[tar_file("a", "some content"), tar_file("b", "more")]);
    let mut bad_header = whole.clone();
    bad_header[1024] = b'c';
    let compressed = gzipped(&whole);
    let mut bad_checksum = compressed.clone();
    let crc = bad_checksum.len() - 8;
    bad_checksum[crc] ^= 1;
    let mut no_size = tar_entry("a", b'0', "", b"");
    no_size[124..136].copy_from_slice(b"not a number");
    let lines = [
        ("header", opened("x.tar", &bad_header)),
        ("in padding", opened("x.tar", &whole[..700])),
        ("in content", opened("x.tar", &whole[..520])),
        ("without end marks", opened("x.tar", &whole[..2048])),
        ("in the last padding", opened("x.tar", &whole[..1540])),
        ("empty", opened("x.tar", b"")),
        ("text", opened("x.tar", "this is no tar ".repeat(100).as_bytes())),
        ("no size", opened("x.tar", &tar_bytes(&[checksummed(no_size)]))),
        ("gzip cut off", opened("x.tgz", &compressed[..compressed.len() / 2])),
        ("gzip's checksum", opened("x.tgz", &bad_checksum)),
        ("no gzip", opened("x.tgz", &whole)),
        ("a zip by another name", opened("x.tar", b"PK\x03\x04")),
    ];
    insta::assert_snapshot!(lines.map(|(what, line)| format!("{what}: {line}")).join("\n"), @"
    header: package `x.tar`: is no intact tar archive: a header is damaged
    in padding: package `x.tar`: is no intact tar archive: the file ends before it does
    in content: package `x.tar`: entry `a` is cut off: the file ends before it does
    without end marks: package `x.tar`: is no intact tar archive: the file ends before it does
    in the last padding: package `x.tar`: is no intact tar archive: the file ends before it does
    empty: package `x.tar`: is no intact tar archive: the file ends before it does
    text: package `x.tar`: is no intact tar archive: it does not begin with a header
    no size: package `x.tar`: is no intact tar archive: a header has no size
    gzip cut off: package `x.tgz`: is no intact tar.gz archive: the file ends before it does
    gzip's checksum: package `x.tgz`: is no intact tar.gz archive: it cannot be decompressed
    no gzip: package `x.tgz`: is tar.gz by its name and tar by its content: give it the extension that it should have
    a zip by another name: package `x.tar`: is tar by its name and zip by its content: give it the extension that it should have
    ");
}

#[test]
fn bombs() {
    let limits = ArchiveLimits {
        total_bytes: 5 << 20,
        entries: 10,
        ratio: 20,
        harmless_bytes: 1 << 20,
        ..ArchiveLimits::default()
    };
    let refused = |entries: &[Vec<u8>]| {
        open_bytes("x.tgz", &gzipped(&tar_bytes(entries)), &limits).map(drop).expect_err("a bomb is refused")
    };
    let zeros = |size: usize| tar_entry("zeros", b'0', "", &vec![0; size]);
    let mut endless = tar_entry("zeros", b'0', "", b"");
    // 8 GiB - 1, of which nothing follows.
    endless[124..136].copy_from_slice(b"77777777777\0");
    let endless = checksummed(endless);
    let many: Vec<Vec<u8>> = (0..11).map(|n| tar_file(&n.to_string(), "")).collect();
    let extensions: Vec<Vec<u8>> = (0..41).map(|_| tar_entry("x", b'x', "", b"")).collect();
    let long_name = tar_entry("././@LongLink", b'L', "", &vec![b'x'; 2 << 20]);
    let lines = [
        ("ratio", refused(&[zeros((1 << 20) + 1)])),
        ("total", refused(&[zeros(4 << 20), tar_entry("more", b'0', "", &noise(2 << 20))])),
        ("declared only", refused(&[endless])),
        ("entries", refused(&many)),
        ("extensions", refused(&extensions)),
        ("name", refused(&[long_name, tar_file("fine", "1")])),
        ("padding", refused(&[tar_file("fine", "1"), vec![0; 20 << 20]])),
    ];
    insta::assert_snapshot!(lines.map(|(what, line)| format!("{what}: {line}")).join("\n"), @"
    ratio: package `x.tgz`: grows to more than 20 times its size, as a decompression bomb does; raise the limit `package-ratio` if that is right
    total: package `x.tgz`: holds more than 5242880 bytes of files; raise the limit `package-bytes` if that is right
    declared only: package `x.tgz`: holds more than 5242880 bytes of files; raise the limit `package-bytes` if that is right
    entries: package `x.tgz`: holds more than 10 entries; raise the limit `package-entries` if that is right
    extensions: package `x.tgz`: holds more than 10 entries; raise the limit `package-entries` if that is right
    name: package `x.tgz`: is no intact tar.gz archive: a name or an extended header is too long
    padding: package `x.tgz`: is no intact tar.gz archive: too much follows its end mark
    ");
}

#[test]
fn an_archive_that_shrinks_after_it_was_opened_is_caught() {
    let bytes = tar_bytes(&[tar_file("a", &"content ".repeat(1000))]);
    let (folder, archive) = open_bytes("x.tar", &bytes, &ArchiveLimits::default()).expect("it is fine");
    std::fs::write(folder.path().join("x.tar"), &bytes[..1000]).expect("the archive can be written");
    let (_destination, result) = extract(&archive, &[]);
    let message = result.expect_err("it is cut off").to_string();
    assert!(message.ends_with("entry `a` is cut off: the file ends before it does"), "{message}");
}

/// A record of a PAX header, with its length before it.
fn record(text: &str) -> Vec<u8> {
    let length = (text.len() + 3..).find(|length| length.to_string().len() + text.len() + 2 == *length);
    format!("{} {text}\n", length.expect("there is one")).into_bytes()
}

fn pax(kind: u8, records: &[&str]) -> Vec<u8> {
    let records: Vec<u8> = records.iter().flat_map(|text| record(text)).collect();
    tar_entry("x", kind, "", &records)
}

#[test]
fn hard_links_to_what_is_no_file_before_them() {
    let hard_link = |name: &str, target: &str| tar_entry(name, b'1', target, b"");
    insta::assert_snapshot!(refusals(&[
        ("missing", vec![hard_link("b", "a")]),
        ("later", vec![hard_link("b", "a"), tar_file("a", "1")]),
        ("itself", vec![hard_link("a", "a")]),
        ("directory", vec![tar_entry("d/", b'5', "", b""), hard_link("b", "d")]),
        ("up", vec![tar_file("a", "1"), hard_link("b", "../a")]),
        ("beneath a file", vec![tar_file("a", "1"), hard_link("a/b", "a")]),
        ("in place of another", vec![tar_file("a", "1"), tar_file("b", "1"), hard_link("b", "a")]),
        ("a symlink that leads out from there", vec![
            tar_entry("d/l", b'2', "../x", b""),
            hard_link("l", "d/l"),
        ]),
        ("a symlink", vec![tar_entry("d/l", b'2', "x", b""), hard_link("l", "d/l")]),
    ]), @"
    missing: package `x.tar`: entry `b` is a hard link to `a`, which is no file before it in the package
    later: package `x.tar`: entry `b` is a hard link to `a`, which is no file before it in the package
    itself: package `x.tar`: entry `a` is a hard link to `a`, which is no file before it in the package
    directory: package `x.tar`: entry `b` is a hard link to `d`, which is no file before it in the package
    up: package `x.tar`: entry `b` is a hard link to `../a`, which is no file before it in the package
    beneath a file: package `x.tar`: entry `a/b` lies in `a`, which is no directory
    in place of another: package `x.tar`: entry `b` is there twice
    a symlink that leads out from there: package `x.tar`: entry `l` is a link to `../x`, which leaves the package
    a symlink: d/l 644 -> x
    l 644 -> x
    ");
}

#[test]
fn attributes_of_all_entries() {
    insta::assert_snapshot!(refusals(&[
        ("name", vec![pax(b'g', &["path=evil"]), tar_file("a", "1")]),
        ("size", vec![pax(b'g', &["size=0"]), tar_file("a", "1")]),
        ("comment", vec![pax(b'g', &["comment=b2f1", "mtime=1000"]), tar_file("a", "1")]),
    ]), @"
    name: package `x.tar`: is no intact tar archive: a global header has the name or the size of one entry
    size: package `x.tar`: is no intact tar archive: a global header has the name or the size of one entry
    comment: a 644 1 bytes
    ");
}

#[test]
fn sparse_files_that_cannot_be() {
    let sparse = |records: &[&str], content: &str| vec![pax(b'x', records), tar_file("a", content)];
    let holes = ["GNU.sparse.size=1099511627776", "GNU.sparse.map=0,1"];
    let before = ["GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=real", "GNU.sparse.realsize=9"];
    let map = |text: &str| format!("{text:\0<512}content");
    insta::assert_snapshot!(refusals(&[
        ("bomb", sparse(&holes, "1")),
        ("overlap", sparse(&["GNU.sparse.size=9", "GNU.sparse.map=0,2,1,2"], "1234")),
        ("too little", sparse(&["GNU.sparse.size=9", "GNU.sparse.map=0,2"], "1234")),
        ("beyond the end", sparse(&["GNU.sparse.size=9", "GNU.sparse.map=8,2"], "12")),
        ("without a size", sparse(&["GNU.sparse.map=8,2"], "12")),
        ("name that leaves", sparse(&["GNU.sparse.name=../a", "GNU.sparse.size=1", "GNU.sparse.map=0,1"], "1")),
        ("map before the content", sparse(&before, &map("1\n2\n7\n"))),
        ("map that is none", sparse(&before, &map("x\n2\n7\n"))),
        ("map that is longer than the content", sparse(&before, &map("100000\n2\n7\n"))),
        ("unknown", sparse(&["GNU.sparse.major=2"], "1")),
    ]), @"
    bomb: package `x.tar`: holds more than 17179869184 bytes of files; raise the limit `package-bytes` if that is right
    overlap: package `x.tar`: entry `a` is a sparse file whose map is damaged or in an unknown format
    too little: package `x.tar`: entry `a` is a sparse file whose map is damaged or in an unknown format
    beyond the end: package `x.tar`: entry `a` is a sparse file whose map is damaged or in an unknown format
    without a size: package `x.tar`: entry `a` is a sparse file whose map is damaged or in an unknown format
    name that leaves: package `x.tar`: entry `../a` would leave the destination: its name has a `..`
    map before the content: real 644 9 bytes
    map that is none: package `x.tar`: entry `real` is a sparse file whose map is damaged or in an unknown format
    map that is longer than the content: package `x.tar`: entry `real` is a sparse file whose map is damaged or in an unknown format
    unknown: package `x.tar`: entry `a` is a sparse file whose map is damaged or in an unknown format
    ");
}

#[test]
fn links_as_bombs() {
    let limits = ArchiveLimits { total_bytes: 10 << 20, ..ArchiveLimits::default() };
    let mut entries = vec![tar_entry("a", b'0', "", &noise(1 << 20))];
    entries.extend((0..20).map(|number| tar_entry(&format!("l{number}"), b'1', "a", b"")));
    let refused = open_bytes("x.tar", &tar_bytes(&entries), &limits).map(drop).expect_err("a bomb is refused");
    insta::assert_snapshot!(refused, @"package `x.tar`: holds more than 10485760 bytes of files; raise the limit `package-bytes` if that is right");
}

#[test]
fn any_damage_to_what_is_compressed_is_refused_or_harmless() {
    let whole = tar_bytes(&[tar_file("a", &"some content ".repeat(20)), tar_entry("l", b'2', "a", b"")]);
    let entries = opened("x.tar", &whole);
    for (name, compressed) in
        [("x.tgz", gzipped(&whole)), ("x.tar.bz2", bzipped(&whole)), ("x.tar.zst", zstd_compressed(&whole))]
    {
        assert_eq!(opened(name, &compressed), entries);
        for length in 0..compressed.len() {
            let refused = opened(name, &compressed[..length]);
            assert!(
                refused.ends_with("the file ends before it does") || refused.ends_with("it cannot be decompressed"),
                "{refused}"
            );
        }
        for at in 0..compressed.len() {
            let mut damaged = compressed.clone();
            damaged[at] ^= 1 << (at % 8);
            let now = opened(name, &damaged);
            assert!(now == entries || now.starts_with("package `x."), "{name}, byte {at}: {now}");
        }
    }
}
