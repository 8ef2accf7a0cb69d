//! A grant that `wharf allow` writes into a process file.

use std::path::PathBuf;
use std::sync::Arc;

use insta::assert_snapshot;
use proptest::prelude::*;
use wharf_model::{PowerKind, SourceFile};
use wharf_project::{add_grant, parse};

/// The file with one more grant for its first step, or what was said instead.
fn granted(steps: &str, kind: PowerKind, pattern: &str) -> String {
    let text = format!("wharf: 1\nsteps:\n{steps}");
    let file = Arc::new(SourceFile { name: "wharf.yaml".into(), text });
    let process = parse(Arc::clone(&file), PathBuf::from("/p")).process.expect("a process");
    let step = &process.deploy.steps[0];
    match add_grant(&file, &step.span, kind, pattern) {
        Ok(edited) => {
            let again = parse(Arc::clone(&edited), PathBuf::from("/p")).process.expect("a process");
            let allowed = again.deploy.steps[0].allow.iter().filter(|allow| allow.kind == kind && !allow.in_plan);
            let last = allowed.flat_map(|allow| &allow.patterns).next_back().expect("it is there");
            assert_eq!(last.text, pattern);
            edited.text.strip_prefix("wharf: 1\nsteps:\n").expect("the head stays").to_owned()
        }
        Err(problem) => format!("{}: {}\n", problem.code, problem.add.unwrap_or_default()),
    }
}

#[test]
fn a_grant_comes_in_the_form_in_which_the_step_is_written() {
    let mut all = String::new();
    for steps in [
        "  - uses: a\n  - uses: b\n",
        "  - name: A # here\n    uses: a\n    with:\n      text: |\n        one\n\n        two\n    # about the next\n\n  - uses: b\n",
        "  - { uses: a, with: { x: [1, 2] } }\n",
        "  - { uses: a, }\n",
        "  - uses: a\n    allow: # later\n    if: x\n",
        "  - uses: a\n    allow: {}\n",
        "  - uses: a\n    allow: { read: x } # why\n",
        "  - uses: a\n    allow:\n      read: x # why\n    if: x\n",
        "  - uses: a\n    allow: { http: https://a.example.com, read: x }\n",
        "  - uses: a\n    allow:\n      http: https://a.example.com/[x] # why\n",
        "  - uses: a\n    allow: { http: [ https://a.example.com ] }\n",
        "  - uses: a\n    allow: { http: [] }\n",
        "  - uses: a\n    allow:\n      http:\n      - 'https://a.example.com' # why\n      read: x\n",
        "  - uses: a\n    allow:\n      http:\n        - https://a.example.com\n      plan: { http: [ \"GET https://a.example.com\" ] }",
        "  - uses: a\n    allow:\n      http: [\n        https://a.example.com, # one\n      ]\n",
        "  - uses: a\r\n    with: { x: 1 }\r\n",
    ] {
        all.push_str(&granted(steps, PowerKind::Http, "https://b.example.com").replace('\r', "␍"));
        all.push_str("---\n");
    }
    assert_snapshot!(all, @r#"
      - uses: a
        allow:
          http: [https://b.example.com]
      - uses: b
    ---
      - name: A # here
        uses: a
        with:
          text: |
            one

            two
        allow:
          http: [https://b.example.com]
        # about the next

      - uses: b
    ---
      - { uses: a, with: { x: [1, 2] }, allow: { http: [https://b.example.com] } }
    ---
      - { uses: a, allow: { http: [https://b.example.com] }, }
    ---
      - uses: a
        allow: # later
          http: [https://b.example.com]
        if: x
    ---
      - uses: a
        allow: { http: [https://b.example.com] }
    ---
      - uses: a
        allow: { read: x, http: [https://b.example.com] } # why
    ---
      - uses: a
        allow:
          read: x # why
          http: [https://b.example.com]
        if: x
    ---
      - uses: a
        allow: { http: [https://a.example.com, https://b.example.com], read: x }
    ---
      - uses: a
        allow:
          http: ["https://a.example.com/[x]", https://b.example.com] # why
    ---
      - uses: a
        allow: { http: [ https://a.example.com, https://b.example.com ] }
    ---
      - uses: a
        allow: { http: [https://b.example.com] }
    ---
      - uses: a
        allow:
          http:
          - 'https://a.example.com' # why
          - https://b.example.com
          read: x
    ---
      - uses: a
        allow:
          http:
            - https://a.example.com
            - https://b.example.com
          plan: { http: [ "GET https://a.example.com" ] }---
      - uses: a
        allow:
          http: [
            https://a.example.com, https://b.example.com, # one
          ]
    ---
      - uses: a␍
        with: { x: 1 }␍
        allow:␍
          http: [https://b.example.com]␍
    ---
    "#);
}

#[test]
fn what_needs_quotes_gets_them() {
    let all = ["bash", "#{Tool}", "-x", "a, b", "1", "*.x", "C:\\x\\y", "ends:"];
    let text: String = all.iter().map(|pattern| granted("  - { uses: a }\n", PowerKind::Run, pattern)).collect();
    assert_snapshot!(text, @r##"
    - { uses: a, allow: { run: [bash] } }
    - { uses: a, allow: { run: ["#{Tool}"] } }
    - { uses: a, allow: { run: ["-x"] } }
    - { uses: a, allow: { run: ["a, b"] } }
    - { uses: a, allow: { run: ["1"] } }
    - { uses: a, allow: { run: ["*.x"] } }
    - { uses: a, allow: { run: ["C:\\x\\y"] } }
    - { uses: a, allow: { run: ["ends:"] } }
    "##);
}

proptest! {
    #[test]
    fn a_grant_is_added_and_nothing_else_changes(
        pattern in "[ -~äß]{1,12}",
        form in 0..6_usize,
        kind in proptest::sample::select(vec![PowerKind::Read, PowerKind::Run, PowerKind::Env]),
    ) {
        prop_assume!(!pattern.trim().is_empty());
        let steps = [
            "  - uses: a\n",
            "  - { uses: a }\n",
            "  - uses: a\n    allow: { run: [x], read: y }\n",
            "  - uses: a\n    allow:\n      run: [x]\n      read:\n        - y\n",
            "  - uses: a\n    allow:\n      env: a b\n    if: x\n",
            "  - uses: a\n    allow:\n",
        ][form];
        // What is asserted is asserted inside.
        prop_assert!(!granted(steps, kind, &pattern).contains("grant-by-hand"));
    }
}
