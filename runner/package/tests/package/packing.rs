//! Packing: what becomes of a folder, and what is refused.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use wharf_package::{
    Archive, ArchiveLimits, Existing, FileSelection, PackError, PackFormat, PackRequest, Packed, pack, pack_digest,
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
        PackRequest {
            folder: self.folder.path(),
            id: "SupportFlow",
            version: "1.0.78",
            out_folder: self.out.path(),
            selection: &self.selection,
            format: PackFormat::Zip,
            existing: Existing::Refuse,
            source_date_epoch: None,
            limits: &self.limits,
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
    insta::assert_snapshot!(packed.digest, @"sha256:fe5348c7e0e60b33360629525733b31b2299cf4189b66b9a166822f4ac01957c");
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
fn the_bytes_depend_on_content_and_executability_alone() {
    use std::os::unix::fs::PermissionsExt;
    let set_mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode can be set");
    };
    let (one, other) = (Case::new(&SITE), Case::new(&SITE));
    set_mode(&other.folder.path().join("a.txt"), 0o600);
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    let file = fs::File::options().write(true).open(other.folder.path().join("a/b.txt"));
    file.and_then(|file| file.set_modified(long_ago)).expect("the time can be set");
    let digest = one.pack().digest;
    assert_eq!(digest, other.pack().digest);
    assert_eq!(pack_digest(&other.request()).ok(), Some(digest.clone()));
    assert_eq!(pack_digest(&PackRequest { version: "1.0.79", ..other.request() }).ok(), Some(digest.clone()));
    set_mode(&other.folder.path().join("a.txt"), 0o700);
    let executable = pack_digest(&other.request()).ok();
    assert_ne!(executable, Some(digest.clone()));
    set_mode(&other.folder.path().join("a.txt"), 0o755);
    assert_eq!(pack_digest(&other.request()).ok(), executable);
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
