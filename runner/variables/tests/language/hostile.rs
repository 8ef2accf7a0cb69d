//! Whatever is written, reading and evaluating ends, quickly and without a panic.

use crate::write::*;
use proptest::prelude::*;
use wharf_model::VariableAccess;
use wharf_variables::{Segment, Template};

/// Texts that are made of what the language is made of.
fn template() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("#{".to_owned()),
        Just("}".to_owned()),
        Just("#".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(".".to_owned()),
        Just("|".to_owned()),
        Just("*".to_owned()),
        Just(" in ".to_owned()),
        Just("if ".to_owned()),
        Just("/if".to_owned()),
        Just("\n".to_owned()),
        "[a-cA-C ]{1,3}",
        "\\PC{0,3}",
    ];
    prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn evaluation_never_panics_and_lenient_evaluation_keeps_what_it_cannot_read(text in template(), value in template()) {
        let variables = in_dev(&[define("a", plain(&value)), define("b", list(&[plain("x"), plain(&text)]))]);
        let _ = variables.evaluate_text(&text, Some(&span(&text)));
        let _ = variables.evaluate_value(&plain(&text));
        let _ = variables.condition(&text, None);
        let _ = variables.get(&text);
        let empty = in_dev(&[]);
        // With no variables at all, every token is echoed; only escapes and later constructs make a difference.
        if let Ok(echo) = empty.evaluate(&text, true, &|_| true) && !text.contains("##") {
            prop_assert_eq!(echo, text);
        }
    }

    #[test]
    fn segments_cover_the_text(text in template()) {
        let mut covered = 0;
        for segment in Template::parse(&text).segments() {
            let range = match segment {
                Segment::Text(_) => continue,
                Segment::Substitution { range, .. } => range,
                Segment::Broken(problem) => &problem.range,
            };
            prop_assert!(range.start >= covered && range.end > range.start);
            let opens = text[range.clone()].starts_with("#{");
            prop_assert!(opens);
            covered = range.end;
        }
    }
}

#[test]
fn long_runs_of_unfinished_tokens_take_linear_work() {
    // Each of these took time in the square of its length before a token had a greatest length.
    for part in ["#{a[", "#{a(", "#{", "#{a[#{", "##", "#{a[b[", "#{if "] {
        let text = part.repeat(30_000);
        assert!(!Template::parse(&text).segments().is_empty(), "{part}");
        let closed_now_and_then = format!("{}}}", part.repeat(900)).repeat(20);
        assert!(!Template::parse(&closed_now_and_then).segments().is_empty(), "{part}");
    }
}

#[test]
fn a_text_of_broken_tokens_is_given_up_early() {
    let text = "#{".repeat(100_000);
    let problems = in_dev(&[]).evaluate_text(&text, Some(&span(&text))).expect_err("nothing closes them");
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes.len(), 51);
    assert_eq!(codes.last(), Some(&"too-many-problems"));
    let nested = format!("{}A{}", "#{A[".repeat(50_000), "]}".repeat(50_000));
    assert!(in_dev(&[]).evaluate_text(&nested, Some(&span(&nested))).is_err());
}
