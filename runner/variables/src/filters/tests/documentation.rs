//! `docs/filters.md` is true: every filter is in it, and every example gives what is written.

use super::super::names;
use super::{Filtered, filter};

/// Stands for a missing input.
const NONE: &str = "—";

struct Example {
    input: Option<String>,
    written: String,
    result: String,
}

fn page() -> String {
    std::fs::read_to_string("../../docs/filters.md").expect("docs/filters.md lies in the project")
}

/// The rows of the tables that end with an input, a filter and a result.
fn examples(page: &str) -> Vec<Example> {
    page.lines().filter_map(example).collect()
}

fn example(line: &str) -> Option<Example> {
    let row = line.strip_prefix('|')?.strip_suffix('|')?.replace("\\|", "\u{1}");
    let cells: Vec<String> = row.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect();
    let [_, _, input, written, result] = cells.as_slice() else { return None };
    let input = if input == NONE { None } else { Some(code(input)?) };
    Some(Example { input, written: code(written)?, result: code(result)? })
}

fn code(cell: &str) -> Option<String> {
    let text = cell.strip_prefix('`')?.strip_suffix('`')?;
    Some(text.replace('⏎', "\n").replace('␣', " "))
}

/// A filter's name and its arguments, which may be quoted.
fn words(written: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in written.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().expect("there is a word").push(c),
        }
    }
    words
}

#[test]
fn every_filter_is_documented() {
    let examples = examples(&page());
    let missing: Vec<&str> = names()
        .filter(|name| {
            !examples.iter().any(|example| words(&example.written).first().is_some_and(|first| first == name))
        })
        .collect();
    assert!(missing.is_empty(), "docs/filters.md has no example of {missing:?}");
}

#[test]
fn every_example_gives_what_is_written() {
    for Example { input, written, result } in examples(&page()) {
        let words = words(&written);
        let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let made = match filter(&words[0], input.as_deref(), &arguments) {
            Ok(Filtered::Text(text)) => text,
            Ok(Filtered::Null) => "no value".to_owned(),
            Err(error) => panic!("`{written}` of docs/filters.md: {error:?}"),
        };
        assert_eq!(made, result, "`{written}` of docs/filters.md");
    }
}
