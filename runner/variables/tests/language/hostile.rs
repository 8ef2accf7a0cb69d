//! Whatever is written, reading and evaluating ends, quickly and without a panic.

use crate::write::*;
use proptest::prelude::*;
use wharf_model::VariableAccess;
use wharf_variables::{Bounds, Evaluated, Segment, Template};

/// Texts that are made of what the language is made of.
fn template() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        prop::sample::select(vec![
            "#{",
            "}",
            "#",
            "##{",
            "[",
            "]",
            ".",
            "|",
            "*",
            "#{if ",
            "#{/if}",
            "#{else}",
            "#{elseif ",
            "#{unless a}",
            "#{/unless}",
            "#{each x in b}",
            "#{/each}",
            "#{calc ",
            "#{a}",
            "#{x}",
            "#{a | ToUpper}",
            " == ",
            " != ",
            "\"",
            "\\\"",
            "(",
            ")",
            "{",
            "+",
            "-",
            "/",
            "1",
            " in ",
            "\n",
            " | Append #{a}",
            " | null",
            "[#{a}]",
        ])
        .prop_map(str::to_owned),
        "[a-cA-C ]{1,3}",
        "\\PC{0,3}",
    ];
    prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn evaluation_never_panics_and_lenient_evaluation_keeps_what_it_cannot_read(text in template(), value in template()) {
        let bounds = Bounds { bytes: 100_000, steps: 10_000, ..Bounds::default() };
        let variables = in_dev(&[define("a", plain(&value)), define("b", list(&[plain("x"), plain(&text)]))]);
        let variables = variables.with_bounds(bounds);
        let _ = variables.evaluate_text(&text, Some(&span(&text)));
        let _ = variables.evaluate_value(&plain(&text));
        let _ = variables.condition(&text, None);
        let _ = variables.get(&text);
        let _ = variables.explain(&text);
        let _ = leniently(&variables, &text);
        let _ = Template::parse(&text).argument_names();
        // What cannot be read stays as it is, and what can be read around it is evaluated.
        let template = Template::parse(&text);
        if let Ok(rendition) = variables.clone().lenient(true).halt_on_error(false).evaluate(&text, None)
            && let Some(Evaluated::Known(result)) = rendition.value
        {
            for segment in template.segments() {
                if let Segment::Broken(problem) = segment {
                    let kept = &text[problem.range.start..problem.range.start + 1];
                    prop_assert!(result.contains(kept));
                }
            }
        }
        let _ = VariableAccess::evaluate(&variables, &text, true, &|_| true);
    }

    #[test]
    fn strict_and_lenient_agree_where_all_is_resolved(text in template(), value in "[a-c,0 ]{0,5}") {
        let variables = texts(&[("a", &value), ("b", "x,y")]);
        if let Ok(strict) = variables.evaluate(&text, None) {
            let lenient = variables.clone().lenient(true).evaluate(&text, None);
            prop_assert_eq!(lenient.map(|rendition| (rendition.value, rendition.unresolved)), Ok((strict.value, vec![])));
        }
    }

    #[test]
    fn what_is_printed_is_read_as_the_same(text in template()) {
        let template = Template::parse(&text);
        prop_assume!(template.problems().next().is_none());
        let printed = template.to_string();
        let again = Template::parse(&printed);
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn segments_cover_the_text(text in template()) {
        let mut covered = 0;
        for segment in Template::parse(&text).segments() {
            let range = match segment {
                Segment::Text(_) => continue,
                Segment::Token(range) => range,
                Segment::Broken(problem) => problem.range,
            };
            prop_assert!(range.start >= covered && range.end > range.start);
            let opens = text[range.clone()].starts_with("#{");
            prop_assert!(opens);
            covered = range.start + 1;
        }
    }
}

/// Texts that take work in the square of their length, or a stack as deep as they are long, if they are read carelessly.
#[test]
fn long_runs_of_unfinished_tokens_take_linear_work() {
    for part in [
        "#{a[",
        "#{a(",
        "#{",
        "#{a[#{",
        "##",
        "#{a[b[",
        "#{if ",
        "#{if a}",
        "#{each a in b}",
        "#{unless a}x#{else}",
        "#{if a}#{elseif b == \"c\"}",
        "#{a | b #{c ",
        "#{a | b #{if c}",
        "#{a | b \\\"",
        "#{calc (",
        "#{calc 1+",
        "#{a | b \"",
        "#{if a}#{/each}",
        "#{each a in b}#{/if}",
        "#{a | b | c #{d | e ",
        "#{a[#{b[#{c]}]}",
        "#{/if}",
    ] {
        let text = part.repeat(20_000);
        assert!(!Template::parse(&text).segments().is_empty(), "{part}");
        let _ = in_dev(&[]).lenient(true).halt_on_error(false).evaluate(&text, None);
        let closed_now_and_then = format!("{}}}", part.repeat(900)).repeat(10);
        assert!(!Template::parse(&closed_now_and_then).segments().is_empty(), "{part}");
    }
}

#[test]
fn what_is_nested_too_deeply_is_a_named_error_also_where_one_is_lenient() {
    let variables = texts(&[("a", "1")]);
    for (open, close) in [
        ("#{if a}", "#{/if}"),
        ("#{each x in a}", "#{/each}"),
        ("#{a | Append ", "}"),
        ("#{a[", "]}"),
        ("#{calc (", ")}"),
    ] {
        let nested = match open {
            "#{calc (" => format!("#{{calc {}1{}}}", "(".repeat(100_000), ")".repeat(100_000)),
            "#{a[" => format!("{}a{}", "#{a[".repeat(100_000), "]}".repeat(100_000)),
            "#{a | Append " => format!("{}a{}", "#{a | Append ".repeat(100_000), "}".repeat(100_000)),
            _ => format!("{}a{}", open.repeat(100_000), close.repeat(100_000)),
        };
        for variables in
            [variables.clone(), variables.clone().lenient(true), variables.clone().lenient(true).halt_on_error(false)]
        {
            let problems = variables.evaluate(&nested, Some(&span(&nested))).expect_err("it is too deep");
            assert_eq!(problems[0].code, "template-too-deep", "{open}");
        }
    }
}

/// Variables that nest as deeply as each may, one inside of the other.
#[test]
fn what_is_deep_only_over_many_variables_is_an_error_and_no_end_of_the_stack() {
    for (open, close) in [
        ("#{if a}", "#{/if}"),
        ("#{each x in a}", "#{/each}"),
        ("#{a | Append ", "}"),
        ("#{calc 1", "}"),
        ("#{a[", "]}"),
    ] {
        let nest = |number: usize| {
            let inner = format!("#{{V{}}}", number + 1);
            match open {
                "#{calc 1" => format!("#{{calc {{V{}}}{}}}", number + 1, "+1".repeat(150)),
                "#{a[" => format!("{}V{}{}", open.repeat(50), number + 1, close.repeat(50)),
                _ => format!("{}{inner}{}", open.repeat(60), close.repeat(60)),
            }
        };
        let mut values: Vec<(String, String)> = (0..60).map(|number| (format!("V{number}"), nest(number))).collect();
        values.push(("a".into(), "1".into()));
        values.push(("V60".into(), "1".into()));
        let values: Vec<(&str, &str)> = values.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let problems = texts(&values).evaluate_text("#{V0}", None).expect_err("it is too deep");
        let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
        assert!(codes.contains(&"variable-too-deep") || codes.contains(&"unresolved-variable"), "{open}: {codes:?}");
    }
}

#[test]
fn loops_that_make_nothing_end() {
    let items = vec!["x"; 1000].join(",");
    let variables = texts(&[("Items", &items)]);
    let template = format!("{}{}", "#{each a in Items}".repeat(5), "#{/each}".repeat(5));
    let problems = variables.evaluate_text(&template, None).expect_err("these are 10^15 steps");
    assert_eq!(problems[0].code, "variable-too-much-work");
}

#[test]
fn a_text_of_broken_tokens_is_given_up_early() {
    let text = "#{%".repeat(100_000);
    let problems = in_dev(&[]).evaluate_text(&text, Some(&span(&text))).expect_err("nothing closes them");
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes.len(), 51);
    assert_eq!(codes.last(), Some(&"too-many-problems"));
}
