//! Diagnostics as people and programs see them.

use std::sync::Arc;

use wharf_model::{Diagnostic, SourceFile, Span};
use wharf_report::{Style, diagnostics_to_json, diagnostics_to_text};

fn span(text: &str, part: &str) -> Span {
    let file = Arc::new(SourceFile { name: "wharf.yaml".into(), text: text.into() });
    let start = text.find(part).expect("the part is in the text");
    Span::new(file, start, start + part.len())
}

fn samples() -> Vec<Diagnostic> {
    let text = "wharf: 1\nsteps:\n  - name: 日本\n    uses: dploy-package\n\tx: y\n";
    vec![
        Diagnostic::error("unknown-step", "there is no standard step `dploy-package`")
            .at(&span(text, "dploy-package"))
            .help("did you mean `deploy-package`?"),
        Diagnostic::error("missing-grant", "step `日本` may not send requests to https://chat.example.com")
            .at(&span(text, "日本"))
            .help("steps that are no standard steps have no powers but those that are granted, and this is a long sentence")
            .with_grant("allow:\n  http: [\"https://chat.example.com\"]"),
        Diagnostic::warning("tab", "a tab\u{1b}[2J in\nthe indentation").at(&span(text, "x: y")),
        Diagnostic::error("no-file", "there is no `wharf.yaml` here").help("first line\nsecond line"),
    ]
}

#[test]
fn text_shows_the_place_and_what_to_do() {
    insta::assert_snapshot!(diagnostics_to_text(&samples(), &Style::new(false, true), Some(70)), @r#"
    error[unknown-step]: there is no standard step `dploy-package`
     --> wharf.yaml:4:11
      |
    4 |     uses: dploy-package
      |           ^^^^^^^^^^^^^
      = help: did you mean `deploy-package`?

    error[missing-grant]: step `日本` may not send requests to
      https://chat.example.com
     --> wharf.yaml:3:11
      |
    3 |   - name: 日本
      |           ^^^^
      = help: steps that are no standard steps have no powers but those
              that are granted, and this is a long sentence
      = add:
          allow:
            http: ["https://chat.example.com"]

    warning[tab]: a tab in the indentation
     --> wharf.yaml:5:2
      |
    5 |     x: y
      |     ^^^^

    error[no-file]: there is no `wharf.yaml` here
      = help: first line
              second line
    "#);
}

#[test]
fn colours_come_only_when_asked_for() {
    let sample = [Diagnostic::error("no-file", "nothing")];
    assert_eq!(diagnostics_to_text(&sample, &Style::new(false, true), None), "error[no-file]: nothing\n");
    let colored = diagnostics_to_text(&sample, &Style::new(true, true), None);
    assert_eq!(colored, "\u{1b}[1m\u{1b}[31merror[no-file]\u{1b}[0m\u{1b}[1m: nothing\u{1b}[0m\n");
}

#[test]
fn json_has_what_applies() {
    insta::assert_snapshot!(format!("{:#}", diagnostics_to_json(&samples())), @r#"
    [
      {
        "severity": "error",
        "code": "unknown-step",
        "message": "there is no standard step `dploy-package`",
        "file": "wharf.yaml",
        "line": 4,
        "column": 11,
        "help": [
          "did you mean `deploy-package`?"
        ]
      },
      {
        "severity": "error",
        "code": "missing-grant",
        "message": "step `日本` may not send requests to https://chat.example.com",
        "file": "wharf.yaml",
        "line": 3,
        "column": 11,
        "help": [
          "steps that are no standard steps have no powers but those that are granted, and this is a long sentence"
        ],
        "add": "allow:\n  http: [\"https://chat.example.com\"]"
      },
      {
        "severity": "warning",
        "code": "tab",
        "message": "a tab\u001b[2J in\nthe indentation",
        "file": "wharf.yaml",
        "line": 5,
        "column": 2
      },
      {
        "severity": "error",
        "code": "no-file",
        "message": "there is no `wharf.yaml` here",
        "help": [
          "first line\nsecond line"
        ]
      }
    ]
    "#);
}
