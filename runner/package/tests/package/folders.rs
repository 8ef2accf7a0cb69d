//! A folder that stands for its package.

use wharf_package::{Archive, ArchiveLimits, FileSelection, PackRequest, pack};

use crate::support::{extract, folder, shown_entries, shown_tree, write_tree};

#[test]
fn a_folder_is_read_as_its_package_would_be() {
    let source = folder();
    write_tree(source.path(), &[("index.html", "hello"), ("a/b/c.txt", "c"), ("empty/", ""), (".git/HEAD", "x")]);
    let (limits, selection, out) = (ArchiveLimits::default(), FileSelection::all(), folder());
    let open_folder = Archive::of_folder(source.path(), &selection, &limits).unwrap_or_else(|error| panic!("{error}"));
    let packed =
        pack(&PackRequest { out_folder: out.path(), ..PackRequest::new(source.path(), "A", "1", &selection, &limits) });
    let open_zip = packed.map(|packed| Archive::open(&packed.path, &limits)).unwrap_or_else(|error| panic!("{error}"));
    let open_zip = open_zip.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(shown_entries(open_folder.entries()), shown_entries(open_zip.entries()));
    assert_eq!(open_folder.digest().ok(), open_zip.digest().ok());
    let ((of_folder, first), (of_zip, second)) = (extract(&open_folder, &[]), extract(&open_zip, &[]));
    assert_eq!(first.ok(), second.ok());
    assert_eq!(shown_tree(of_folder.path()), shown_tree(of_zip.path()));
}

#[test]
fn a_file_that_changes_meanwhile_is_noticed() {
    let source = folder();
    write_tree(source.path(), &[("a.txt", "before")]);
    let archive = Archive::of_folder(source.path(), &FileSelection::all(), &ArchiveLimits::default());
    let archive = archive.unwrap_or_else(|error| panic!("{error}"));
    write_tree(source.path(), &[("a.txt", "afterwards")]);
    let (_destination, result) = extract(&archive, &[]);
    let message = result.expect_err("it has another size").to_string();
    assert!(message.ends_with("entry `a.txt` does not have the 6 bytes that it declares"), "{message}");
}
