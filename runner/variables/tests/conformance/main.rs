//! Octostache's own cases, where they are at hand: `../shared/conformance/octostache.jsonl` beside the workspace, or the
//! folder that `WHARF_CONFORMANCE` names. Without them the test says so and passes.

mod row;

use std::path::PathBuf;

use row::Row;

/// Rows that are given up, each with .NET's reason. Every one of them must fail, so that the list stays true.
const GIVEN_UP: [(&str, &str); 0] = [];

fn cases() -> Option<String> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let folder = std::env::var_os("WHARF_CONFORMANCE").map_or(beside, PathBuf::from);
    std::fs::read_to_string(folder.join("octostache.jsonl")).ok()
}

#[test]
fn octostaches_own_cases_pass() {
    let Some(cases) = cases() else {
        println!("the cases are not here: nothing was tried");
        return;
    };
    let rows: Vec<Row> = cases.lines().map(|line| serde_json::from_str(line).expect("a row is JSON")).collect();
    let mut failures = Vec::new();
    for row in &rows {
        let given_up = GIVEN_UP.iter().any(|(name, _)| *name == row.name);
        match (row.run(), given_up) {
            (Ok(()), false) | (Err(_), true) => {}
            (Ok(()), true) => failures.push(format!("{}: passes, though it is given up", row.name)),
            (Err(reason), false) => failures.push(format!("{}: {reason}", row.name)),
        }
    }
    let given_up = rows.iter().filter(|row| GIVEN_UP.iter().any(|(name, _)| *name == row.name)).count();
    println!("{} of {} rows pass", rows.len() - failures.len() - given_up, rows.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(given_up * 50 <= rows.len(), "{given_up} of {} rows are given up: more than 2 %", rows.len());
}
