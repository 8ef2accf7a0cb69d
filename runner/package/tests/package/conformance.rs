//! The public cases of Octopus' own test suites, as far as they are about names, versions and archives. They lie beside
//! the repository and are not part of it; without them each test prints that it is skipped.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wharf_model::OctopusVersion;
use wharf_package::{
    Archive, ArchiveFormat, ArchiveLimits, CachedName, EntryKind, EntryPatterns, LexicographicVersion, MavenPackage,
    MavenRange, MavenVersion, PackageName, PackageVersionResolver, RelativeGlob, Version, VersionFormat, VersionMask,
    package_name_of_path,
};

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

/// Rows that are given up, each with its reason. Every one of them must really fail.
const GIVEN_UP: [(&str, &str); 0] = [];

/// How many rows of each suite hold, of how many that are about packages.
#[derive(Default)]
struct Scores(BTreeMap<String, (u32, u32)>);

impl Scores {
    /// Counts a row; one that does not hold and is not given up fails at the end, and so does one that is and holds.
    fn count(&mut self, row: &Value, outcome: Result<(), String>, wrong: &mut Vec<String>) {
        let (held, all) = self.0.entry(text(row, "/suite").to_owned()).or_default();
        *all += 1;
        *held += u32::from(outcome.is_ok());
        let given_up = GIVEN_UP.iter().any(|(name, _)| *name == text(row, "/name"));
        match outcome {
            Ok(()) if given_up => wrong.push(format!("given up, and holds: {row}")),
            Err(problem) if !given_up => wrong.push(format!("{problem}: {row}")),
            _ => {}
        }
    }
}

/// Checks all rows of a file for which `check` has an answer. So many rows of each suite must hold at least, unless the
/// file is not there.
fn check_rows(file: &str, at_least: &[(&str, u32)], check: impl Fn(&Value) -> Option<Result<(), String>>) {
    let (mut scores, mut wrong) = (Scores::default(), Vec::new());
    for row in rows(file) {
        if let Some(outcome) = check(&row) {
            scores.count(&row, outcome, &mut wrong);
        }
    }
    for (suite, (held, all)) in &scores.0 {
        println!("{suite}: {held} of {all}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if !scores.0.is_empty() {
        for (suite, at_least) in at_least {
            let held = scores.0.get(*suite).map_or(0, |(held, _)| *held);
            assert!(held >= *at_least, "only {held} rows of {suite} hold");
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(found: T, expected: T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{found:?} is not {expected:?}")) }
}

fn version(side: &Value) -> Result<Version, String> {
    let format = match text(side, "/format") {
        "maven" => VersionFormat::Maven,
        "docker" => VersionFormat::Docker,
        "octopus" => VersionFormat::Octopus,
        "lexicographic" => VersionFormat::Lexicographic,
        "unsortable" => VersionFormat::Unsortable,
        _ => VersionFormat::SemVer,
    };
    format.parse(text(side, "/version")).map_err(|error| error.to_string())
}

/// What a row reads of a version.
fn part(version: &Version, name: &str) -> Value {
    let numbers = |[major, minor, patch, revision]: [u32; 4]| match name {
        "Major" => Some(major),
        "Minor" => Some(minor),
        "Patch" => Some(patch),
        "Revision" => Some(revision),
        _ => None,
    };
    let octopus = |version: &OctopusVersion| {
        numbers([version.major(), version.minor(), version.patch(), version.revision()].map(i32::unsigned_abs))
    };
    let (number, release, metadata) = match version {
        Version::SemVer(version) => (numbers(version.numbers()), version.prerelease(), version.metadata()),
        Version::Maven(version) => (numbers(version.numbers()), version.release(), ""),
        Version::Octopus(version) => (octopus(version), version.prerelease(), version.metadata()),
        Version::Docker(tag) => (octopus(tag.version()), tag.version().prerelease(), tag.version().metadata()),
        Version::Lexicographic(version) => (numbers([0; 4]), version.release(), version.metadata()),
        Version::Unsortable(version) => (numbers([0; 4]), version.release(), version.metadata()),
    };
    match name {
        "Release" => release.into(),
        "Metadata" => metadata.into(),
        "IsPrerelease" => version.is_prerelease().into(),
        "HasMetadata" => (!metadata.trim().is_empty()).into(),
        "OriginalString" => version.to_string().into(),
        _ => number.map_or(Value::Null, Value::from),
    }
}

fn octopus(row: &Value, pointer: &str) -> Result<OctopusVersion, String> {
    text(row, pointer).parse().map_err(|error: wharf_model::OctopusVersionError| error.to_string())
}

/// The parts of an Octopus version that a row names.
fn octopus_parts(row: &Value) -> Result<(), String> {
    let version = octopus(row, "/version")?;
    for (name, found) in [
        ("major", Value::from(version.major())),
        ("minor", version.minor().into()),
        ("patch", version.patch().into()),
        ("revision", version.revision().into()),
        ("prerelease", version.prerelease().into()),
        ("prereleasePrefix", version.prerelease_prefix().into()),
        ("prereleaseCounter", version.prerelease_counter().into()),
        ("metadata", version.metadata().into()),
        ("hasMetadata", (!version.metadata().is_empty()).into()),
    ] {
        if let Some(expected) = row.get(name) {
            same(&found, expected).map_err(|problem| format!("{name}: {problem}"))?;
        }
    }
    if row.get("mavenMinor").is_some() {
        let maven = MavenVersion::parse(text(row, "/version")).map_err(|error| error.to_string())?;
        let numbers = maven.numbers().map(Value::from);
        for (name, found) in ["major", "mavenMinor", "mavenPatch", "mavenRevision"].into_iter().zip(&numbers) {
            same(found, &row[name])?;
        }
        same(maven.release(), text(row, "/mavenPrerelease"))?;
    }
    Ok(())
}

fn maven_range(row: &Value) -> Result<(), String> {
    let range = MavenRange::parse(text(row, "/subject/args/0"));
    if row.get("throws").is_some() {
        return range.map_or(Ok(()), |_| Err("it parses".to_owned()));
    }
    let range = range.map_err(|error| error.to_string())?;
    let asked = MavenVersion::parse(text(row, "/subject/path/0/1/0/version")).map_err(|error| error.to_string())?;
    same(Some(range.contains(&asked)), row["expected"].as_bool())
}

/// What a row calls.
fn called(row: &Value) -> Option<Result<(), String>> {
    let argument = |place: usize| row["subject"]["args"][place].as_str().unwrap_or_default();
    match text(row, "/subject/call") {
        "MavenVersionRange.CreateFromVersionSpec" => Some(maven_range(row)),
        "new MavenPackageID" => {
            let count = row["subject"]["args"].as_array().map_or(0, Vec::len);
            let coordinates: Vec<&str> = (0..count).map(argument).collect();
            let package = MavenPackage::parse(&coordinates.join(":")).ok();
            let found = package.and_then(|package| match text(row, "/subject/path/0") {
                "Group" => Some(package.group),
                "Artifact" => Some(package.artifact),
                "Version" => package.version,
                "Packaging" => package.packaging,
                "Classifier" => package.classifier,
                _ => None,
            });
            Some(same(found.as_deref(), row["expected"].as_str()))
        }
        "PackageName.FromFile" => {
            let name = file_name(argument(0));
            if row.get("throws").is_some() {
                return Some(name.map_or(Ok(()), |_| Err("it parses".to_owned())));
            }
            Some(name.and_then(|(id, version, extension)| match text(row, "/subject/path/0") {
                "PackageId" => same(id.as_str(), text(row, "/expected")),
                "Extension" => same(extension.as_str(), text(row, "/expected")),
                "Version" => same(version.to_string().as_str(), text(row, "/expected")),
                other => Err(format!("unknown part {other}")),
            }))
        }
        "new RelativeGlobber" => {
            let glob = RelativeGlob::parse(text(row, "/subject/path/0/1/0")).map_err(|error| error.to_string());
            // The test's files, in the order of the test.
            let place = text(row, "/subject/path/2").trim_matches(['[', ']']).parse::<usize>().unwrap_or_default();
            let file = ["content/first.txt", "content/nested/two.txt"].get(place)?;
            Some(glob.and_then(|glob| same(glob.target_of(file).as_str(), text(row, "/expected"))))
        }
        _ => None,
    }
}

/// The parts of a package's file name, in a cache or not.
fn file_name(name: &str) -> Result<(String, Version, String), String> {
    if let Ok(name) = CachedName::parse(name) {
        return Ok((name.id, name.version, name.extension));
    }
    let name = PackageName::parse(name).map_err(|error| error.to_string())?;
    Ok((name.id, Version::SemVer(name.version), name.extension))
}

fn ordering(row: &Value, left: &Result<Version, String>, right: &Result<Version, String>) -> Result<Ordering, String> {
    match (left, right) {
        (Ok(left), Ok(right)) => left.compare(right).ok_or_else(|| format!("no order: {row}")),
        (Err(error), _) | (_, Err(error)) => Err(error.clone()),
    }
}

/// Checks a row of the suites about versions; none if it is about something else.
fn version_row(row: &Value) -> Option<Result<(), String>> {
    let suite = text(row, "/suite").trim_start_matches("versioning.");
    let side = |pointer: &str| {
        let format = match suite {
            "DockerVersionCompareTests" => VersionFormat::Docker,
            "LexicographicSortedVersionCompareTests" => VersionFormat::Lexicographic,
            "UnsortableVersionCompareTests" => VersionFormat::Unsortable,
            "MavenVersionCompareTests" => VersionFormat::Maven,
            "OctopusVersionCompareTests" => VersionFormat::Octopus,
            _ => VersionFormat::SemVer,
        };
        format.parse(text(row, pointer)).map_err(|error| error.to_string())
    };
    let compare = || ordering(row, &side("/version1"), &side("/version2"));
    let sign = |found: Ordering| i64::from(found as i8);
    Some(match text(row, "/op") {
        "==" => {
            let (left, right) = (version(&row["left"]), version(&row["right"]));
            ordering(row, &left, &right).and_then(|found| same(found, Ordering::Equal))
        }
        "CompareToShouldReturnCorrectValue" => {
            compare().and_then(|found| same(Some(sign(found)), row["result"].as_i64()))
        }
        "CompareVersionsWithEquivalentChars" => {
            compare().and_then(|found| same(Some(sign(found)), row["expected"].as_i64().map(i64::signum)))
        }
        "PrereleaseVersionsShouldBeLabelledCorrectly" => {
            side("/version1").and_then(|tag| same(Some(tag.is_prerelease()), row["result"].as_bool()))
        }
        "TestMavenVersions" | "TestIncompatibleMavenVersions" | "TestInvalidSemverVersions" | "TestHasMetadata" => {
            octopus_parts(row)
        }
        "IllegalCharsWillFail" => octopus(row, "/version").map_or(Ok(()), |_| Err("it parses".to_owned())),
        "TestSemverCompare" => compare().and_then(|found| same(found, Ordering::Less)),
        "IsMask" => same(Some(VersionMask::parse(text(row, "/mask")).is_ok()), row["isMask"].as_bool()),
        "GetLatestVersionMask" => {
            VersionMask::parse(text(row, "/version")).map_err(|error| error.to_string()).and_then(|mask| {
                let latest = octopus(row, "/latestVersion")?;
                same(mask.latest([&latest]).map(OctopusVersion::original), row["expected"].as_str())
            })
        }
        "TestEquality" => match (side("/version1"), side("/version2")) {
            (Ok(left), Ok(right)) => same(Some(left.compare(&right) == Some(Ordering::Equal)), row["result"].as_bool()),
            (Err(error), _) | (_, Err(error)) => Err(error),
        },
        "ShouldParseSuccessfully" => {
            let parsed = LexicographicVersion::parse(text(row, "/input")).ok();
            let found = parsed.as_ref().map_or(("", ""), |version| (version.release(), version.metadata()));
            same(found, (text(row, "/expectedRelease"), text(row, "/expectedMetadata")))
        }
        "" if row["subject"].get("call").is_some() => return called(row),
        "" if row.get("throws").is_some() => version(&row["subject"]).map_or(Ok(()), |_| Err("it parses".to_owned())),
        "" => version(&row["subject"]).and_then(|version| {
            let found = part(&version, text(row, "/subject/path/0"));
            same(&found, &row["expected"])
        }),
        other => Err(format!("unknown operation {other}")),
    })
}

#[test]
fn versions() {
    let at_least = [
        ("versioning.CustomRangeTests", 7),
        ("versioning.DockerVersionCompareTests", 6),
        ("versioning.LexicographicSortedVersionCompareTests", 2),
        ("versioning.LexicographicSortedVersionParserTests", 9),
        ("versioning.MavenCoordinateTests", 5),
        ("versioning.MavenTests", 25),
        ("versioning.OctopusVersionCompareTests", 7),
        ("versioning.OctopusVersionMaskParserTests", 35),
        ("versioning.OctopusVersionTests", 35),
        ("versioning.RangeTests", 13),
        ("versioning.SemVerCompareTests", 1),
        ("versioning.VersionTests", 5),
    ];
    check_rows("versioning.jsonl", &at_least, version_row);
}

#[test]
fn names_and_relative_globs() {
    let at_least = [("calamari.PackageNameFixture", 9), ("calamari.RelativeGlobFixture", 6)];
    check_rows("calamari_misc.jsonl", &at_least, |row| match text(row, "/op") {
        "ExtractPackageNameFromPathedPackageId" => {
            Some(same(package_name_of_path(text(row, "/actual")), text(row, "/expected")))
        }
        "==" => Some(file_name(text(row, "/right/args/0")).and_then(|(_, found, _)| {
            let expected = version(&row["left"])?;
            same(found.compare(&expected), Some(Ordering::Equal))
        })),
        _ => called(row),
    });
}

#[test]
fn package_versions_of_the_command_line() {
    let at_least =
        [("octo_cli.PackageVersionResolverFixture", 132), ("octo_cli.PackageVersionResolverNamedPackagesFixture", 13)];
    check_rows("octo_package_resolver.jsonl", &at_least, |row| {
        let mut resolver = PackageVersionResolver::default();
        let mut files = Vec::new();
        for step in row["steps"].as_array().into_iter().flatten() {
            let argument = |place: usize| step[place].as_str().unwrap_or_default();
            let added = match (argument(0), step.as_array().map_or(0, Vec::len)) {
                ("Add", 2) => resolver.add(argument(1)),
                ("Add", 3) => resolver.add_version(argument(1), "", argument(2)),
                ("Add", _) => resolver.add_version(argument(1), argument(2), argument(3)),
                ("Default", _) => resolver.set_default(argument(1)),
                ("file", _) => {
                    files.push(argument(1).to_owned());
                    Ok(())
                }
                ("AddFolder", _) => files.iter().try_for_each(|file| resolver.add_file(file).map(drop)),
                (other, _) => return Some(Err(format!("unknown step {other}"))),
            };
            if let Err(error) = added {
                let throws = row.get("throws").is_some();
                return Some(if throws { Ok(()) } else { Err(error.to_string()) });
            }
        }
        let asked = |place: usize| row["resolve"][place].as_str().unwrap_or_default();
        Some(same(resolver.resolve(asked(0), asked(1), asked(2)), row["expected"].as_str()))
    });
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
        let is_deep = text(&row, "/op") == "EnumerateFilesRecursively";
        let patterns = &row[if is_deep { "patterns" } else { "pattern" }];
        let patterns: Vec<&str> = patterns.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let compile = if is_deep { EntryPatterns::in_all_folders } else { EntryPatterns::new };
        let patterns = compile(&patterns).unwrap_or_else(|error| panic!("{row}: {error}"));
        let files = row["files"].as_array().into_iter().flatten();
        let names: Vec<&str> = files
            .filter_map(Value::as_str)
            .filter(|path| patterns.matches(path))
            .map(|path| path.rsplit('/').next().unwrap_or(path))
            .collect();
        let expected = if is_deep { "expectedFilesMatchNameWithRecursion" } else { "expectedFilesMatchName" };
        let expected: Vec<&str> = row[expected].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
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
