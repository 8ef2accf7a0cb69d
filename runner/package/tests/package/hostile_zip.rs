//! Zips that lie, escape or explode: each is refused, before anything is extracted wherever the listing shows it.

use std::ops::ControlFlow;

use wharf_model::Limit;
use wharf_package::{Archive, ArchiveLimits, EntryPatterns};

use crate::support::{Diary, ZipEntry, entry, extract, folder, link, open_bytes, opened, zip_bytes};

fn refusals(cases: &[(&str, Vec<ZipEntry>)]) -> String {
    let line = |(what, entries): &(&str, Vec<ZipEntry>)| format!("{what}: {}", opened("x.zip", &zip_bytes(entries)));
    cases.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn names_that_leave_the_destination_or_mean_something_else() {
    let named = |name: &str| vec![entry("fine.txt", "fine"), entry(name, "evil")];
    insta::assert_snapshot!(refusals(&[
        ("traversal", named("../evil.txt")),
        ("traversal inside", named("a/../../evil.txt")),
        ("traversal by backslash", named(r"a\..\..\evil.txt")),
        ("absolute", named("/etc/passwd")),
        ("absolute by backslash", named(r"\windows\evil.txt")),
        ("share", named(r"\\server\share\evil.txt")),
        ("drive", named(r"C:\evil.txt")),
        ("drive, relative", named("c:evil.txt")),
        ("NUL", named("good.txt\0.exe")),
        ("device", named("a/con.txt")),
        ("device with stream", named("NUL:x")),
        ("empty", named("")),
        ("nothing but dots", named("./.")),
        ("control characters", named("../\u{1b}[31mred\r\n")),
        ("long part", named(&"x".repeat(300))),
        ("long", named(&format!("{}x", "x/".repeat(1500)))),
        ("deep", named(&format!("{}x", "x/".repeat(150)))),
    ]), @r"
    traversal: package `x.zip`: entry `../evil.txt` would leave the destination: its name has a `..`
    traversal inside: package `x.zip`: entry `a/../../evil.txt` would leave the destination: its name has a `..`
    traversal by backslash: package `x.zip`: entry `a\..\..\evil.txt` would leave the destination: its name has a `..`
    absolute: package `x.zip`: entry `/etc/passwd` would leave the destination: its name is absolute
    absolute by backslash: package `x.zip`: entry `\windows\evil.txt` would leave the destination: its name is absolute
    share: package `x.zip`: entry `\\server\share\evil.txt` would leave the destination: its name is absolute
    drive: package `x.zip`: entry `C:\evil.txt` would leave the destination: its name begins with a drive
    drive, relative: package `x.zip`: entry `c:evil.txt` would leave the destination: its name begins with a drive
    NUL: package `x.zip`: entry `good.txt�.exe` has a NUL byte in its name
    device: package `x.zip`: entry `a/con.txt` has `con.txt` in its name, which is a device on Windows
    device with stream: package `x.zip`: entry `NUL:x` has `NUL:x` in its name, which is a device on Windows
    empty: package `x.zip`: entry `` has no name
    nothing but dots: package `x.zip`: entry `./.` has no name
    control characters: package `x.zip`: entry `../�[31mred��` would leave the destination: its name has a `..`
    long part: package `x.zip`: entry `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…` has a part of more than 255 bytes in its name
    long: package `x.zip`: entry `x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/…` has a name of more than 2048 bytes
    deep: package `x.zip`: entry `x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/…` lies more than 100 folders deep
    ");
}

#[test]
fn names_that_collide() {
    insta::assert_snapshot!(refusals(&[
        ("twice", vec![entry("a.txt", "1"), entry("a.txt", "2")]),
        ("twice, spelled differently", vec![entry("a/b.txt", "1"), entry(r"a\.\b.txt", "2")]),
        ("case", vec![entry("Readme", "1"), entry("README", "2")]),
        ("case, not ASCII", vec![entry("Größe", "1"), entry("GRÖßE", "2")]),
        ("case of a directory", vec![entry("Lib/a", "1"), entry("lib/b", "2")]),
        ("case of a listed directory", vec![entry("lib/", ""), entry("Lib/", "")]),
        ("file beneath a file", vec![entry("a", "1"), entry("a/b", "2")]),
        ("file that is a directory", vec![entry("a/b", "1"), entry("a", "2")]),
        ("file that is a listed directory", vec![entry("a/", ""), entry("a", "2")]),
        ("a directory twice is one", vec![entry("a/", ""), entry("a/", ""), entry("a/b", "1")]),
    ]), @r"
    twice: package `x.zip`: entry `a.txt` is there twice
    twice, spelled differently: package `x.zip`: entry `a\.\b.txt` is there twice
    case: package `x.zip`: entry `README` differs from `Readme` by case alone: on Windows and macOS they are one
    case, not ASCII: package `x.zip`: entry `GRÖßE` differs from `Größe` by case alone: on Windows and macOS they are one
    case of a directory: package `x.zip`: entry `lib/b` differs from `Lib` by case alone: on Windows and macOS they are one
    case of a listed directory: package `x.zip`: entry `Lib/` differs from `lib` by case alone: on Windows and macOS they are one
    file beneath a file: package `x.zip`: entry `a/b` lies in `a`, which is no directory
    file that is a directory: package `x.zip`: entry `a` is both a file and a directory
    file that is a listed directory: package `x.zip`: entry `a` is both a file and a directory
    a directory twice is one: a 644 directory
    a/b 644 1 bytes
    ");
}

#[test]
fn links_that_leave_the_archive() {
    insta::assert_snapshot!(refusals(&[
        ("absolute", vec![link("l", "/etc/passwd")]),
        ("drive", vec![link("l", "C:/x")]),
        ("backslash", vec![link("l", r"\x")]),
        ("up", vec![link("l", "../x")]),
        ("up from below", vec![link("a/b/l", "../../../x")]),
        ("up by backslash", vec![link("a/l", r"..\..\x")]),
        ("up and back", vec![link("a/l", "../../here/a")]),
        ("empty", vec![link("l", "")]),
        ("NUL", vec![link("l", "a\0b")]),
        ("long", vec![link("l", &"x".repeat(5000))]),
        ("file beneath a link", vec![link("a", "b"), entry("a/evil.txt", "evil")]),
        ("link in place of a directory", vec![entry("a/evil.txt", "evil"), link("a", "b")]),
        ("chain that goes up", vec![link("d/up", ".."), link("l", "d/up/..")]),
        ("chain that goes up, listed first", vec![link("l", "D/UP/../x"), link("d/up", "..")]),
        ("inside", vec![entry("a/f", "1"), link("a/l", "../a/./f"), link("m", "a/l"), link("here", ".")]),
    ]), @r"
    absolute: package `x.zip`: entry `l` is a link to `/etc/passwd`, which is absolute
    drive: package `x.zip`: entry `l` is a link to `C:/x`, which is absolute
    backslash: package `x.zip`: entry `l` is a link to `\x`, which is absolute
    up: package `x.zip`: entry `l` is a link to `../x`, which leaves the package
    up from below: package `x.zip`: entry `a/b/l` is a link to `../../../x`, which leaves the package
    up by backslash: package `x.zip`: entry `a/l` is a link to `..\..\x`, which leaves the package
    up and back: package `x.zip`: entry `a/l` is a link to `../../here/a`, which leaves the package
    empty: package `x.zip`: entry `l` is a link whose target is empty, longer than a path or not UTF-8
    NUL: package `x.zip`: entry `l` is a link whose target is empty, longer than a path or not UTF-8
    long: package `x.zip`: entry `l` is a link whose target is empty, longer than a path or not UTF-8
    file beneath a link: package `x.zip`: entry `a/evil.txt` lies in `a`, which is no directory
    link in place of a directory: package `x.zip`: entry `a` is both a file and a directory
    chain that goes up: package `x.zip`: entry `l` is a link to `d/up/..`, which goes up again behind the link `d/up`
    chain that goes up, listed first: package `x.zip`: entry `l` is a link to `D/UP/../x`, which goes up again behind the link `d/up`
    inside: a/f 644 1 bytes
    a/l 777 -> ../a/./f
    m 777 -> a/l
    here 777 -> .
    ");
}

#[test]
fn what_is_neither_file_nor_directory_nor_symlink() {
    let of_mode = |mode| vec![ZipEntry { mode, ..entry("x", "") }];
    insta::assert_snapshot!(refusals(&[
        ("FIFO", of_mode(0o010_644)),
        ("character device", of_mode(0o020_644)),
        ("block device", of_mode(0o060_644)),
        ("socket", of_mode(0o140_644)),
        ("something", of_mode(0o150_644)),
        ("directory with content", vec![entry("a/", "content")]),
    ]), @"
    FIFO: package `x.zip`: entry `x` is a FIFO, which packages may not hold
    character device: package `x.zip`: entry `x` is a device, which packages may not hold
    block device: package `x.zip`: entry `x` is a device, which packages may not hold
    socket: package `x.zip`: entry `x` is a socket, which packages may not hold
    something: package `x.zip`: entry `x` is of the unknown type `150000`
    directory with content: package `x.zip`: entry `a/` is both a file and a directory
    ");
}

#[test]
fn bombs_are_refused_by_their_listing() {
    let zeros = |megabytes: usize| ZipEntry { content: vec![0; megabytes << 20], ..entry("zeros", "") };
    let limits = ArchiveLimits {
        total_bytes: 5 << 20,
        entries: 3,
        ratio: 20,
        harmless_bytes: 1 << 20,
        ..ArchiveLimits::default()
    };
    let refused = |entries: &[ZipEntry]| {
        let folder = folder();
        let path = folder.path().join("x.zip");
        std::fs::write(&path, zip_bytes(entries)).expect("the archive can be written");
        let error = Archive::open(&path, &limits).expect_err("a bomb is refused");
        (error.limit(), error.problem.to_string())
    };
    let many: Vec<ZipEntry> = (0..4).map(|n| entry(&n.to_string(), "")).collect();
    insta::assert_debug_snapshot!([refused(&[zeros(2)]), refused(&[zeros(6)]), refused(&many)], @r#"
    [
        (
            Some(
                PackageRatio,
            ),
            "grows to more than 20 times its size, as a decompression bomb does; raise the limit `package-ratio` if that is right",
        ),
        (
            Some(
                PackageBytes,
            ),
            "holds more than 5242880 bytes of files; raise the limit `package-bytes` if that is right",
        ),
        (
            Some(
                PackageEntries,
            ),
            "holds more than 3 entries; raise the limit `package-entries` if that is right",
        ),
    ]
    "#);
    assert_eq!(Limit::PackageRatio.name(), "package-ratio");
    // The same is let through where it is allowed, and where it is too small to harm.
    let allowed = ArchiveLimits { ratio: 2000, ..limits.clone() };
    assert!(open_bytes("x.zip", &zip_bytes(&[zeros(2)]), &allowed).is_ok());
    assert!(open_bytes("x.zip", &zip_bytes(&[zeros(1)]), &limits).is_ok());
}

#[test]
fn a_bomb_of_shared_bytes_is_refused() {
    let stored = |entry| ZipEntry { deflate: false, ..entry };
    // The bytes of `a` hold the header and the bytes of `b`, as in the bombs that quote their own headers.
    let b = zip_bytes(&[stored(entry("b", "the same bytes"))]);
    let quoted = &b[..30 + 1 + 14 + 16];
    let a = ZipEntry { content: quoted.to_vec(), ..stored(entry("a", "")) };
    let mut bytes = zip_bytes(&[a, stored(entry("b", "the same bytes"))]);
    let second = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").expect("there are two records");
    // The offset of the local header: behind the header and the name of `a`.
    bytes[second + 42..second + 46].copy_from_slice(&31_u32.to_le_bytes());
    insta::assert_snapshot!(opened("x.zip", &bytes), @"package `x.zip`: entry `b` shares its bytes with another entry, as in a decompression bomb");
}

#[test]
fn sizes_that_cannot_be_true_are_refused_by_the_listing() {
    let declared =
        |declared, deflate| vec![ZipEntry { declared_size: Some(declared), deflate, ..entry("liar", "content") }];
    insta::assert_snapshot!(refusals(&[
        ("stored, too small", declared(3, false)),
        ("stored, too large", declared(8, false)),
        ("deflated beyond what deflate can", declared(1 << 20, true)),
        ("deflated, enormous", declared(u64::MAX, true)),
    ]), @"
    stored, too small: package `x.zip`: entry `liar` does not have the 3 bytes that it declares
    stored, too large: package `x.zip`: entry `liar` does not have the 8 bytes that it declares
    deflated beyond what deflate can: package `x.zip`: entry `liar` does not have the 1048576 bytes that it declares
    deflated, enormous: package `x.zip`: entry `liar` does not have the 18446744073709551615 bytes that it declares
    ");
}

#[test]
fn sizes_and_checksums_that_lie_are_caught_while_extracting() {
    let outcome = |entry: ZipEntry| {
        let (_folder, archive) =
            open_bytes("x.zip", &zip_bytes(&[entry]), &ArchiveLimits::default()).expect("the listing is fine");
        let (destination, result) = extract(&archive, &[]);
        let error = result.expect_err("the lie is caught").to_string();
        let written = std::fs::metadata(destination.path().join("liar")).map_or(0, |metadata| metadata.len());
        let message = error.rsplit_once("x.zip`: ").map_or(error.clone(), |(_, message)| message.to_owned());
        format!("{message}; {written} bytes written")
    };
    let content = "0123456789".repeat(100);
    let lie = |declared_size, crc| ZipEntry { declared_size, crc, ..entry("liar", &content) };
    let mut damaged = lie(None, None);
    damaged.deflate = false;
    damaged.crc = Some(1);
    insta::assert_snapshot!(
        [
            outcome(lie(Some(999), None)),
            outcome(lie(Some(10), None)),
            outcome(lie(Some(0), None)),
            outcome(lie(Some(1001), None)),
            outcome(lie(None, Some(7))),
            outcome(damaged),
        ]
        .join("\n"),
        @"
    entry `liar` does not have the 999 bytes that it declares; 0 bytes written
    entry `liar` does not have the 10 bytes that it declares; 0 bytes written
    entry `liar` does not have the 0 bytes that it declares; 0 bytes written
    entry `liar` does not have the 1001 bytes that it declares; 0 bytes written
    entry `liar` is damaged: its bytes cannot be decompressed, or their checksum is wrong; 0 bytes written
    entry `liar` is damaged: its bytes cannot be decompressed, or their checksum is wrong; 0 bytes written
    "
    );
}

#[test]
fn what_cannot_be_read_says_so() {
    let mut encrypted = zip_bytes(&[entry("secret.txt", "x")]);
    let record = encrypted.windows(4).position(|window| window == b"PK\x01\x02").expect("there is a record");
    encrypted[record + 8] |= 1;
    let mut zstd = zip_bytes(&[entry("a.txt", "x")]);
    let record = zstd.windows(4).position(|window| window == b"PK\x01\x02").expect("there is a record");
    zstd[record + 10] = 98;
    zstd[8] = 98;
    let whole = zip_bytes(&[entry("a.txt", "content"), entry("b.txt", "content")]);
    let mut fewer = whole.clone();
    let end = fewer.len() - 22;
    fewer[end + 8] = 1;
    fewer[end + 10] = 1;
    let lines = [
        ("encrypted", opened("x.zip", &encrypted)),
        ("method", opened("x.zip", &zstd)),
        ("cut off", opened("x.zip", &whole[..whole.len() - 30])),
        ("begin missing", opened("x.zip", &whole[60..])),
        ("empty", opened("x.zip", b"")),
        ("text", opened("x.zip", b"this is no zip")),
        ("fewer declared than there are", opened("x.zip", &fewer)),
        ("7z", opened("x.7z", &whole)),
        ("bz2", opened("x.1.0.tar.bz2", &whole)),
        ("compress", opened("x.1.0.tar.Z", b"\x1f\x9d\x90")),
    ];
    insta::assert_snapshot!(lines.map(|(what, line)| format!("{what}: {line}")).join("\n"), @"
    encrypted: package `x.zip`: entry `secret.txt` is encrypted
    method: package `x.zip`: entry `a.txt` is compressed by PPMD, which is not supported: use deflate or zstd
    cut off: package `x.zip`: is no intact zip archive: it has no directory at its end
    begin missing: package `x.zip`: entry `a.txt` is described twice, and the name differs: what one program extracts, another does not see
    empty: package `x.zip`: is no intact zip archive: it has no directory at its end
    text: package `x.zip`: is no intact zip archive: it has no directory at its end
    fewer declared than there are: package `x.zip`: is no intact zip archive: its directory declares 1 entries and has more
    7z: package `x.7z`: has the extension `.7z`, which is none of a package: known are .zip, .nupkg, .jar, .war, .ear, .tar, .tar.gz, .tgz, .tar.bz2, .tar.xz and .tar.zst
    bz2: package `x.1.0.tar.bz2`: is tar.bz2 by its name and zip by its content: give it the extension that it should have
    compress: package `x.1.0.tar.Z`: is in the format tar.Z, which is not supported: use tar.gz or tar.zst
    ");
}

#[test]
fn a_nupkg_cannot_hide_a_traversal_behind_an_escape() {
    insta::assert_snapshot!(opened("x.nupkg", &zip_bytes(&[entry("%2e%2e/evil.txt", "evil")])), @"package `x.nupkg`: entry `../evil.txt` would leave the destination: its name has a `..`");
}

#[test]
fn any_damage_is_refused_or_caught() {
    let entries = [entry("a/b.txt", "some content here"), entry("c.txt", "more content"), link("l", "c.txt")];
    let whole = zip_bytes(&entries);
    for at in 0..whole.len() {
        for flip in [1 << (at % 8), 0xff] {
            let mut damaged = whole.clone();
            damaged[at] ^= flip;
            if let Ok((_folder, archive)) = open_bytes("x.zip", &damaged, &ArchiveLimits::default()) {
                let mut diary = Diary::default();
                let result = archive.extract(&mut diary, &EntryPatterns::all(), &mut |_| ControlFlow::Continue(()));
                let is_inside = |line: &String| !line.starts_with('/') && !line.contains("..");
                assert!(diary.lines.iter().all(is_inside), "byte {at} by {flip}: {:?}", diary.lines);
                if let Ok(extracted) = result {
                    assert!(extracted.bytes <= 34, "byte {at} by {flip}: {extracted:?}");
                }
            }
        }
    }
}

/// The same zip with bytes of the first record of its directory, or of the header before its bytes, replaced.
fn patched(entries: &[ZipEntry], magic: &[u8; 4], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut zip = zip_bytes(entries);
    let begin = zip.windows(4).position(|window| window == magic).expect("it is there");
    zip[begin + at..begin + at + bytes.len()].copy_from_slice(bytes);
    zip
}

#[test]
fn headers_that_say_something_else_than_the_directory() {
    let entries = [ZipEntry { deflate: false, ..entry("good.txt", "content") }];
    let local = |at, bytes: &[u8]| opened("x.zip", &patched(&entries, b"PK\x03\x04", at, bytes));
    // A size can be told apart from one that is not known yet.
    let lines = [
        ("name", local(30, b"evil.txt")),
        ("length of the name", local(26, &[7, 0])),
        ("compression", local(8, &[8, 0])),
        ("encryption", local(6, &[9, 0])),
        ("size", local(22, &[6, 0, 0, 0])),
        ("compressed size", local(18, &[6, 0, 0, 0])),
        ("checksum", local(14, &[6, 0, 0, 0])),
        ("no header", local(0, b"PK\x03\x05")),
        ("sizes not known yet", local(18, &[0; 8])),
    ];
    insta::assert_snapshot!(lines.map(|(what, line)| format!("{what}: {line}")).join("\n"), @"
    name: package `x.zip`: entry `good.txt` is described twice, and the name differs: what one program extracts, another does not see
    length of the name: package `x.zip`: entry `good.txt` is described twice, and the name differs: what one program extracts, another does not see
    compression: package `x.zip`: entry `good.txt` is described twice, and the compression differs: what one program extracts, another does not see
    encryption: package `x.zip`: entry `good.txt` is described twice, and the encryption differs: what one program extracts, another does not see
    size: package `x.zip`: entry `good.txt` is described twice, and the size differs: what one program extracts, another does not see
    compressed size: package `x.zip`: entry `good.txt` is described twice, and the size differs: what one program extracts, another does not see
    checksum: package `x.zip`: entry `good.txt` is described twice, and the checksum differs: what one program extracts, another does not see
    no header: package `x.zip`: entry `good.txt` is not where the directory says
    sizes not known yet: good.txt 644 7 bytes
    ");
}

#[test]
fn ends_that_others_may_read_differently() {
    let end = |at, bytes: &[u8]| patched(&[entry("a", "1")], b"PK\x05\x06", at, bytes);
    let first = zip_bytes(&[entry("harmless", "1")]);
    let second = zip_bytes(&[entry("evil", "2")]);
    let mut commented = end(20, &[5, 0]);
    commented.extend_from_slice(b"hello");
    let mut lying_comment = end(20, &[200, 0]);
    lying_comment.extend_from_slice(b"hello");
    let lines = [
        ("one behind the other", opened("x.zip", &[first.clone(), second.clone()].concat())),
        ("something behind", opened("x.zip", &[first.as_slice(), b"evil"].concat())),
        ("an end in the comment", {
            let mut bytes = end(20, &u16::to_le_bytes(second.len() as u16));
            bytes.extend_from_slice(&second);
            opened("x.zip", &bytes)
        }),
        ("comment", opened("x.zip", &commented)),
        ("comment that is cut off", opened("x.zip", &lying_comment)),
        ("second disk", opened("x.zip", &end(4, &[1, 0]))),
        ("directory on a second disk", opened("x.zip", &end(6, &[1, 0]))),
        ("entries on other disks", opened("x.zip", &end(8, &[1, 0, 2, 0]))),
    ];
    insta::assert_snapshot!(lines.map(|(what, line)| format!("{what}: {line}")).join("\n"), @"
    one behind the other: package `x.zip`: is no intact zip archive: it begins with entries that its directory does not list
    something behind: package `x.zip`: is no intact zip archive: bytes follow behind its end
    an end in the comment: package `x.zip`: is no intact zip archive: it begins with entries that its directory does not list
    comment: a 644 1 bytes
    comment that is cut off: package `x.zip`: is no intact zip archive: the file ends before it does
    second disk: package `x.zip`: is no intact zip archive: it is one part of several: join them first
    directory on a second disk: package `x.zip`: is no intact zip archive: it is one part of several: join them first
    entries on other disks: package `x.zip`: is no intact zip archive: it is one part of several: join them first
    ");
}

#[test]
fn names_that_are_one_for_macos() {
    insta::assert_snapshot!(refusals(&[
        ("composed and decomposed", vec![entry("gr\u{fc}n", "1"), entry("gru\u{308}n", "2")]),
        ("also with another case", vec![entry("GR\u{dc}N/a", "1"), entry("gru\u{308}n/b", "2")]),
        ("alone", vec![entry("gru\u{308}n", "2")]),
    ]), @"
    composed and decomposed: package `x.zip`: entry `grün` differs from `grün` only in how its characters are composed: on macOS they are one
    also with another case: package `x.zip`: entry `grün/b` differs from `GRÜN` only in how its characters are composed: on macOS they are one
    alone: grün 644 1 bytes
    ");
}

#[test]
fn windows_beyond_the_limit() {
    // A frame of zstd with a window of 256 MiB and nothing in it.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, 18 << 3, 1, 0, 0];
    insta::assert_snapshot!(opened("x.tar.zst", &frame), @"package `x.tar.zst`: needs more than 134217728 bytes of memory to be decompressed: compress it with a smaller window or dictionary");
    // LZMA with a dictionary of 256 MiB.
    let lzma = [9, 20, 5, 0, 0x5d, 0, 0, 0, 16, 0, 0, 0, 0, 0];
    for (method, content) in [(93, frame.as_slice()), (14, &lzma)] {
        let stored = ZipEntry { deflate: false, content: content.to_vec(), ..entry("a", "") };
        let mut bytes = patched(&[stored], b"PK\x03\x04", 8, &[method, 0]);
        let record = bytes.windows(4).position(|window| window == b"PK\x01\x02").expect("there is a record");
        bytes[record + 10] = method;
        let (_folder, archive) = open_bytes("x.zip", &bytes, &ArchiveLimits::default()).expect("the listing is fine");
        let problem = archive.read("a", 0, 10).expect_err("it is too much").problem;
        assert_eq!(
            problem.to_string(),
            "entry `a` needs more memory to be decompressed than is allowed: compress it with a smaller window or dictionary"
        );
    }
}
