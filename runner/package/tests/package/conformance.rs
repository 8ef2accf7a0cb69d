//! The public cases of Octopus' own test suites, as far as they are about names, versions and archives. They lie beside
//! the repository and are not part of it; without them each test prints that it is skipped.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wharf_package::{Archive, ArchiveFormat, ArchiveLimits, EntryKind, EntryPatterns, PackageName, PackageVersion};

use crate::support::{extract, folder};

fn rows(file: &str) -> Vec<Value> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance").join(file);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return Vec::new();
    };
    text.lines().map(|line| serde_json::from_str(line).expect("a row is JSON")).collect()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn package_names() {
    let mut checked = 0;
    for row in rows("calamari_misc.jsonl") {
        let call = |side: &str| {
            let is_ours = text(&row, &format!("/{side}/call")) == "PackageName.FromFile";
            is_ours.then(|| PackageName::parse(text(&row, &format!("/{side}/args/0"))))
        };
        if let Some(parsed) = call("subject") {
            if row.get("throws").is_some() {
                assert!(parsed.is_err(), "{row}");
            } else {
                let name = parsed.unwrap_or_else(|error| panic!("{row}: {error}"));
                let part = match text(&row, "/subject/path/0") {
                    "PackageId" => name.id,
                    "Extension" => name.extension,
                    other => panic!("unknown part {other}"),
                };
                assert_eq!(part, text(&row, "/expected"), "{row}");
            }
            checked += 1;
        } else if let Some(parsed) = call("right") {
            let name = parsed.unwrap_or_else(|error| panic!("{row}: {error}"));
            assert_eq!(PackageVersion::parse(text(&row, "/left/version")), Ok(name.version), "{row}");
            checked += 1;
        }
    }
    println!("{checked} rows");
}

#[test]
fn package_names_of_the_command_line() {
    for row in rows("octo_package_resolver.jsonl") {
        if !text(&row, "/name").starts_with("CanParseIdAndVersion") {
            continue;
        }
        let name = PackageName::parse(text(&row, "/steps/0/1"));
        let parsed = name.as_ref().map(|name| (name.id.as_str(), name.version.as_str())).ok();
        let expected = text(&row, "/expected");
        let id = text(&row, "/resolve/1");
        if row["expected"].is_string() {
            assert_eq!(parsed, Some((id, expected)), "{row}");
        } else {
            assert!(parsed.is_none_or(|(parsed_id, _)| parsed_id != id), "{row}");
        }
    }
}

#[test]
fn versions_in_their_order() {
    for row in rows("versioning.jsonl") {
        if text(&row, "/op") == "TestSemverCompare" {
            let version = |side: &str| PackageVersion::parse(text(&row, side)).ok();
            assert!(version("/version1").is_some() && version("/version1") < version("/version2"), "{row}");
        }
        if text(&row, "/subject/format") == "semver" && text(&row, "/subject/path/0") == "OriginalString" {
            let version = PackageVersion::parse(text(&row, "/subject/version"));
            assert_eq!(version.map(|version| version.to_string()).as_deref(), Ok(text(&row, "/expected")));
        }
    }
}

#[test]
fn formats_by_file_name() {
    for row in rows("extractor_selection.jsonl") {
        let expected = match text(&row, "/expectedType") {
            "ZipPackageExtractor" => ArchiveFormat::Zip,
            "TarPackageExtractor" => ArchiveFormat::Tar,
            "TarGzipPackageExtractor" => ArchiveFormat::TarGz,
            "TarBzipPackageExtractor" => ArchiveFormat::TarBz2,
            "NupkgExtractor" => ArchiveFormat::Nupkg,
            other => panic!("unknown extractor {other}"),
        };
        assert_eq!(ArchiveFormat::of_file_name(text(&row, "/filename")), Ok(expected), "{row}");
    }
}

#[test]
fn globs() {
    for row in rows("globs.jsonl") {
        let (Some(files), Some(patterns)) = (row["files"].as_array(), row["pattern"].as_array()) else { continue };
        let patterns: Vec<&str> = patterns.iter().filter_map(Value::as_str).collect();
        let patterns = EntryPatterns::new(&patterns).unwrap_or_else(|error| panic!("{row}: {error}"));
        let names: Vec<&str> = files
            .iter()
            .filter_map(Value::as_str)
            .filter(|path| patterns.matches(path))
            .map(|path| path.rsplit('/').next().unwrap_or(path))
            .collect();
        let expected: Vec<&str> =
            row["expectedFilesMatchName"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert_eq!(names.len() as u64, row["expectedQty"].as_u64().unwrap_or(expected.len() as u64), "{row}");
        assert!(expected.iter().all(|name| names.contains(name)), "{row}: {names:?}");
    }
}

#[test]
fn archives() {
    for row in rows("archives.jsonl") {
        let name = text(&row, "/name");
        let archive_folder = folder();
        let path = archive_folder.path().join(name);
        fs::write(&path, base64(text(&row, "/archive_base64"))).expect("the archive can be written");
        let archive = Archive::open(&path, &ArchiveLimits::default()).unwrap_or_else(|error| panic!("{error}"));
        let is_nupkg = archive.format() == ArchiveFormat::Nupkg;
        let found: Vec<(String, u64, bool)> = archive
            .entries()
            .iter()
            .map(|entry| (entry.path.clone(), entry.size, entry.kind == EntryKind::Directory))
            .collect();
        let expected: Vec<(String, u64, bool)> = row["archive_entries_python"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|entry| {
                let path = text(entry, "/path").trim_end_matches('/');
                let path = if is_nupkg { path.replace("%20", " ") } else { path.to_owned() };
                (path, entry["size"].as_u64().unwrap_or_default(), entry["dir"].as_bool().unwrap_or_default())
            })
            .filter(|(path, ..)| !is_nupkg || !is_nuget_s_own(path))
            .collect();
        assert_eq!(found, expected, "{name}");
        let (destination, result) = extract(&archive, &[]);
        let extracted = result.unwrap_or_else(|error| panic!("{error}"));
        if let Some(asserts) = row.get("calamari_asserts") {
            assert_eq!(Some(extracted.files), asserts["files_extracted"].as_u64(), "{name}");
            let resource = fs::read_to_string(destination.path().join("my resource.txt")).unwrap_or_default();
            assert_eq!(resource.trim_start_matches('\u{feff}').trim(), text(asserts, "/my resource.txt"), "{name}");
            assert!(destination.path().join("EmptyFolder").is_dir(), "{name}");
        }
    }
}

fn is_nuget_s_own(path: &str) -> bool {
    path == "[Content_Types].xml"
        || path == "_rels/.rels"
        || path.ends_with(".nuspec")
        || path.starts_with("package/services/metadata/")
}

/// Bytes of base64 (RFC 4648).
fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.bytes().filter_map(|byte| DIGITS.iter().position(|&digit| digit == byte)) {
        bits = (bits << 6 | digit as u32) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}
