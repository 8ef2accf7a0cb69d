//! Archives that other programs made, and what other programs make of ours. Skipped where they are missing.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use wharf_package::{Archive, ArchiveLimits, FileSelection, PackRequest, pack};

use crate::support::{extract, folder, noise, program, shown_entries, shown_tree, tar_bytes, tar_file, write_tree};

fn run(program: &Path, folder: &Path, arguments: &[&str]) -> String {
    let output =
        Command::new(program).args(arguments).current_dir(folder).output().expect("the program can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn open(path: &Path) -> Archive {
    Archive::open(path, &ArchiveLimits::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// A tree with a name that is too long for a tar's header, and a link.
#[cfg(unix)]
fn write_source(folder: &Path) {
    let long = format!("{}/{}.txt", "long".repeat(20), "name".repeat(30));
    write_tree(
        folder,
        &[("src/a.txt", "a"), ("src/größe/b.txt", "b"), ("src/empty/", ""), (&format!("src/{long}"), "long")],
    );
    std::os::unix::fs::symlink("../a.txt", folder.join("src/größe/link")).expect("a link can be made");
}

#[cfg(unix)]
#[test]
fn gnu_tar_in_all_its_formats() {
    let Some(tar) = program("tar") else { return };
    for format in ["gnu", "posix", "ustar", "v7"] {
        let folder = folder();
        write_source(folder.path());
        if matches!(format, "ustar" | "v7") {
            std::fs::remove_dir_all(folder.path().join(format!("src/{}", "long".repeat(20))))
                .expect("it can be removed");
        }
        let source = shown_tree(&folder.path().join("src"));
        for (name, compress) in [("x.tar", "--no-auto-compress"), ("x.tar.gz", "--gzip")] {
            let format = format!("--format={format}");
            run(&tar, folder.path(), &["-c", compress, &format, "-f", name, "-C", "src", "."]);
            let (destination, result) = extract(&open(&folder.path().join(name)), &[]);
            assert!(result.is_ok(), "{format}: {result:?}");
            assert_eq!(shown_tree(destination.path()), source, "{format}");
        }
    }
}

#[test]
fn python_s_zipfile() {
    let Some(python) = program("python3") else { return };
    let folder = folder();
    let script = r#"
import zipfile
with zipfile.ZipFile("x.zip", "w", zipfile.ZIP_DEFLATED) as zip:
    zip.writestr("a.txt", "a" * 1000)
    zip.writestr("größe/b.txt", "b", zipfile.ZIP_STORED)
    zip.writestr(zipfile.ZipInfo("no-mode.txt"), "c")
    zip.mkdir("empty") if hasattr(zip, "mkdir") else zip.writestr("empty/", "")
    with zip.open("streamed.txt", "w", force_zip64=True) as file:
        file.write(b"streamed")
"#;
    run(&python, folder.path(), &["-c", script]);
    let archive = open(&folder.path().join("x.zip"));
    let without_modes: Vec<String> =
        archive.entries().iter().map(|entry| format!("{} {}", entry.path, entry.size)).collect();
    insta::assert_snapshot!(without_modes.join("\n"), @"
    a.txt 1000
    größe/b.txt 1
    no-mode.txt 1
    empty 0
    streamed.txt 8
    ");
    assert_eq!(archive.read("größe/b.txt", 0, 10).ok().as_deref(), Some(b"b".as_slice()));
    assert_eq!(extract(&archive, &[]).1.map(|extracted| extracted.bytes).ok(), Some(1010));
}

#[test]
fn python_s_names_in_code_page_437() {
    let Some(python) = program("python3") else { return };
    let folder = folder();
    let script = r#"
import zipfile
class Dos(zipfile.ZipInfo):
    def _encodeFilenameFlags(self):
        return self.filename.encode("cp437"), 0
with zipfile.ZipFile("x.zip", "w") as zip:
    info = Dos("größe\\ä.txt")
    info.create_system = 0
    zip.writestr(info, "x")
"#;
    run(&python, folder.path(), &["-c", script]);
    assert_eq!(shown_entries(open(&folder.path().join("x.zip")).entries()), "größe/ä.txt - 1 bytes");
}

#[cfg(unix)]
#[test]
fn info_zip_s_archives_with_links() {
    let Some(zip) = program("zip") else { return };
    let folder = folder();
    write_source(folder.path());
    run(&zip, &folder.path().join("src"), &["-q", "-r", "--symlinks", "../x.zip", "."]);
    let (destination, result) = extract(&open(&folder.path().join("x.zip")), &[]);
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(shown_tree(destination.path()), shown_tree(&folder.path().join("src")));
}

/// A tree with two names of one file, and a file with holes.
#[cfg(unix)]
fn write_links_and_holes(folder: &Path) {
    use std::io::{Seek, SeekFrom, Write};
    write_tree(folder, &[("src/a.txt", "a"), ("src/d/z.txt", "z")]);
    std::fs::hard_link(folder.join("src/a.txt"), folder.join("src/d/again.txt")).expect("a link can be made");
    let mut file = std::fs::File::create(folder.join("src/holes")).expect("a file can be made");
    // More pieces than fit into a header and a block behind it.
    for piece in 0..60 {
        file.seek(SeekFrom::Start(piece * 10_000 + 5_000)).expect("a file can be written");
        file.write_all(format!("piece {piece}").as_bytes()).expect("a file can be written");
    }
    file.set_len(610_000).expect("a file can be written");
}

#[cfg(unix)]
#[test]
fn gnu_tar_s_compressions() {
    let Some(tar) = program("tar") else { return };
    let folder = folder();
    write_source(folder.path());
    let source = shown_tree(&folder.path().join("src"));
    for (name, compress, helper) in [
        ("x.tgz", "--gzip", "gzip"),
        ("x.tar.bz2", "--bzip2", "bzip2"),
        ("x.tbz", "--bzip2", "bzip2"),
        ("x.tar.xz", "--xz", "xz"),
        ("x.tar.zst", "--zstd", "zstd"),
    ] {
        if program(helper).is_none() {
            continue;
        }
        run(&tar, folder.path(), &["-c", compress, "-f", name, "-C", "src", "."]);
        let (destination, result) = extract(&open(&folder.path().join(name)), &[]);
        assert!(result.is_ok(), "{name}: {result:?}");
        assert_eq!(shown_tree(destination.path()), source, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn gnu_tar_s_sparse_files_and_hard_links() {
    let Some(tar) = program("tar") else { return };
    let folder = folder();
    write_links_and_holes(folder.path());
    let source = shown_tree(&folder.path().join("src"));
    for format in [
        &["--format=gnu"][..],
        &["--format=posix", "--sparse-version=0.0"],
        &["--format=posix", "--sparse-version=0.1"],
        &["--format=posix", "--sparse-version=1.0"],
    ] {
        for (name, compress) in [("x.tar", "--no-auto-compress"), ("x.tar.gz", "--gzip")] {
            let arguments = ["-c", compress, "--sparse", "--hole-detection=raw", "-f", name];
            run(&tar, folder.path(), &[format, &arguments, &["-C", "src", "."]].concat());
            let archive = open(&folder.path().join(name));
            assert!(std::fs::metadata(archive.path()).is_ok_and(|metadata| metadata.len() < 100_000), "it is sparse");
            let (destination, result) = extract(&archive, &[]);
            assert!(result.is_ok(), "{format:?}: {result:?}");
            assert!(shown_tree(destination.path()) == source, "{format:?} {name}");
            let part = archive.read("holes", 14_998, 10).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(part, b"\0\0piece 1\0");
        }
    }
}

#[cfg(unix)]
#[test]
fn bsd_tar_s_archives() {
    let Some(bsdtar) = program("bsdtar") else { return };
    let folder = folder();
    write_source(folder.path());
    write_links_and_holes(folder.path());
    let source = shown_tree(&folder.path().join("src"));
    for (name, format) in [
        ("x.tar", &["--format=pax", "--read-sparse"][..]),
        ("y.tar", &["--format=gnutar"]),
        ("x.tgz", &["--format=pax", "-z"]),
        ("x.tar.xz", &["--format=pax", "-J"]),
        ("x.tar.zst", &["--format=pax", "--zstd"]),
        ("x.zip", &["--format=zip"]),
    ] {
        run(&bsdtar, folder.path(), &[&["-c"], format, &["-f", name, "-C", "src", "."]].concat());
        let (destination, result) = extract(&open(&folder.path().join(name)), &[]);
        assert!(result.is_ok(), "{name}: {result:?}");
        assert!(shown_tree(destination.path()) == source, "{name}");
    }
}

#[test]
fn seven_zip_s_methods() {
    let Some(seven_zip) = program("7z") else { return };
    let folder = folder();
    let text: String = (0..20_000).map(|number| format!("line {number}\n")).collect();
    write_tree(folder.path(), &[("src/größe.txt", &text), ("src/small", "x"), ("src/empty/", "")]);
    for method in ["Copy", "Deflate", "Deflate64", "BZip2", "LZMA", "PPMd"] {
        let name = format!("{method}.zip");
        let method_switch = format!("-mm={method}");
        run(&seven_zip, &folder.path().join("src"), &["a", "-tzip", &method_switch, &format!("../{name}"), "."]);
        let opened = Archive::open(&folder.path().join(&name), &ArchiveLimits::default());
        if method == "PPMd" {
            let problem = opened.map(|_| ()).expect_err("nobody reads PPMd").problem.to_string();
            assert_eq!(problem, "entry `größe.txt` is compressed by PPMD, which is not supported: use deflate or zstd");
            continue;
        }
        let archive = opened.unwrap_or_else(|error| panic!("{error}"));
        let (destination, result) = extract(&archive, &[]);
        assert!(result.is_ok(), "{method}: {result:?}");
        assert_eq!(shown_tree(destination.path()), shown_tree(&folder.path().join("src")), "{method}");
    }
}

#[test]
fn java_s_jar() {
    let Some(jar) = program("jar") else { return };
    let folder = folder();
    write_tree(folder.path(), &[("src/App.class", "class"), ("src/größe/x.properties", "a=b")]);
    run(&jar, folder.path(), &["cf", "App.1.0.war", "-C", "src", "."]);
    let archive = open(&folder.path().join("App.1.0.war"));
    let files: Vec<&str> = archive.entries().iter().map(|entry| entry.path.as_str()).collect();
    for path in ["META-INF/MANIFEST.MF", "App.class", "größe/x.properties"] {
        assert!(files.contains(&path), "{files:?}");
    }
    assert_eq!(archive.read("größe/x.properties", 0, 10).ok().as_deref(), Some(b"a=b".as_slice()));
    assert!(extract(&archive, &[]).1.is_ok());
}

#[test]
fn python_s_tarfile() {
    let Some(python) = program("python3") else { return };
    let folder = folder();
    let script = r#"
import bz2, gzip, io, lzma, tarfile
def add(tar, name, content=b"", **attributes):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in attributes.items():
        setattr(info, key, value)
    tar.addfile(info, io.BytesIO(content))
long = "d" * 90 + "/" + "n" * 90 + "/" + "m" * 90
for name, format in ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT):
    headers = {"comment": "of all"} if name == "pax" else None
    with tarfile.open(name + ".tar", "w", format=format, pax_headers=headers) as tar:
        add(tar, "größe.txt", b"umlaut", mtime=1e9 + 0.5 if name == "pax" else 1000000000)
        add(tar, long, b"long", mode=0o755)
        add(tar, "far", b"far", uid=2**40, mtime=2**34)
        add(tar, "link", type=tarfile.SYMTYPE, linkname="größe.txt")
        add(tar, "hard", type=tarfile.LNKTYPE, linkname=long)
with open("pax.tar", "rb") as file:
    plain = file.read()
half = len(plain) // 2
for name, module in (".tar.gz", gzip), (".tar.bz2", bz2), (".tar.xz", lzma):
    with open("joined" + name, "wb") as file:
        file.write(module.compress(plain[:half]) + module.compress(plain[half:]))
"#;
    run(&python, folder.path(), &["-c", script]);
    let long = format!("{}/{}/{}", "d".repeat(90), "n".repeat(90), "m".repeat(90));
    let shown = |name: &str| shown_entries(open(&folder.path().join(name)).entries()).replace(&long, "[long]");
    insta::assert_snapshot!(shown("gnu.tar"), @"
    größe.txt 644 6 bytes
    [long] 755 4 bytes
    far 644 3 bytes
    link 644 -> größe.txt
    hard 644 4 bytes
    ");
    for name in ["pax.tar", "joined.tar.gz", "joined.tar.bz2", "joined.tar.xz"] {
        assert_eq!(shown(name), shown("gnu.tar"), "{name}");
        let archive = open(&folder.path().join(name));
        assert_eq!(archive.read("hard", 0, 10).ok().as_deref(), Some(b"long".as_slice()), "{name}");
        let modified = archive.find("größe.txt").and_then(|entry| entry.modified);
        assert_eq!(modified, Some(UNIX_EPOCH + Duration::from_millis(1_000_000_000_500)), "{name}");
    }
    let modified = open(&folder.path().join("gnu.tar")).find("far").and_then(|entry| entry.modified);
    assert_eq!(modified, Some(UNIX_EPOCH + Duration::from_secs(1 << 34)));
}

#[test]
fn info_zip_s_streams_parts_and_passwords() {
    let Some(zip) = program("zip") else { return };
    let folder = folder();
    let noise: String = noise(300_000).iter().map(|byte| char::from(b'a' + byte % 26)).collect();
    write_tree(folder.path(), &[("a.txt", "content"), ("noise", &noise)]);
    run(&zip, folder.path(), &["-q", "-fz", "large.zip", "a.txt", "noise"]);
    run(&zip, folder.path(), &["-q", "-P", "secret", "secret.zip", "a.txt"]);
    run(&zip, folder.path(), &["-q", "-s", "64k", "parts.zip", "noise"]);
    let streamed = Command::new(&zip).args(["-q", "-", "a.txt", "noise"]).current_dir(folder.path()).output();
    let streamed = streamed.expect("the program can be started").stdout;
    let with_stub = [b"#!/bin/sh\nexit 1\n".as_slice(), &streamed].concat();
    for (name, bytes) in [("streamed.zip", &streamed), ("stub.zip", &with_stub), ("adjusted.zip", &with_stub)] {
        std::fs::write(folder.path().join(name), bytes).expect("a file can be written");
    }
    run(&zip, folder.path(), &["-q", "-A", "adjusted.zip"]);
    for name in ["large.zip", "streamed.zip", "stub.zip", "adjusted.zip"] {
        let archive = open(&folder.path().join(name));
        let (destination, result) = extract(&archive, &[]);
        assert_eq!(result.map(|extracted| extracted.bytes).ok(), Some(300_007), "{name}");
        assert_eq!(std::fs::read_to_string(destination.path().join("noise")).ok().as_ref(), Some(&noise), "{name}");
    }
    let refused = |name: &str| {
        let opened = Archive::open(&folder.path().join(name), &ArchiveLimits::default());
        opened.map(|_| ()).expect_err("it is refused").problem.to_string()
    };
    assert_eq!(refused("secret.zip"), "entry `a.txt` is encrypted");
    assert_eq!(refused("parts.zip"), "is no intact zip archive: it is one part of several: join them first");
}

#[test]
fn a_nupkg_as_dotnet_makes_it() {
    let Some(python) = program("python3") else { return };
    let folder = folder();
    let script = r#"
import zipfile
with zipfile.ZipFile("Acme.Web.1.0.0.nupkg", "w", zipfile.ZIP_DEFLATED) as zip:
    for name in ("_rels/.rels", "Acme.Web.nuspec", "content/my%20page%2B1.html", "lib/net8.0/Acme.dll",
                 "[Content_Types].xml", "package/services/metadata/core-properties/1.psmdcp", ".signature.p7s"):
        info = zipfile.ZipInfo(name)
        info.create_system = 0
        info.compress_type = zipfile.ZIP_DEFLATED
        zip.writestr(info, name * 100)
"#;
    run(&python, folder.path(), &["-c", script]);
    let archive = open(&folder.path().join("Acme.Web.1.0.0.nupkg"));
    insta::assert_snapshot!(shown_entries(archive.entries()), @"
    content/my page+1.html - 2600 bytes
    lib/net8.0/Acme.dll - 1900 bytes
    .signature.p7s - 1400 bytes
    ");
    let verified = archive.verify(&|_| ControlFlow::Continue(())).ok().flatten();
    assert_eq!(verified.map(|verified| (verified.files, verified.damaged)), Some((7, vec![])));
}

#[test]
fn a_name_in_utf_8_beside_the_one_in_code_page_437() {
    let Some(python) = program("python3") else { return };
    let folder = folder();
    let script = r#"
import struct, zipfile, zlib
class Dos(zipfile.ZipInfo):
    def _encodeFilenameFlags(self):
        return b"gr__e.txt", 0
with zipfile.ZipFile("x.zip", "w") as zip:
    for name, crc in ("größe.txt", zlib.crc32(b"gr__e.txt")), ("stale.txt", 0):
        info = Dos(name)
        info.extra = struct.pack("<HHBI", 0x7075, 5 + len(name.encode()), 1, crc) + name.encode()
        zip.writestr(info, "x")
"#;
    run(&python, folder.path(), &["-c", script]);
    let entries = shown_entries(open(&folder.path().join("x.zip")).entries());
    assert_eq!(entries, "größe.txt 600 1 bytes\ngr__e.txt 600 1 bytes");
}

#[test]
fn a_dictionary_beyond_the_limit() {
    let Some(xz) = program("xz") else { return };
    let folder = folder();
    let tar = tar_bytes(&[tar_file("a", "1")]);
    std::fs::write(folder.path().join("x.tar"), &tar).expect("a file can be written");
    run(&xz, folder.path(), &["x.tar"]);
    let path = folder.path().join("x.tar.xz");
    let mut bytes = std::fs::read(&path).expect("the file can be read");
    // The header of the first block begins behind that of the stream, its fifth byte is the size of the dictionary.
    let end = 12 + (usize::from(bytes[12]) + 1) * 4;
    assert_eq!(bytes[14..16], [0x21, 1], "there is one filter, LZMA2");
    // 1 GiB.
    bytes[16] = 36;
    let mut crc = flate2::Crc::new();
    crc.update(&bytes[12..end - 4]);
    bytes[end - 4..end].copy_from_slice(&crc.sum().to_le_bytes());
    std::fs::write(&path, bytes).expect("the file can be written");
    let problem =
        |limits: &ArchiveLimits| Archive::open(&path, limits).map(drop).map_err(|error| error.problem.to_string());
    let refused = problem(&ArchiveLimits::default()).expect_err("it is too large");
    assert_eq!(
        refused,
        "needs more than 134217728 bytes of memory to be decompressed: compress it with a smaller window or dictionary"
    );
    assert_eq!(problem(&ArchiveLimits { window_bytes: 2 << 30, ..ArchiveLimits::default() }), Ok(()));
}

fn packed(folder: &Path) {
    write_tree(folder, &[("src/index.html", &"hello ".repeat(1000)), ("src/größe/b.txt", "b"), ("src/empty/", "")]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("größe/b.txt", folder.join("src/link")).expect("a link can be made");
    let (source, selection, limits) = (folder.join("src"), FileSelection::all(), ArchiveLimits::default());
    let request = PackRequest {
        out_folder: folder,
        source_date_epoch: Some(1_700_000_000),
        ..PackRequest::new(&source, "A", "1", &selection, &limits)
    };
    pack(&request).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn python_reads_what_is_packed() {
    let Some(python) = program("python3") else { return };
    let folder = folder();
    packed(folder.path());
    let script = r#"
import zipfile
zip = zipfile.ZipFile("A.1.zip")
print(zip.testzip())
for info in zip.infolist():
    print(info.filename, info.date_time, oct(info.external_attr >> 16), info.file_size)
"#;
    insta::assert_snapshot!(run(&python, folder.path(), &["-c", script]), @"
    None
    empty/ (2023, 11, 14, 22, 13, 20) 0o40755 0
    größe/b.txt (2023, 11, 14, 22, 13, 20) 0o100644 1
    index.html (2023, 11, 14, 22, 13, 20) 0o100644 6000
    link (2023, 11, 14, 22, 13, 20) 0o120777 13
    ");
}

#[cfg(unix)]
#[test]
fn info_zip_reads_what_is_packed() {
    let Some(unzip) = program("unzip") else { return };
    let folder = folder();
    packed(folder.path());
    run(&unzip, folder.path(), &["-q", "-t", "A.1.zip"]);
    run(&unzip, folder.path(), &["-q", "A.1.zip", "-d", "out"]);
    assert_eq!(shown_tree(&folder.path().join("out")), shown_tree(&folder.path().join("src")));
}
