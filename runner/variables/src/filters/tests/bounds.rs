use insta::assert_snapshot;
use proptest::prelude::*;

use super::super::{Expressions, Surroundings, apply, names};
use super::{Filtered, MOST_BYTES, filter, now, said};

#[test]
fn what_would_be_too_large_is_not_made() {
    let long = "a\n".repeat(MOST_BYTES / 3);
    let rows: [(&str, &[&str]); 8] = [
        ("Indent", &[]),
        ("Append", &[&long]),
        ("Replace", &["a", "xyz"]),
        ("Replace", &["a", "$_"]),
        ("ToBase64", &["unicode"]),
        ("UriEscape", &[]),
        ("HtmlEscape", &[]),
        ("Truncate", &["1", &long]),
    ];
    let said = rows.map(|(name, arguments)| {
        let said = said(name, Some(&long), arguments);
        format!("{name}: {}\n", if said.len() > 100 { "made" } else { &said })
    });
    assert_snapshot!(said.concat(), @"
    Indent: more than 10000 bytes
    Append: more than 10000 bytes
    Replace: more than 10000 bytes
    Replace: more than 10000 bytes
    ToBase64: more than 10000 bytes
    UriEscape: more than 10000 bytes
    HtmlEscape: made
    Truncate: made
    ");
}

/// Filters whose work nests or repeats, with texts that make the most of it.
#[test]
fn what_nests_deeply_is_bounded() {
    let deep = |text: &str| text.repeat(MOST_BYTES / 2 / text.len());
    let most_bytes = 10 << 20;
    let expressions = Expressions::default();
    let around = Surroundings { now: &now, most_bytes, expressions: &expressions };
    for text in [">", "[", "*a ", "- ", "![", "<b>", "|a", "`", "~a^", "http://"] {
        let made = apply("Markdown", Some(&deep(text)), &[], &around);
        assert!(matches!(made, Ok(Filtered::Text(_))), "{text}");
    }
    for pattern in ["(", "(?:", "[a-", "(?=", "(?<=", "(a|", "\\1", "(?i)"] {
        let made = apply("Match", Some("a"), &[&deep(pattern)], &around);
        assert!(made.is_err() || pattern == "(?i)", "{pattern}: {made:?}");
    }
    let years = "y".repeat(70_000);
    assert!(
        matches!(apply("Format", Some("2030-05-22"), &[&years], &around), Ok(Filtered::Text(text)) if text.len() == 70_000)
    );
    let places = apply("Format", Some("1"), &["F70000"], &around);
    assert!(matches!(places, Ok(Filtered::Text(text)) if text.len() == 70_002));
}

fn argument() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "-?[0-9]{1,10}",
        "[a-zA-Z0#.,%;'\"\\\\$(){}|*+?^:<>=!&é😀/-]{0,12}",
        prop::sample::select(vec![
            "int",
            "double",
            "decimal",
            "date",
            "datetimeoffset",
            "utf8",
            "unicode",
            "base64",
            "Host",
            "AbsoluteUri",
            "Path"
        ])
        .prop_map(str::to_owned),
    ]
}

fn input() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9/:. TZ+-]{0,24}",
        "[-+]?[0-9,]{0,30}[.]?[0-9]{0,30}(e-?[0-9]{1,4})?",
        "(https?|file|urn|[a-z]{1,3}):/{0,3}[a-z0-9@:./?#%\\[\\]\\\\-]{0,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn every_filter_takes_anything(
        name in prop::sample::select(names().collect::<Vec<_>>()),
        input in prop::option::of(input()),
        arguments in prop::collection::vec(argument(), 0..4),
    ) {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if let Ok(Filtered::Text(text)) = filter(name, input.as_deref(), &arguments) {
            prop_assert!(text.len() <= MOST_BYTES);
        }
    }

    #[test]
    fn base64_is_undone(text in any::<String>(), encoding in prop::sample::select(vec!["utf8", "unicode"])) {
        let Ok(Filtered::Text(encoded)) = filter("ToBase64", Some(&text), &[encoding]) else { return Ok(()) };
        prop_assert_eq!(filter("FromBase64", Some(&encoded), &[encoding]), Ok(Filtered::Text(text)));
    }

    #[test]
    fn a_number_stays_itself(value in any::<f64>().prop_filter("a number", |value| value.is_finite())) {
        let text = format!("{value:e}");
        let Ok(Filtered::Text(written)) = filter("Format", Some(&text), &["double", "R"]) else {
            return Err(TestCaseError::fail(text));
        };
        prop_assert_eq!(written.parse::<f64>().ok(), Some(value));
    }

    #[test]
    fn a_time_stays_itself(second in 0_i64..250_000_000_000) {
        let time = jiff::Timestamp::new(second, 0).unwrap_or_default().to_string();
        let shifted = filter("AddHours", Some(&time), &["0"]);
        let expected = time.replace('Z', ".0000000Z");
        prop_assert_eq!(shifted, Ok(Filtered::Text(expected)));
    }
}
