//! Whatever is written, reading and formatting end without a panic.

use std::path::PathBuf;

use proptest::prelude::*;
use wharf_project::{format, parse, parse_value};

use crate::write::*;

/// Texts that are made of what process files are made of.
fn text() -> impl Strategy<Value = String> {
    let words = [
        "wharf: 1\n",
        "steps:\n",
        "- ",
        "  ",
        "    ",
        "uses: x",
        "with:",
        "\n",
        "\r\n",
        ": ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "#{",
        "#{x}",
        " # note",
        "\"",
        "'",
        "|\n",
        ">-\n",
        "|+\n",
        "&a ",
        "*a",
        "!t ",
        "<<: ",
        "---\n",
        "...\n",
        "\t",
        "a",
        "B",
        "ü",
        "\u{feff}",
        "1",
        "if: ",
        "variables:\n",
        "scoped: ",
        "? ",
        "\\",
        "%YAML 1.2\n",
        "null",
        "~",
        "   \n",
        "a: #{x}\n",
        "- #{x} y\n",
        "{a: #{x}}\n",
    ];
    let word = prop_oneof![8 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,3}"];
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

/// Valid YAML in which blanks and comments stand in odd places.
fn valid() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "K: v   \n",
        "K: #{x}\n",
        "K: a #{x} # note\n",
        "K: [a,  #{x},\n   b]\n",
        "K: { a: #{x} }  \n",
        "K: |\n    a  \n\n    b\n",
        "K: |+\n    a\n\n",
        "K: >-\n    a\n    b   \n",
        "K: 'a   \n    b'\n",
        "K: \"a\\n   \n  b\"\n",
        "# note   \n",
        "   \n",
        "\n",
        "K:\n  - #{x}\n  - 1   \n",
        "K: a\n   b   \n",
    ]);
    prop::collection::vec((line, any::<bool>()), 0..12).prop_map(|lines| {
        let line = |(number, (line, windows)): (usize, (&str, bool))| {
            let line = line.replace('K', &format!("k{number}"));
            if windows { line.replace('\n', "\r\n") } else { line }
        };
        lines.into_iter().enumerate().map(line).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn reading_never_panics_and_says_why_there_is_no_process(text in text()) {
        let parsed = parse(file(&text), PathBuf::from("."));
        prop_assert_eq!(parsed.process.is_none(), parsed.diagnostics.iter().any(|problem| problem.is_error()));
        for problem in &parsed.diagnostics {
            prop_assert!(problem.span.is_some(), "{} has no place", problem.message);
        }
    }

    #[test]
    fn formatting_keeps_the_values_and_formatting_again_changes_nothing(text in prop_oneof![text(), valid()]) {
        let Ok(once) = format(file(&text)) else { return Ok(()) };
        prop_assert_eq!(format(file(&once)).ok(), Some(once.clone()));
        let after = parse_value(file(&once));
        prop_assert!(after.is_ok(), "the formatted text can be read");
        if let Ok(before) = parse_value(file(&text)) {
            prop_assert_eq!(before.to_json(), after.map(|after| after.to_json()).unwrap_or_default());
        }
    }

    #[test]
    fn valid_files_can_be_formatted(text in valid()) {
        prop_assert!(format(file(&text)).is_ok(), "{:?}", format(file(&text)));
    }
}
