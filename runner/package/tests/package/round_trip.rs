//! Pack, open, extract: the same tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use wharf_package::{Archive, ArchiveLimits, Compression, FileSelection, PackFormat, PackRequest, pack};

use crate::support::{extract, folder, shown_tree};

/// Parts that do not collide by case and are no device anywhere.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-d]{1,3}",
        "[a-d]\\.(html|txt)",
        Just("größe ".to_owned()),
        Just("xx:y..z".to_owned()),
        Just("…".to_owned())
    ]
}

fn tree() -> impl Strategy<Value = BTreeMap<String, (Vec<u8>, bool)>> {
    let path = prop::collection::vec(part(), 1..4).prop_map(|parts| parts.join("/"));
    let content = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        (any::<u8>(), 0..150_000_usize).prop_map(|(byte, length)| vec![byte; length]),
    ];
    prop::collection::btree_map(path, (content, any::<bool>()), 1..8)
}

/// Writes what does not lie beneath a file.
fn write(folder: &Path, tree: &BTreeMap<String, (Vec<u8>, bool)>) {
    for (path, (content, executable)) in tree {
        let path = folder.join(path);
        if path.exists() || fs::create_dir_all(path.parent().expect("it lies in the folder")).is_err() {
            continue;
        }
        fs::write(&path, content).expect("a file can be written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = if *executable { 0o755 } else { 0o644 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("the mode can be set");
        }
        #[cfg(not(unix))]
        let _ = executable;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_packed_folder_is_extracted_as_it_was(
        tree in tree(),
        format in prop::sample::select(&[PackFormat::Zip, PackFormat::Nupkg, PackFormat::TarGz, PackFormat::TarZst][..]),
        compression in prop::sample::select(&[Compression::None, Compression::Fast, Compression::Normal][..]),
    ) {
        let (source, out) = (folder(), folder());
        write(source.path(), &tree);
        let packed = pack(&PackRequest {
            out_folder: out.path(),
            format,
            compression,
            ..PackRequest::new(source.path(), "A", "1", &FileSelection::all(), &ArchiveLimits::default())
        });
        let packed = packed.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let archive = Archive::open(&packed.path, &ArchiveLimits::default());
        let archive = archive.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let (destination, result) = extract(&archive, &[]);
        let extracted = result.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(extracted.files, packed.files);
        prop_assert_eq!(shown_tree(destination.path()), shown_tree(source.path()));
    }
}
