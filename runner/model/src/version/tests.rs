use std::cmp::Ordering;

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;

use super::{OctopusVersion, OctopusVersionError};

fn read(text: &str) -> OctopusVersion {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn row(text: &str) -> String {
    match text.parse::<OctopusVersion>() {
        Ok(version) => format!(
            "{text:?} = {} {} {} {}, prerelease `{}` = `{}` and `{}`, metadata `{}`\n",
            version.major(),
            version.minor(),
            version.patch(),
            version.revision(),
            version.prerelease(),
            version.prerelease_prefix(),
            version.prerelease_counter(),
            version.metadata()
        ),
        Err(error) => format!("{text:?}: {error}\n"),
    }
}

#[test]
fn versions_are_read_as_octopus_reads_them() {
    let texts = [
        "1",
        "v1.2.3.4-branch.1+meta",
        " V 1 . 2 . 3 ",
        "01.002",
        "latest",
        "1.2.3.4.5",
        "1_0_alpha",
        "1.0st",
        "1.0.0-beta.",
        "alpha..",
        "19.0.0.Final",
        "1.0+a+b",
        "1.0-a+",
        "1.0 beta",
        "1.0- beta",
        "1.0-hi'there",
        "99999999999",
        "",
        " ",
    ];
    assert_snapshot!(texts.map(row).concat(), @r#"
    "1" = 1 0 0 0, prerelease `` = `` and ``, metadata ``
    "v1.2.3.4-branch.1+meta" = 1 2 3 4, prerelease `branch.1` = `branch` and `1`, metadata `meta`
    " V 1 . 2 . 3 " = 1 2 3 0, prerelease `` = `` and ``, metadata ``
    "01.002" = 1 2 0 0, prerelease `` = `` and ``, metadata ``
    "latest" = 0 0 0 0, prerelease `latest` = `latest` and ``, metadata ``
    "1.2.3.4.5" = 1 2 3 4, prerelease `5` = `5` and ``, metadata ``
    "1_0_alpha" = 1 0 0 0, prerelease `0_alpha` = `0` and `alpha`, metadata ``
    "1.0st" = 1 0 0 0, prerelease `0st` = `0st` and ``, metadata ``
    "1.0.0-beta." = 1 0 0 0, prerelease `beta.` = `beta` and ``, metadata ``
    "alpha.." = 0 0 0 0, prerelease `alpha..` = `alpha` and `.`, metadata ``
    "19.0.0.Final" = 19 0 0 0, prerelease `Final` = `Final` and ``, metadata ``
    "1.0+a+b" = 1 0 0 0, prerelease `` = `` and ``, metadata `a+b`
    "1.0-a+" = 1 0 0 0, prerelease `a` = `a` and ``, metadata ``
    "1.0 beta" = 1 0 0 0, prerelease `beta` = `beta` and ``, metadata ``
    "1.0- beta": not a version: up to four numbers with dots between them, then `-` and a pre-release, then `+` and metadata, of letters, digits, `.`, `-`, `_` and `\`
    "1.0-hi'there": not a version: up to four numbers with dots between them, then `-` and a pre-release, then `+` and metadata, of letters, digits, `.`, `-`, `_` and `\`
    "99999999999": a number of a version cannot be larger than 2147483647
    "": a version cannot be empty
    " ": a version cannot be empty
    "#);
}

#[test]
fn versions_are_ordered_by_numbers_then_labels() {
    let ordered = [
        "0.9",
        "1.0-1",
        "1.0-2",
        "1.0-10",
        "1.0-alpha",
        "1.0-alpha.1",
        "1.0-alpha.beta",
        "1.0-BETA.2",
        "1.0-beta.11",
        "1.0",
        "1.0.0.1",
    ];
    for pair in ordered.windows(2) {
        assert_eq!(read(pair[0]).cmp(&read(pair[1])), Ordering::Less, "{} and {}", pair[0], pair[1]);
    }
    for [left, right] in [
        ["1.0", "v1.0.0.0"],
        ["2016.01.02", "2016.1.2"],
        ["1.0-a_-.\\", "1.0-A\\.-_"],
        ["1.0+x", "1.0+y"],
        ["1-01", "1-1"],
    ] {
        assert_eq!(read(left), read(right), "{left} and {right}");
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[vV]?[0-9]{1,3}([.][0-9]{1,2}){0,4}[-._]?[a-zA-Z0-9.\\-_]{0,6}([+][a-z]{0,2})?"]
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in text()) {
        if let Ok(version) = text.parse::<OctopusVersion>() {
            let again = version.original().parse::<OctopusVersion>();
            prop_assert!(again.is_err() || again.as_ref() == Ok(&version) || text.contains(' '));
            prop_assert!(version.prerelease().starts_with(version.prerelease_prefix()));
            prop_assert!(version.prerelease().ends_with(version.prerelease_counter()));
        }
    }

    #[test]
    fn the_order_is_total(texts in prop::array::uniform3(text())) {
        let versions: Result<Vec<OctopusVersion>, OctopusVersionError> = texts.iter().map(|text| text.parse()).collect();
        let Ok(mut versions) = versions else { return Ok(()) };
        prop_assert_eq!(versions[0].cmp(&versions[1]), versions[1].cmp(&versions[0]).reverse());
        versions.sort();
        prop_assert!(versions[0] <= versions[1] && versions[1] <= versions[2] && versions[0] <= versions[2]);
    }
}

/// The public cases of Octopus' own suites, where they lie beside the project.
#[test]
fn the_cases_of_octopus_versions_hold() {
    let Ok(lines) = std::fs::read_to_string("../../../shared/conformance/versioning.jsonl") else { return };
    let rows = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of the cases is JSON"));
    for row in rows {
        let text = |key: &str| row[key].as_str().unwrap_or_default();
        let name = text("name");
        match text("suite") {
            "versioning.OctopusVersionCompareTests" => {
                let expected = row["expected"].as_i64().unwrap_or(-1);
                let order = read(text("version1")).cmp(&read(text("version2")));
                assert_eq!(order, expected.cmp(&0), "{name}");
            }
            "versioning.OctopusVersionTests" => match text("op") {
                "TestHasMetadata" => {
                    assert_eq!(
                        !read(text("version")).metadata().is_empty(),
                        row["hasMetadata"] == Value::Bool(true),
                        "{name}"
                    );
                }
                "IllegalCharsWillFail" => assert!(text("version").parse::<OctopusVersion>().is_err(), "{name}"),
                _ => {
                    let version = read(text("version"));
                    let numbers = [version.major(), version.minor(), version.patch(), version.revision()];
                    let expected = ["major", "minor", "patch", "revision"].map(|key| row[key].as_i64().unwrap_or(-1));
                    assert_eq!(numbers.map(i64::from), expected, "{name}");
                    assert_eq!(version.prerelease(), text("prerelease"), "{name}");
                    assert_eq!(version.prerelease_prefix(), text("prereleasePrefix"), "{name}");
                    assert_eq!(version.prerelease_counter(), text("prereleaseCounter"), "{name}");
                    assert_eq!(version.metadata(), text("metadata"), "{name}");
                }
            },
            _ => {}
        }
    }
}
