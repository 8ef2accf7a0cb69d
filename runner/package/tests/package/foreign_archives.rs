//! Archives that other programs made, and what other programs make of ours. Skipped where they are missing.

use std::path::Path;
use std::process::Command;

use wharf_package::{Archive, ArchiveLimits, Existing, FileSelection, PackFormat, PackRequest, pack};

use crate::support::{extract, folder, program, shown_entries, shown_tree, write_tree};

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

fn packed(folder: &Path) {
    write_tree(folder, &[("src/index.html", &"hello ".repeat(1000)), ("src/größe/b.txt", "b"), ("src/empty/", "")]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("größe/b.txt", folder.join("src/link")).expect("a link can be made");
    let request = PackRequest {
        folder: &folder.join("src"),
        id: "A",
        version: "1",
        out_folder: folder,
        selection: &FileSelection::all(),
        format: PackFormat::Zip,
        existing: Existing::Refuse,
        source_date_epoch: Some(1_700_000_000),
        limits: &ArchiveLimits::default(),
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
