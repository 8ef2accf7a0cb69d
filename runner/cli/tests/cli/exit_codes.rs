//! The exit codes in the documentation are those in code.

use std::fs;

use wharf_model::ExitCode;

#[test]
fn the_documentation_has_the_table_of_the_code() {
    let path = crate::support::root().join("docs/exit-codes.md");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows: Vec<(u8, String)> = text
        .lines()
        .filter_map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            Some((cells.next()?.parse().ok()?, cells.next()?.to_owned()))
        })
        .collect();
    let table: Vec<(u8, String)> =
        ExitCode::TABLE.into_iter().map(|(code, meaning)| (code as u8, meaning.to_owned())).collect();
    assert_eq!(rows, table);
}
