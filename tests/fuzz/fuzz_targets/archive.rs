//! An archive of any bytes opens or is refused by name; what opens is read without surprise.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wharf_package::{Archive, ArchiveLimits};

fuzz_target!(|input: (u8, &[u8])| {
    let (kind, bytes) = input;
    let name = ["Fuzz.1.0.0.zip", "Fuzz.1.0.0.tar", "Fuzz.1.0.0.tar.gz", "Fuzz.1.0.0.nupkg"][usize::from(kind % 4)];
    let folder = tempfile::tempdir().expect("a folder for the archive");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("the archive is written");
    let Ok(archive) = Archive::open(&path, &ArchiveLimits::default()) else { return };
    for entry in archive.entries().iter().take(100) {
        let safe = |part: &str| !part.is_empty() && part != "." && part != "..";
        assert!(entry.path.split('/').all(safe), "{}", entry.path);
        let _ = archive.read(&entry.path, 0, 4096);
    }
});
