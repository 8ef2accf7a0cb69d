//! An archive of any bytes opens or is refused by name; what opens is read, verified and extracted without surprise, with
//! bounded memory and in bounded time. The first byte chooses how the bytes are taken: as an archive in one of the formats,
//! or as the only entry of a zip, compressed in one of its ways.
#![no_main]

use std::collections::HashSet;
use std::io::Read;
use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use wharf_package::{Archive, ArchiveLimits, Destination, DestinationError, EntryPatterns};

const NAMES: [&str; 8] = [
    "Fuzz.1.0.0.zip",
    "Fuzz.1.0.0.nupkg",
    "Fuzz.1.0.0.war",
    "Fuzz.1.0.0.tar",
    "Fuzz.1.0.0.tar.gz",
    "Fuzz.1.0.0.tar.bz2",
    "Fuzz.1.0.0.tar.xz",
    "Fuzz.1.0.0.tar.zst",
];
/// Stored, deflate, deflate64, bzip2, LZMA, zstd and xz, as zips number them.
const METHODS: [u8; 7] = [0, 8, 9, 12, 14, 93, 95];
/// What the only entry of a zip declares.
const DECLARED_BYTES: u32 = 100_000;

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, bytes) = input;
    let choice = usize::from(choice) % (NAMES.len() + METHODS.len());
    let limits = ArchiveLimits {
        total_bytes: 8 << 20,
        entries: 1000,
        ratio: 1000,
        harmless_bytes: 1 << 20,
        window_bytes: 4 << 20,
        ..ArchiveLimits::default()
    };
    let folder = tempfile::tempdir().expect("a folder for the archive");
    let path = folder.path().join(NAMES.get(choice).unwrap_or(&NAMES[0]));
    let content = match choice.checked_sub(NAMES.len()) {
        None => bytes.to_vec(),
        Some(method) => zip_of_one(METHODS[method], bytes),
    };
    std::fs::write(&path, content).expect("the archive is written");
    let Ok(archive) = Archive::open(&path, &limits) else { return };
    assert!(archive.total_bytes() <= limits.total_bytes);
    for entry in archive.entries().iter().take(20) {
        let _ = archive.read(&entry.path, entry.size / 2, 4096);
    }
    let _ = archive.verify(&|_| ControlFlow::Continue(()));
    let mut checking = Checking::default();
    let extracted = archive.extract(&mut checking, &EntryPatterns::all(), &mut |_| ControlFlow::Continue(()));
    if let Ok(extracted) = extracted {
        assert_eq!(extracted.bytes, checking.bytes);
        assert_eq!(extracted.bytes, archive.total_bytes());
    }
    assert!(checking.bytes <= limits.total_bytes);
});

/// A zip whose headers are right, so that the bytes reach the decompressor.
fn zip_of_one(method: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("the fuzzer makes nothing that large");
    let size = if method == 0 { length } else { DECLARED_BYTES };
    let mut common = vec![20, 0, 0, 0, method, 0, 0, 0, 0, 0, 1, 2, 3, 4];
    common.extend(length.to_le_bytes());
    common.extend(size.to_le_bytes());
    common.extend([1, 0, 0, 0]);
    let mut zip = [b"PK\x03\x04".as_slice(), &common, b"a", bytes].concat();
    let directory = u32::try_from(zip.len()).expect("the fuzzer makes nothing that large");
    let record = [b"PK\x01\x02".as_slice(), &[20, 0], &common, &[0; 14], b"a"].concat();
    zip.extend(&record);
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(u32::try_from(record.len()).expect("it is one record").to_le_bytes());
    zip.extend(directory.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

/// Checks what destinations are promised.
#[derive(Default)]
struct Checking {
    directories: HashSet<String>,
    files: HashSet<String>,
    symlinks: HashSet<String>,
    bytes: u64,
}

impl Checking {
    fn check(&self, path: &str) {
        let safe = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']);
        assert!(path.split('/').all(safe), "{path}");
        if let Some((parent, _)) = path.rsplit_once('/') {
            assert!(self.directories.contains(parent), "{path}");
        }
        assert!(!self.files.contains(path) && !self.symlinks.contains(path), "{path}");
    }
}

impl Destination for Checking {
    fn create_dir(&mut self, path: &str, _mode: u32) -> Result<(), DestinationError> {
        self.check(path);
        assert!(self.files.is_empty() && self.symlinks.is_empty(), "directories come first");
        assert!(self.directories.insert(path.to_owned()), "{path}");
        Ok(())
    }

    fn write_file(&mut self, path: &str, _mode: u32, content: &mut dyn Read) -> Result<(), DestinationError> {
        self.check(path);
        assert!(self.symlinks.is_empty(), "symlinks come last");
        self.files.insert(path.to_owned());
        self.bytes += std::io::copy(content, &mut std::io::sink())?;
        Ok(())
    }

    fn symlink(&mut self, path: &str, target: &str) -> Result<(), DestinationError> {
        self.check(path);
        assert!(!target.starts_with(['/', '\\']));
        self.symlinks.insert(path.to_owned());
        Ok(())
    }
}
