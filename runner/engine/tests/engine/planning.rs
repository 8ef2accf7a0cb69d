//! What a plan says of each step, with a double of the sandbox that withholds nothing by itself.

use std::fs;

use serde_json::Value;
use wharf_model::{
    CancelToken, Change, ChangeKind, ChangeSource, ExitCode, Failure, FailureCode, RunMode, StepEvent, StepObserver,
};

use crate::support::{Case, Double, change, output};

fn withheld(observer: &dyn StepObserver) -> Result<(), Failure> {
    observer.event(StepEvent::Change(Change {
        kind: ChangeKind::Other,
        source: ChangeSource::Withheld,
        target: "POST https://example.com/".into(),
        summary: String::new(),
        diff: None,
        detail: Value::Null,
    }));
    Err(Failure::new(FailureCode::Withheld, "it is not sent while planning"))
}

#[test]
fn every_step_gets_the_honest_word() {
    let case = Case::new(
        "
environments: [Dev, Production]
variables:
  Password: { secret: { env: TOKEN } }
steps:
  - { id: web, uses: write-file, with: { path: site/a, content: \"#{Password}\" } }
  - { id: same, uses: note }
  - { id: later, uses: note, with: { text: \"#{Step[web].Output.known}\" } }
  - { id: unknown, uses: note, with: { text: \"#{Step[web].Output.url}\" } }
  - { id: maybe, uses: note, if: \"Step[web].Output.url\" }
  - { id: production, uses: note, if: \"#{if Wharf.Environment.Name == \\\"Production\\\"}yes#{/if}\" }
  - { id: call, uses: http-request, with: { url: \"https://example.com/\" } }
  - { id: elsewhere, uses: http-request, with: { url: \"https://example.org/\" } }
  - { id: again, uses: http-request, with: { url: \"https://example.com/v2\" } }
  - { id: probe, uses: note, probe: true }
  - { id: off, uses: note, disabled: true }
  - { id: repair, uses: note, when: failure }
  - { id: always, uses: note, when: always }
on-failure:
  - { id: restore, uses: note }
",
    );
    let double = Double::default()
        .on("web", |call, observer| {
            assert_eq!((call.mode, &call.artifacts), (RunMode::Plan, &None));
            observer.event(change("/srv/site/a"));
            observer.event(output("known", "a value"));
            observer.event(output("url", "http://only-in-the-run"));
            Ok(())
        })
        .on("call", |_, observer| withheld(observer));
    let (outcome, told) = case.plan(Some("Dev"), &double, &CancelToken::new());
    insta::assert_snapshot!(told, @r#"
    run 20261121-010754-3f9a in Dev: web, same, later, unknown, maybe, production, call, elsewhere, again, probe, off, repair, always, restore
    granted: web [write [folder]/site/a by /path, secrets Password] same [] later [] unknown [] maybe [] production [] call [http https://example.com by /url] elsewhere [http https://example.org by /url] again [http https://example.com by /url] probe [] repair [] always [] restore []; Password from environment variable TOKEN
    web: attempt 1
    web: + /srv/site/a
    web: output known = "a value"
    web: output url = "http://only-in-the-run"
    web: Complete, 1 changes
    same: attempt 1
    same: Complete, 0 changes
    later: attempt 1
    later: Complete, 0 changes
    unknown: Deferred, 0 changes: needs `Step[web].Output.url`, which only the run can know
    maybe: Deferred, 0 changes: needs `Step[web].Output.url`, which only the run can know
    production: Skipped, 0 changes: #{if Wharf.Environment.Name == "Production"}yes#{/if} is false
    call: attempt 1
    call: ! POST https://example.com/
    call: Partial, 1 changes
    elsewhere: attempt 1
    elsewhere: Complete, 0 changes
    again: attempt 1
    again: Complete provisional, 0 changes
    probe: Checked, 0 changes: asks about the world after the changes
    off: Skipped, 0 changes: disabled
    repair: Skipped, 0 changes: runs only if a step fails
    always: attempt 1
    always: Complete, 0 changes
    restore: Skipped, 0 changes: runs only if a step fails
    plan: Succeeded
    "#);
    assert_eq!(outcome.exit_code(false), ExitCode::Done);
    assert_eq!(outcome.exit_code(true), ExitCode::Changes);
    assert_eq!(double.inputs_of("later")["text"], "a value");
}

#[test]
fn nothing_is_planned_behind_a_step_that_fails() {
    let steps = "
steps:
  - { id: a, uses: note, retry: { attempts: 5, backoff: 1h } }
  - { id: b, uses: note }
  - { id: c, uses: note, when: always }
";
    let case = Case::new(steps);
    let double = Double::default().failing("a", FailureCode::Transient);
    let (outcome, told) = case.plan(None, &double, &CancelToken::new());
    insta::assert_snapshot!(told, @"
    run 20261121-010754-3f9a in -: a, b, c
    granted: a [] b [] c []
    a: attempt 1
    a: Failed, 0 changes: Transient: a does not work
    b: NotPlanned, 0 changes: `note` fails
    c: attempt 1
    c: Complete, 0 changes
    plan: Failed
    ");
    assert_eq!(outcome.exit_code(true), ExitCode::Failed);
    let (outcome, _) = case.plan(None, &Double::default().failing("a", FailureCode::Denied), &CancelToken::new());
    assert_eq!(outcome.exit_code(true), ExitCode::PowerMissing);
    let (outcome, _) = case.plan(None, &Double::default(), &CancelToken::new());
    assert_eq!(outcome.exit_code(true), ExitCode::Done, "nothing would change");
}

#[test]
fn a_plan_that_is_cancelled_says_so() {
    let case = Case::new("\nsteps:\n  - { id: a, uses: note }\n  - { id: b, uses: note }\n");
    let cancel = CancelToken::new();
    let token = cancel.clone();
    let double = Double::default().on("a", move |_, _| {
        token.cancel();
        Err(Failure::new(FailureCode::Cancelled, "the run was cancelled"))
    });
    let (outcome, told) = case.plan(None, &double, &cancel);
    insta::assert_snapshot!(told, @"
    run 20261121-010754-3f9a in -: a, b
    granted: a [] b []
    a: attempt 1
    a: NotPlanned, 0 changes: the plan was cancelled
    b: NotPlanned, 0 changes: the plan was cancelled
    plan: Cancelled
    ");
    assert_eq!(outcome.exit_code(true), ExitCode::Cancelled);
}

#[test]
fn a_plan_packs_nothing() {
    let case = Case::new(
        "
packages: { App: { from: app/, version: \"1.0.0\" } }
steps:
  - { id: web, uses: deploy-package, with: { package: App, into: site } }
",
    )
    .file("app/index.html", "hello");
    let double = Double::default();
    let (_, planned) = case.plan(None, &double, &CancelToken::new());
    assert!(planned.contains("App 1.0.0"), "{planned}");
    let file = double.calls()[0].packages[0].clone();
    assert_eq!((file.path.is_dir(), file.file_name.as_str()), (true, "App.1.0.0.zip"));
    assert!(!case.path().join(".wharf").exists());
    case.run(&double);
    let packed = double.calls()[1].packages[0].clone();
    assert_eq!(packed.digest, file.digest, "the folder stands for the very package that the run makes");
    assert!(fs::metadata(packed.path).expect("it was packed").is_file());
}

#[test]
fn where_the_run_goes_after_a_failure_is_said_and_not_planned() {
    let case = Case::new(
        "
steps:
  - { id: a, name: First, uses: note }
  - { id: repair, uses: note, when: failure }
on-failure:
  - { id: restore, uses: note }
",
    );
    let (_, told) = case.plan(None, &Double::default().failing("a", FailureCode::Failed), &CancelToken::new());
    for step in ["repair", "restore"] {
        let line = format!("{step}: NotPlanned, 0 changes: the run goes here: `First` fails");
        assert!(told.contains(&line), "{told}");
    }
}

#[test]
fn a_probe_that_may_change_something_makes_what_follows_provisional() {
    let case = Case::new(
        "
steps:
  - { id: ask, uses: run-command, probe: true, allow: { run: [bash] }, with: { command: [bash] } }
  - { id: later, uses: write-file, with: { path: a } }
",
    );
    let double = Double::default().failing("later", FailureCode::NotFound);
    let (outcome, told) = case.plan(None, &double, &CancelToken::new());
    assert!(
        told.contains("ask: Checked, 0 changes: asks about the world after the changes, and may run bash"),
        "{told}"
    );
    // The run may find what is missing here.
    assert!(told.contains("later: Partial provisional, 0 changes: NotFound: later does not work"), "{told}");
    assert_eq!(outcome.exit_code(false), ExitCode::Done);
}

#[test]
fn a_step_that_is_shown_no_secret_in_the_plan_does_not_fail() {
    let case = Case::new("\nsteps:\n  - { id: a, uses: note }\n  - { id: b, uses: note }\n");
    let double = Double::default().failing("a", FailureCode::Withheld).failing("b", FailureCode::NotYetKnown);
    let (_, told) = case.plan(None, &double, &CancelToken::new());
    assert!(told.contains("a: Partial, 0 changes: Withheld: a does not work"), "{told}");
    assert!(told.contains("b: Deferred, 0 changes: NotYetKnown: b does not work"), "{told}");
}

#[test]
fn a_plan_is_made_without_a_secret_and_says_what_depends_on_it() {
    let case = Case::new(
        "
variables:
  Password: { secret: { env: NOT_SET } }
  Other: { secret: { env: TOKEN } }
steps:
  - { id: shown, uses: write-file, with: { path: site/a, content: \"#{Password}\" } }
  - { id: without, uses: write-file, with: { path: site/b, content: \"#{Other}\" } }
  - { id: fails, uses: write-file, with: { path: other/c, content: \"#{Password}\" } }
  - id: reads
    uses: http-request
    with: { url: \"https://example.com/\", key: \"#{Password}\" }
    allow: { plan: { http: [\"GET https://example.com\"] } }
",
    );
    let reveal = |observer: &dyn StepObserver, name: &str| observer.event(StepEvent::Revealed { name: name.into() });
    let double = Double::default()
        .on("shown", move |call, observer| {
            assert_eq!(call.secrets.len(), 1);
            assert!(call.secrets[0].value.len() > 20, "something stands in its place");
            reveal(observer, "Password");
            observer.event(change("/srv/site/a"));
            Ok(())
        })
        .on("without", move |_, observer| {
            reveal(observer, "Other");
            Ok(())
        })
        .on("fails", move |_, observer| {
            reveal(observer, "#{Password | ToBase64}");
            Err(Failure::new(FailureCode::Failed, "it does not fit"))
        })
        .on("reads", |_, _| panic!("nothing is sent with what is no secret"));
    let (outcome, told) = case.plan(None, &double, &CancelToken::new());
    insta::assert_snapshot!(told, @r##"
    run 20261121-010754-3f9a in -: shown, without, fails, reads
    granted: shown [write [folder]/site/a by /path, secrets Password] without [write [folder]/site/b by /path, secrets Other] fails [write [folder]/other/c by /path, secrets Password] reads [http https://example.com by /url]; Password from environment variable NOT_SET; Other from environment variable TOKEN
    shown: attempt 1
    Revealed { step: "shown", name: "Password" }
    shown: + /srv/site/a
    shown: Complete provisional, 1 changes: the secret `Password` is not set here
    without: attempt 1
    Revealed { step: "without", name: "Other" }
    without: Complete, 0 changes
    fails: attempt 1
    Revealed { step: "fails", name: "#{Password | ToBase64}" }
    fails: Partial provisional, 0 changes: Failed: it does not fit: the secret `Password` is not set here
    reads: Deferred, 0 changes: needs the secret `Password`, which is not set here
    plan: Succeeded
    "##);
    assert_eq!(outcome.exit_code(false), ExitCode::Done);
    // A run needs it.
    insta::assert_snapshot!(case.resolve(None, &Double::default()).expect_err("it is not set"), @r"
    error[secret-not-set]: the secret `Password` is not set
     --> wharf.yaml:5:13
      |
    5 |   Password: { secret: { env: NOT_SET } }
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: set the environment variable NOT_SET, such as `NOT_SET=… wharf run`
    ");
}
