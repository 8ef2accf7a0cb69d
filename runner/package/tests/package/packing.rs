//! Packing: what becomes of a folder, and what is refused.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use wharf_package::{
    Archive, ArchiveLimits, Compression, Existing, FileSelection, PackError, PackFormat, PackProgress, PackRequest,
    Packed, pack, pack_digest, pack_with_progress,
};

use crate::support::{folder, noise, shown_entries, write_tree};

struct Case {
    folder: TempDir,
    out: TempDir,
    selection: FileSelection,
    limits: ArchiveLimits,
}

impl Case {
    fn new(files: &[(&str, &str)]) -> Self {
        let case =
            Self { folder: folder(), out: folder(), selection: FileSelection::all(), limits: ArchiveLimits::default() };
        write_tree(case.folder.path(), files);
        case
    }

    fn request(&self) -> PackRequest<'_> {
        let folder = self.folder.path();
        PackRequest {
            out_folder: self.out.path(),
            ..PackRequest::new(folder, "SupportFlow", "1.0.78", &self.selection, &self.limits)
        }
    }

    fn pack(&self) -> Packed {
        pack(&self.request()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The sentence that a user reads.
    fn refused(&self) -> String {
        let error = pack(&self.request()).expect_err("it is refused").to_string();
        assert_eq!(fs::read_dir(self.out.path()).map(Iterator::count).ok(), Some(0), "nothing is left behind");
        error.replace(&self.folder.path().display().to_string(), "[folder]")
    }

    fn entries(&self) -> String {
        let archive = Archive::open(&self.pack().path, &self.limits).unwrap_or_else(|error| panic!("{error}"));
        shown_entries(archive.entries())
    }
}

const SITE: [(&str, &str); 4] =
    [("index.html", "<h1>hello</h1>"), ("a/b.txt", "b"), ("a.txt", "a"), ("empty/inside/", "")];

#[test]
fn a_folder_becomes_a_package_and_the_same_one_stays() {
    let case = Case::new(&SITE);
    let packed = case.pack();
    assert_eq!(packed.path, case.out.path().join("SupportFlow.1.0.78.zip"));
    assert_eq!(packed.bytes, fs::metadata(&packed.path).map_or(0, |metadata| metadata.len()));
    assert_eq!((packed.files, packed.unchanged), (3, false));
    // The same on every machine; it changes only with the compressor's version.
    insta::assert_snapshot!(packed.digest, @"sha256:6dbdb0e3279a4ce9ae990c15e03e682c713c495ba2fe94f29168cf90f23da960");
    insta::assert_snapshot!(case.entries(), @"
    a.txt 644 1 bytes
    a/b.txt 644 1 bytes
    empty/inside 755 directory
    index.html 644 14 bytes
    ");
    let opened = Archive::open(&packed.path, &case.limits).and_then(|archive| archive.digest());
    assert_eq!(opened.ok().as_deref(), Some(packed.digest.as_str()));
    let written = fs::metadata(&packed.path).and_then(|metadata| metadata.modified()).ok();
    assert_eq!(case.pack(), Packed { unchanged: true, ..packed.clone() });
    assert_eq!(fs::metadata(&packed.path).and_then(|metadata| metadata.modified()).ok(), written);
}

#[cfg(unix)]
#[test]
fn the_bytes_depend_on_contents_and_modes_alone() {
    use std::os::unix::fs::PermissionsExt;
    let set_mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode can be set");
    };
    let (one, other) = (Case::new(&SITE), Case::new(&SITE));
    // Another umask, and another time.
    set_mode(&other.folder.path().join("a.txt"), 0o664);
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    let file = fs::File::options().write(true).open(other.folder.path().join("a/b.txt"));
    file.and_then(|file| file.set_modified(long_ago)).expect("the time can be set");
    let digest = one.pack().digest;
    assert_eq!(digest, other.pack().digest);
    assert_eq!(pack_digest(&other.request()).ok(), Some(digest.clone()));
    assert_eq!(pack_digest(&PackRequest { version: "1.0.79", ..other.request() }).ok(), Some(digest.clone()));
    // What is for the owner's eyes only stays so, and what can be executed too.
    fs::remove_file(other.out.path().join("SupportFlow.1.0.78.zip")).expect("it is there");
    for mode in [0o600, 0o700, 0o755] {
        set_mode(&other.folder.path().join("a.txt"), mode);
        let packed = other.pack();
        assert_ne!(packed.digest, digest);
        let entries = other.entries();
        assert!(entries.contains(&format!("a.txt {mode:o} 1 bytes")), "{entries}");
        fs::remove_file(packed.path).expect("it is there");
    }
    let later = PackRequest { source_date_epoch: Some(1_700_000_000), ..one.request() };
    assert_ne!(pack_digest(&later).ok(), Some(digest.clone()));
    let before_zips = PackRequest { source_date_epoch: Some(1), ..one.request() };
    assert_eq!(pack_digest(&before_zips).ok(), Some(digest));
}

#[test]
fn another_package_of_the_same_name_is_replaced_only_when_told() {
    let case = Case::new(&SITE);
    let first = case.pack();
    write_tree(case.folder.path(), &[("a.txt", "changed")]);
    let error = pack(&case.request()).expect_err("there is another one");
    assert!(matches!(&error, PackError::Exists(path) if *path == first.path), "{error}");
    assert_eq!(fs::read_dir(case.out.path()).map(Iterator::count).ok(), Some(1), "nothing else is left behind");
    let replaced = pack(&PackRequest { existing: Existing::Replace, ..case.request() });
    let replaced = replaced.unwrap_or_else(|error| panic!("{error}"));
    assert!(!replaced.unchanged && replaced.digest != first.digest && replaced.path == first.path);
}

#[test]
fn tools_own_folders_and_the_packages_themselves_stay_out() {
    let case = Case::new(&[
        (".git/config", "x"),
        ("sub/.git/config", "x"),
        (".wharf/log", "x"),
        (".gitignore", "packages"),
        ("packages/old.zip", "x"),
        ("sub/packages/kept", "x"),
    ]);
    let out = case.folder.path().join("packages");
    let pack_inside = || pack(&PackRequest { out_folder: &out, ..case.request() });
    let first = pack_inside().unwrap_or_else(|error| panic!("{error}"));
    let archive = Archive::open(&first.path, &case.limits).unwrap_or_else(|error| panic!("{error}"));
    insta::assert_snapshot!(shown_entries(archive.entries()), @"
    .gitignore 644 8 bytes
    sub/packages/kept 644 1 bytes
    ");
    assert_eq!(pack_inside().map(|packed| packed.unchanged).ok(), Some(true));
}

#[test]
fn a_package_beside_its_files_does_not_hold_itself() {
    let case = Case::new(&SITE);
    let pack_beside = || pack(&PackRequest { out_folder: case.folder.path(), ..case.request() });
    let first = pack_beside().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(pack_beside().ok(), Some(Packed { unchanged: true, ..first.clone() }));
    assert_eq!(case.pack().files, first.files + 1, "elsewhere it is a file like any other");
}

#[test]
fn a_selection_includes_and_excludes() {
    let files = [
        ("a.html", ""),
        ("a.css", ""),
        ("node_modules/x/y.html", ""),
        ("d/e.html", ""),
        ("d/e.log", ""),
        ("empty/", ""),
    ];
    let mut case = Case::new(&files);
    let select =
        |include: &[&str], exclude: &[&str]| FileSelection::new(include, exclude).expect("a test's globs parse");
    case.selection = select(&["**/*.html"], &["node_modules"]);
    insta::assert_snapshot!(case.entries(), @"
    a.html 644 0 bytes
    d/e.html 644 0 bytes
    ");
    case.out = folder();
    case.selection = select(&[], &["**/*.log", "node_modules/"]);
    insta::assert_snapshot!(case.entries(), @"
    a.css 644 0 bytes
    a.html 644 0 bytes
    d/e.html 644 0 bytes
    empty 755 directory
    ");
    case.out = folder();
    case.selection = select(&["*.txt"], &[]);
    insta::assert_snapshot!(case.refused(), @"package `[folder]`: has no file to pack");
}

#[test]
fn nothing_to_pack() {
    let case = Case::new(&[]);
    insta::assert_snapshot!(case.refused(), @"package `[folder]`: has no file to pack");
    let missing = case.folder.path().join("missing");
    let refused = |folder: &Path| {
        let error = pack(&PackRequest { folder, ..case.request() }).expect_err("there is nothing");
        error.to_string().replace(&case.folder.path().display().to_string(), "[folder]")
    };
    insta::assert_snapshot!(refused(&missing), @"package `[folder]/missing`: does not exist");
    write_tree(case.folder.path(), &[("file", "x")]);
    insta::assert_snapshot!(refused(&case.folder.path().join("file")), @"package `[folder]/file`: is no folder");
    let error = pack(&PackRequest { version: "1.0/../2", ..case.request() }).expect_err("it is no version");
    insta::assert_snapshot!(error, @"`1.0/../2` is no version: one to four numbers, then perhaps `-prerelease` and `+metadata`, such as `1.0.78-beta.2`");
}

#[cfg(unix)]
#[test]
fn what_no_package_may_hold_is_refused_by_name() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let refused = |make: &dyn Fn(&Path)| {
        let case = Case::new(&SITE);
        make(case.folder.path());
        case.refused()
    };
    let linked = |target: &'static str| {
        refused(&move |folder| symlink(target, folder.join("a/link")).expect("a link can be made"))
    };
    let named = |name: &'static [u8]| {
        refused(&move |folder| fs::write(folder.join(OsStr::from_bytes(name)), "x").expect("a file can be written"))
    };
    let fifo = refused(&|folder| {
        let made = std::process::Command::new("mkfifo").arg(folder.join("a/pipe")).status();
        assert!(made.is_ok_and(|status| status.success()));
    });
    let socket = refused(&|folder| {
        std::os::unix::net::UnixListener::bind(folder.join("socket")).map(drop).expect("a socket can be made");
    });
    let lines = [
        linked("../../outside"),
        linked("/etc/passwd"),
        linked("../a/../../up"),
        fifo,
        socket,
        named(b"no\xfftext"),
        named(b"back\\slash"),
        named(b"A.TXT"),
        named(b"aux.c"),
        named(b"c:"),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r"
    package `[folder]`: entry `a/link` is a link to `../../outside`, which leaves the package
    package `[folder]`: entry `a/link` is a link to `/etc/passwd`, which is absolute
    package `[folder]`: entry `a/link` is a link to `../a/../../up`, which leaves the package
    package `[folder]`: entry `a/pipe` is a FIFO, which packages may not hold
    package `[folder]`: entry `socket` is a socket, which packages may not hold
    package `[folder]`: `[folder]/no�text` has a name that is not UTF-8: rename it, or other systems cannot read the package
    package `[folder]`: entry `back\slash` has a `\` in its name, which means a folder to whoever reads the package
    package `[folder]`: entry `a.txt` differs from `A.TXT` by case alone: on Windows and macOS they are one
    package `[folder]`: entry `aux.c` has `aux.c` in its name, which is a device on Windows
    package `[folder]`: entry `c:` would leave the destination: its name begins with a drive
    ");
}

#[cfg(unix)]
#[test]
fn links_that_stay_inside_are_packed_as_links() {
    let case = Case::new(&SITE);
    std::os::unix::fs::symlink("../index.html", case.folder.path().join("a/link")).expect("a link can be made");
    std::os::unix::fs::symlink("a", case.folder.path().join("folder")).expect("a link can be made");
    insta::assert_snapshot!(case.entries(), @"
    a.txt 644 1 bytes
    a/b.txt 644 1 bytes
    a/link 777 -> ../index.html
    empty/inside 755 directory
    folder 777 -> a
    index.html 644 14 bytes
    ");
}

#[test]
fn limits_hold_for_packing_as_for_opening() {
    let mut case = Case::new(&SITE);
    write_tree(case.folder.path(), &[("zeros", &"0".repeat(1 << 20))]);
    let mut refused = |limits| {
        case.limits = limits;
        let error = pack(&case.request()).expect_err("a limit is reached");
        (error.limit(), case.refused())
    };
    let defaults = ArchiveLimits::default;
    insta::assert_debug_snapshot!([
        refused(ArchiveLimits { total_bytes: 1 << 20, ..defaults() }),
        refused(ArchiveLimits { entries: 3, ..defaults() }),
        refused(ArchiveLimits { ratio: 10, harmless_bytes: 1 << 20, ..defaults() }),
        refused(ArchiveLimits { depth: 1, ..defaults() }),
    ], @r#"
    [
        (
            Some(
                PackageBytes,
            ),
            "package `[folder]`: holds more than 1048576 bytes of files; raise the limit `package-bytes` if that is right",
        ),
        (
            Some(
                PackageEntries,
            ),
            "package `[folder]`: holds more than 3 entries; raise the limit `package-entries` if that is right",
        ),
        (
            Some(
                PackageRatio,
            ),
            "package `[folder]`: grows to more than 10 times its size, as a decompression bomb does; raise the limit `package-ratio` if that is right",
        ),
        (
            None,
            "package `[folder]`: entry `a/b.txt` lies more than 1 folders deep",
        ),
    ]
    "#);
}

#[test]
fn large_packages_go_through_a_file() {
    let case = Case::new(&[]);
    let noise = noise(5 << 20);
    fs::write(case.folder.path().join("noise"), &noise).expect("a file can be written");
    let first = case.pack();
    assert!(first.bytes > 5 << 20 && !first.unchanged);
    let archive = Archive::open(&first.path, &case.limits).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(archive.digest().ok().as_deref(), Some(first.digest.as_str()));
    assert_eq!(archive.read("noise", 0, u32::MAX).ok(), Some(noise));
    assert!(case.pack().unchanged);
    assert_eq!(fs::read_dir(case.out.path()).map(Iterator::count).ok(), Some(1), "nothing else is left behind");
}

/// A tree with everything that is packed in its own way: nothing, little, noise, and files of several pieces that can be
/// compressed and that cannot.
fn large_case() -> Case {
    let case = Case::new(&SITE);
    let text: String = (0..220_000_u64).map(|line| format!("line {}\n", line * 7919 % 10_007)).collect();
    write_tree(case.folder.path(), &[("empty.txt", ""), ("text.txt", &text)]);
    let long = format!("{0}/{0}/{0}.txt", "long-name".repeat(12));
    write_tree(case.folder.path(), &[(&long, "long"), ("größe.txt", "unicode")]);
    fs::write(case.folder.path().join("noise"), noise(9 << 18)).expect("a file can be written");
    fs::write(case.folder.path().join("little noise"), noise(1000)).expect("a file can be written");
    #[cfg(unix)]
    std::os::unix::fs::symlink("a/b.txt", case.folder.path().join("link")).expect("a link can be made");
    case
}

const FORMATS: [PackFormat; 4] = [PackFormat::Zip, PackFormat::Nupkg, PackFormat::TarGz, PackFormat::TarZst];

#[test]
fn the_bytes_are_the_same_whatever_the_number_of_threads() {
    let case = large_case();
    for format in FORMATS {
        for compression in [Compression::None, Compression::Fast, Compression::Normal] {
            let digest = |threads| {
                pack_digest(&PackRequest { format, compression, threads, ..case.request() })
                    .unwrap_or_else(|error| panic!("{error}"))
            };
            let alone = digest(1);
            for threads in [2, 16] {
                assert_eq!(digest(threads), alone, "{format:?} {compression:?} {threads} threads");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn every_format_holds_the_same_entries() {
    let case = large_case();
    let shown = FORMATS.map(|format| {
        let packed = pack(&PackRequest { format, ..case.request() }).unwrap_or_else(|error| panic!("{error}"));
        let archive = Archive::open(&packed.path, &case.limits).unwrap_or_else(|error| panic!("{error}"));
        let read = |path: &str| archive.read(path, 0, u32::MAX).unwrap_or_else(|error| panic!("{error}"));
        for file in ["text.txt", "noise", "little noise", "empty.txt", "größe.txt"] {
            assert_eq!(read(file), fs::read(case.folder.path().join(file)).expect("it is there"), "{file}");
        }
        shown_entries(archive.entries())
    });
    insta::assert_snapshot!(shown[0].replace("long-name", "l"), @"
    a.txt 644 1 bytes
    a/b.txt 644 1 bytes
    empty.txt 644 0 bytes
    empty/inside 755 directory
    größe.txt 644 7 bytes
    index.html 644 14 bytes
    link 777 -> a/b.txt
    little noise 644 1000 bytes
    llllllllllll/llllllllllll/llllllllllll.txt 644 4 bytes
    noise 644 2359296 bytes
    text.txt 644 2175752 bytes
    ");
    for (other, format) in shown.iter().zip(FORMATS) {
        assert_eq!(other, &shown[0], "{format:?}");
    }
}

#[test]
fn what_cannot_be_compressed_is_stored() {
    let case = large_case();
    let bytes = |compression| {
        let request = PackRequest { compression, existing: Existing::Replace, ..case.request() };
        pack(&request).unwrap_or_else(|error| panic!("{error}")).bytes
    };
    let sizes = fs::read_dir(case.folder.path()).into_iter().flatten().flatten();
    let plain: u64 =
        sizes.filter_map(|entry| entry.metadata().ok()).filter(|found| found.is_file()).map(|f| f.len()).sum();
    let headers = 14 * 300;
    let (stored, normal) = (bytes(Compression::None), bytes(Compression::Normal));
    assert!((plain..plain + headers).contains(&stored), "{stored} of {plain}");
    assert!(normal < stored, "{normal} and {stored}");
    let noise_only = Case::new(&[]);
    fs::write(noise_only.folder.path().join("noise"), noise(3 << 20)).expect("a file can be written");
    let packed = noise_only.pack().bytes;
    assert!(packed < (3 << 20) + 300, "{packed}");
}

#[test]
fn ignore_files_count_when_asked() {
    let files = [
        (".gitignore", "*.log\n/build/\n"),
        ("a.log", ""),
        ("build/x", ""),
        ("src/.gitignore", "!keep.log\ngenerated\n"),
        ("src/keep.log", ""),
        ("src/other.log", ""),
        ("src/build/y", ""),
        ("src/generated/z", ""),
        ("src/a.txt", ""),
    ];
    let mut case = Case::new(&files);
    assert_eq!(case.pack().files, 9);
    case.out = folder();
    let select = |exclude: &[&str]| FileSelection::new(&[] as &[&str], exclude).expect("a test's lines parse");
    case.selection = select(&[]).with_ignore_files();
    insta::assert_snapshot!(case.entries(), @"
    .gitignore 644 14 bytes
    src/.gitignore 644 20 bytes
    src/a.txt 644 0 bytes
    src/build/y 644 0 bytes
    src/keep.log 644 0 bytes
    ");
    case.out = folder();
    case.selection = select(&["!a.log", ".gitignore", "src"]).with_ignore_files();
    insta::assert_snapshot!(case.entries(), @"a.log 644 0 bytes");
    write_tree(case.folder.path(), &[("src/.gitignore", "[z-a]\n")]);
    case.out = folder();
    case.selection = select(&[]).with_ignore_files();
    insta::assert_snapshot!(case.refused(), @"package `[folder]`: `[folder]/src/.gitignore` cannot be understood: `[z-a]` is no glob: error parsing glob '[z-a]': invalid range; 'z' > 'a'");
}

#[test]
fn progress_is_told_and_can_end_it() {
    let case = large_case();
    for format in FORMATS {
        let mut seen = Vec::new();
        let request = PackRequest { format, ..case.request() };
        pack_with_progress(&request, &mut |progress| {
            seen.push(*progress);
            std::ops::ControlFlow::Continue(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
        assert!(seen.windows(2).all(|pair| pair[0].bytes <= pair[1].bytes && pair[0].files <= pair[1].files));
        let last = seen.last().copied().unwrap_or_default();
        let PackProgress { files, total_files, bytes, total_bytes } = last;
        assert!(seen.len() > 1 && files == total_files && bytes == total_bytes && files > 5, "{format:?}: {last:?}");
    }
    let out = folder();
    let request = PackRequest { out_folder: out.path(), ..case.request() };
    let ended = pack_with_progress(&request, &mut |_| std::ops::ControlFlow::Break(()));
    assert!(matches!(ended, Err(PackError::Cancelled)), "{ended:?}");
    assert_eq!(fs::read_dir(out.path()).map(Iterator::count).ok(), Some(0), "nothing is left behind");
}

#[test]
fn a_nupkg_says_what_it_is() {
    let case = Case::new(&[("lib/a b.dll", "x"), ("LICENSE", "y")]);
    let nuget = wharf_package::NuGetMetadata {
        authors: Some("A & B"),
        release_notes: Some("new:\n<nothing>"),
        ..wharf_package::NuGetMetadata::default()
    };
    let request = PackRequest { format: PackFormat::Nupkg, nuget, ..case.request() };
    let packed = pack(&request).unwrap_or_else(|error| panic!("{error}"));
    // As a plain zip it shows what NuGet sees.
    let plain = packed.path.with_extension("zip");
    fs::copy(&packed.path, &plain).expect("it can be copied");
    let archive = Archive::open(&plain, &case.limits).unwrap_or_else(|error| panic!("{error}"));
    let text = |path: &str| String::from_utf8(archive.read(path, 0, u32::MAX).unwrap_or_default()).unwrap_or_default();
    let parts = ["SupportFlow.nuspec", "_rels/.rels", "[Content_Types].xml"].map(text).concat();
    insta::assert_snapshot!(shown_entries(archive.entries()), @"
    _rels/.rels 644 472 bytes
    SupportFlow.nuspec 644 438 bytes
    LICENSE 644 1 bytes
    lib/a%20b.dll 644 1 bytes
    [Content_Types].xml 644 527 bytes
    package/services/metadata/core-properties/90896f5382b339d3d282a68f733052d6.psmdcp 644 488 bytes
    ");
    insta::assert_snapshot!(parts, @r#"
    <?xml version="1.0" encoding="utf-8"?>
    <package xmlns="http://schemas.microsoft.com/packaging/2012/06/nuspec.xsd">
      <metadata>
        <id>SupportFlow</id>
        <version>1.0.78</version>
        <authors>A &amp; B</authors>
        <requireLicenseAcceptance>false</requireLicenseAcceptance>
        <description>A deployment package created from files on disk.</description>
        <releaseNotes>new:
    &lt;nothing&gt;</releaseNotes>
      </metadata>
    </package>
    <?xml version="1.0" encoding="utf-8"?>
    <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
      <Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/SupportFlow.nuspec" Id="R1" />
      <Relationship Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="/package/services/metadata/core-properties/90896f5382b339d3d282a68f733052d6.psmdcp" Id="R2" />
    </Relationships>
    <?xml version="1.0" encoding="utf-8"?>
    <Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
      <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />
      <Default Extension="psmdcp" ContentType="application/vnd.openxmlformats-package.core-properties+xml" />
      <Default Extension="dll" ContentType="application/octet" />
      <Default Extension="nuspec" ContentType="application/octet" />
      <Override PartName="/LICENSE" ContentType="application/octet" />
    </Types>
    "#);
    let bad = wharf_package::NuGetMetadata { description: "bell \u{7}", ..nuget };
    let refused = pack(&PackRequest { nuget: bad, ..request }).expect_err("XML has no bell").to_string();
    insta::assert_snapshot!(refused, @r"the metadata of a nupkg cannot hold the character '\u{7}'");
    write_tree(case.folder.path(), &[("other.nuspec", "x")]);
    let refused = pack(&request).expect_err("there are two manifests").to_string();
    insta::assert_snapshot!(refused, @"`other.nuspec` cannot be in a nupkg, which has such a file of its own: exclude it, or pack a zip");
}

#[cfg(unix)]
#[test]
fn other_programs_read_what_is_packed() {
    use std::process::Command;

    use crate::support::program;
    let case = large_case();
    let path = |format, compression| {
        let request = PackRequest { format, compression, existing: Existing::Replace, ..case.request() };
        let packed = pack(&request).unwrap_or_else(|error| panic!("{error}"));
        packed.path.display().to_string()
    };
    let run = |name: &str, arguments: &[&str]| {
        let Some(found) = program(name) else { return };
        let output = Command::new(found).args(arguments).output().unwrap_or_else(|error| panic!("{name}: {error}"));
        let told = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{name} {arguments:?}: {}", String::from_utf8_lossy(&told));
    };
    for compression in [Compression::None, Compression::Normal] {
        for format in [PackFormat::Zip, PackFormat::Nupkg] {
            let zip = path(format, compression);
            run("unzip", &["-t", &zip]);
            run("7z", &["t", &zip]);
            run("jar", &["tf", &zip]);
            run("python3", &["-c", "import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip())", &zip]);
        }
        let gzip = path(PackFormat::TarGz, compression);
        run("gzip", &["-t", &gzip]);
        for tar in [gzip, path(PackFormat::TarZst, compression)] {
            run("bsdtar", &["-tf", &tar]);
            run("tar", &["-tf", &tar]);
        }
    }
}

#[test]
fn temporary_files_of_packings_that_were_killed_are_removed_after_a_day() {
    let case = Case::new(&[("a", "a")]);
    let day = std::time::Duration::from_secs(24 * 60 * 60 + 60);
    for (name, age) in [(".wharf-pack-old.tmp", day), (".wharf-pack-new.tmp", day / 2), ("other.tmp", day)] {
        let file = fs::File::create(case.out.path().join(name)).expect("a file");
        file.set_modified(std::time::SystemTime::now() - age).expect("a time");
    }
    pack(&case.request()).expect("it is packed");
    let left = |name: &str| case.out.path().join(name).exists();
    assert_eq!([".wharf-pack-old.tmp", ".wharf-pack-new.tmp", "other.tmp"].map(left), [false, true, true]);
}
