//! Which step runs when, attempts, cancelling.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use wharf_model::{CancelToken, ExitCode, Failure, FailureCode, Level, Limit, StepEvent};

use crate::support::{Case, Double, change, output};

const THREE: &str = "
steps:
  - { id: a, name: A, uses: note }
  - { id: b, name: B, uses: note }
  - { id: c, name: C, uses: note, when: always }
  - { id: d, name: D, uses: note, when: failure }
on-failure:
  - { id: e, name: E, uses: note }
  - { id: f, name: F, uses: note, when: failure }
";

#[test]
fn steps_run_in_order_and_are_told() {
    let double = Double::default().on("a", |_, observer| {
        observer.event(StepEvent::Log { level: Level::Info, message: "hello".into(), fields: vec![] });
        observer.event(change("/x"));
        Ok(())
    });
    let told = Case::new(THREE).run(&double);
    assert_eq!(told.outcome.exit_code(), ExitCode::Done);
    insta::assert_snapshot!(told.text, @r#"
    run 20261121-010754-3f9a in -: a, b, c, d, e, f
    a: attempt 1
    a: log "hello"
    a: + /x
    a: Succeeded after 1 attempts, 1 changes
    b: attempt 1
    b: Succeeded after 1 attempts, 0 changes
    c: attempt 1
    c: Succeeded after 1 attempts, 0 changes
    d: Skipped after 0 attempts, 0 changes: nothing has failed
    e: Skipped after 0 attempts, 0 changes: nothing has failed
    f: Skipped after 0 attempts, 0 changes: nothing has failed
    run Succeeded Counts { changed: 1, done: 0, unchanged: 2, failed: 0, skipped: 3, cancelled: 0, not_started: 0, changes: 1 }
    "#);
}

#[test]
fn a_failure_ends_the_run_but_for_what_is_there_for_it() {
    let told = Case::new(THREE).run(&Double::default().failing("a", FailureCode::Failed));
    assert_eq!(told.outcome.exit_code(), ExitCode::Failed);
    insta::assert_snapshot!(told.text, @"
    run 20261121-010754-3f9a in -: a, b, c, d, e, f
    a: attempt 1
    a: Failed after 1 attempts, 0 changes: Failed: a does not work
    b: NotStarted after 0 attempts, 0 changes: `A` failed
    c: attempt 1
    c: Succeeded after 1 attempts, 0 changes
    d: attempt 1
    d: Succeeded after 1 attempts, 0 changes
    e: attempt 1
    e: Succeeded after 1 attempts, 0 changes
    f: Skipped after 0 attempts, 0 changes: nothing has failed
    run Failed Counts { changed: 0, done: 0, unchanged: 3, failed: 1, skipped: 1, cancelled: 0, not_started: 1, changes: 0 }
    ");
}

#[test]
fn a_failure_of_on_failure_ends_only_that() {
    let double = Double::default().failing("b", FailureCode::Denied).failing("e", FailureCode::Failed);
    let told = Case::new(THREE).run(&double);
    assert_eq!(told.outcome.exit_code(), ExitCode::PowerMissing);
    insta::assert_snapshot!(told.text, @"
    run 20261121-010754-3f9a in -: a, b, c, d, e, f
    a: attempt 1
    a: Succeeded after 1 attempts, 0 changes
    b: attempt 1
    b: Failed after 1 attempts, 0 changes: Denied: b does not work
    c: attempt 1
    c: Succeeded after 1 attempts, 0 changes
    d: attempt 1
    d: Succeeded after 1 attempts, 0 changes
    e: attempt 1
    e: Failed after 1 attempts, 0 changes: Failed: e does not work
    f: attempt 1
    f: Succeeded after 1 attempts, 0 changes
    run Failed Counts { changed: 0, done: 0, unchanged: 4, failed: 2, skipped: 0, cancelled: 0, not_started: 0, changes: 0 }
    ");
}

#[test]
fn transient_failures_are_tried_again_with_growing_waits() {
    let case = Case::new(
        "
steps:
  - { id: a, uses: note, retry: { attempts: 4, backoff: 1ms } }
  - { id: b, uses: note, with: { text: \"#{Step[a].Output.n} #{Step[a].Output.last}\" } }
",
    );
    let double = Double::default().on("a", |call, observer| {
        if call.attempt == 1 {
            observer.event(output("first", 1));
        }
        observer.event(output("n", call.attempt));
        observer.event(output("last", "old"));
        observer.event(output("last", "new"));
        match call.attempt {
            1 => Err(Failure::new(FailureCode::Transient, "not yet")),
            2 => Err(Failure { retry_after_ms: Some(5), ..Failure::new(FailureCode::TimedOut, "too slow") }),
            _ => Ok(()),
        }
    });
    let told = case.run(&double);
    let calls = double.calls();
    assert_eq!(calls[0].idempotency_key, calls[2].idempotency_key);
    assert_ne!(calls[0].idempotency_key, calls[3].idempotency_key);
    insta::assert_snapshot!(told.text, @r#"
    run 20261121-010754-3f9a in -: a, b
    a: attempt 1
    a: output first = 1
    a: output n = 1
    a: output last = "old"
    a: output last = "new"
    a: attempt 1 of 4 failed: not yet; next in 1 ms
    a: attempt 2
    a: output n = 2
    a: output last = "old"
    a: output last = "new"
    a: attempt 2 of 4 failed: too slow; next in 5 ms
    a: attempt 3
    a: output n = 3
    a: output last = "old"
    a: output last = "new"
    a: Succeeded after 3 attempts, 0 changes
    b: attempt 1
    b: Succeeded after 1 attempts, 0 changes
    run Succeeded Counts { changed: 0, done: 0, unchanged: 2, failed: 0, skipped: 0, cancelled: 0, not_started: 0, changes: 0 }
    "#);
    assert_eq!(double.inputs_of("b")["text"], "3 new");
}

#[test]
fn outputs_of_an_attempt_that_is_tried_again_are_dropped() {
    let case = Case::new(
        "
steps:
  - { id: a, uses: note, retry: { attempts: 2, backoff: 1ms } }
  - { id: b, uses: note, with: { text: \"#{Step[a].Output.first}\" } }
",
    );
    let double = Double::default().on("a", |call, observer| {
        if call.attempt == 1 {
            observer.event(output("first", 1));
            return Err(Failure::new(FailureCode::Transient, "not yet"));
        }
        Ok(())
    });
    let told = case.run(&double);
    assert!(told.text.contains("b: Failed after 0 attempts, 0 changes: Invalid: `Step[a].Output.first` was not set"));
}

#[test]
fn other_failures_are_not_tried_again() {
    let case = Case::new("steps: [ { id: a, uses: note, retry: { attempts: 4, backoff: 1h } } ]");
    for code in [FailureCode::Failed, FailureCode::Invalid, FailureCode::Denied, FailureCode::Trapped] {
        let double = Double::default().failing("a", code);
        case.run(&double);
        assert_eq!(double.calls().len(), 1, "{code:?}");
    }
}

#[test]
fn a_panic_of_the_sandbox_is_the_failure_of_the_step() {
    let double = Double::default().on("a", |_, _| std::panic::resume_unwind(Box::new("index out of bounds")));
    let told = Case::new(THREE).run(&double);
    assert!(told.text.contains("Internal: a bug of Wharf ended this step: index out of bounds"), "{}", told.text);
    assert!(told.text.contains("c: Succeeded"));
}

#[test]
fn a_cancel_ends_the_step_and_the_run_but_not_what_always_runs() {
    let cancel = CancelToken::new();
    let canceller = cancel.clone();
    let double = Double::default()
        .on("a", move |call, _| {
            canceller.cancel();
            assert!(call.cancel.is_cancelled());
            Err(Failure::new(FailureCode::Cancelled, "cancelled"))
        })
        .on("c", |call, _| {
            assert!(!call.cancel.is_cancelled());
            Ok(())
        });
    let told = Case::new(THREE).run_with(&double, &cancel);
    assert_eq!(told.outcome.exit_code(), ExitCode::Cancelled);
    insta::assert_snapshot!(told.text, @"
    run 20261121-010754-3f9a in -: a, b, c, d, e, f
    a: attempt 1
    a: Cancelled after 1 attempts, 0 changes
    b: NotStarted after 0 attempts, 0 changes: the run was cancelled
    c: attempt 1
    c: Succeeded after 1 attempts, 0 changes
    d: NotStarted after 0 attempts, 0 changes: the run was cancelled
    e: Skipped after 0 attempts, 0 changes: nothing has failed
    f: Skipped after 0 attempts, 0 changes: nothing has failed
    run Cancelled Counts { changed: 0, done: 0, unchanged: 1, failed: 0, skipped: 2, cancelled: 1, not_started: 2, changes: 0 }
    ");
}

#[test]
fn a_second_cancel_ends_everything() {
    let cancel = CancelToken::new();
    let canceller = cancel.clone();
    let double = Double::default().on("a", move |_, _| {
        canceller.cancel();
        canceller.cancel();
        Err(Failure::new(FailureCode::Cancelled, "cancelled"))
    });
    let told = Case::new(THREE).run_with(&double, &cancel);
    assert!(told.text.contains("c: NotStarted after 0 attempts, 0 changes: the run was cancelled"), "{}", told.text);
}

#[test]
fn a_second_cancel_reaches_a_step_that_runs_in_any_case() {
    let cancel = CancelToken::new();
    let canceller = cancel.clone();
    let double = Double::default().on("c", move |call, _| {
        canceller.cancel();
        assert!(!call.cancel.is_cancelled());
        canceller.cancel();
        assert!(call.cancel.is_immediate());
        Err(Failure::new(FailureCode::Cancelled, "cancelled"))
    });
    let told = Case::new(THREE).run_with(&double, &cancel);
    assert!(told.text.contains("c: Cancelled after 1 attempts"), "{}", told.text);
}

#[test]
fn a_cancel_ends_the_wait_for_another_attempt() {
    let case = Case::new("steps: [ { id: a, uses: note, retry: { attempts: 2, backoff: 1h } } ]");
    let cancel = CancelToken::new();
    let canceller = cancel.clone();
    let double = Double::default().on("a", move |_, _| {
        let canceller = canceller.clone();
        // The wait begins only when this call has ended: the cancel comes before it or during it.
        std::thread::spawn(move || canceller.cancel());
        Err(Failure::new(FailureCode::Transient, "not yet"))
    });
    let told = case.run_with(&double, &cancel);
    assert_eq!(told.outcome.exit_code(), ExitCode::Cancelled);
    assert_eq!(double.calls().len(), 1);
}

#[test]
fn nothing_is_told_of_a_step_after_its_end() {
    let kept: Arc<std::sync::Mutex<Option<Arc<dyn wharf_model::StepObserver>>>> = Arc::default();
    struct Keeping(Double, Arc<std::sync::Mutex<Option<Arc<dyn wharf_model::StepObserver>>>>);
    impl wharf_model::StepRunner for Keeping {
        fn load(
            &self,
            source: &wharf_model::ComponentSource,
        ) -> Result<Arc<wharf_model::Component>, wharf_model::ComponentError> {
            self.0.load(source)
        }
        fn run(&self, _: wharf_model::StepCall, observer: Arc<dyn wharf_model::StepObserver>) -> Result<(), Failure> {
            if let Some(earlier) = self.1.lock().expect("the observer").replace(observer) {
                earlier.event(change("/late"));
            }
            Ok(())
        }

        fn begin_plan(&self) -> Result<Box<dyn wharf_model::StepRunner + '_>, wharf_model::Failure> {
            self.0.begin_plan()
        }
    }
    let case = Case::new(THREE);
    let schedule = case.resolve(None, &Double::default()).expect("it resolves");
    let count = Arc::new(AtomicU32::new(0));
    struct Counting(Arc<AtomicU32>);
    impl wharf_model::EventSink for Counting {
        fn event(&self, event: &wharf_model::Event) {
            if matches!(event.kind, wharf_model::EventKind::Change { .. }) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
    let sink = Arc::new(Counting(Arc::clone(&count)));
    wharf_engine::run(&schedule, &Keeping(Double::default(), kept), sink, &CancelToken::new());
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[test]
fn conditions_and_disabled_steps_leave_steps_out() {
    let case = Case::new(
        "
variables: { Yes: \"true\", No: \"false\" }
steps:
  - { id: a, uses: note, if: \"Yes\" }
  - { id: b, uses: note, if: [ \"Yes\", \"No\" ] }
  - { id: c, uses: no-such-step, disabled: true }
  - { id: d, uses: note, if: \"Step[a].Output.changed\" }
  - { id: e, uses: note, if: \"Step[a].Output.other\" }
",
    );
    let double = Double::default().on("a", |_, observer| {
        observer.event(output("changed", "True"));
        Ok(())
    });
    insta::assert_snapshot!(case.run(&double).text, @r#"
    run 20261121-010754-3f9a in -: a, b, c, d, e
    a: attempt 1
    a: output changed = "True"
    a: Succeeded after 1 attempts, 0 changes
    b: Skipped after 0 attempts, 0 changes: No is false
    c: Skipped after 0 attempts, 0 changes: disabled
    d: attempt 1
    d: Succeeded after 1 attempts, 0 changes
    e: Skipped after 0 attempts, 0 changes: Step[a].Output.other was not set
    run Succeeded Counts { changed: 0, done: 0, unchanged: 2, failed: 0, skipped: 3, cancelled: 0, not_started: 0, changes: 0 }
    "#);
}

#[test]
fn limits_and_time_outs_of_the_step_win_over_the_defaults() {
    let case = Case::new(
        "
defaults: { timeout: 5m, limits: { memory: 64MiB, log-lines: 10 } }
steps:
  - { id: a, uses: note }
  - { id: b, uses: note, timeout: 2s, limits: { memory: 32MiB } }
",
    );
    let double = Double::default();
    case.run(&double);
    let limits: Vec<[u64; 3]> = double
        .calls()
        .iter()
        .map(|call| [Limit::WallClock, Limit::Memory, Limit::LogLines].map(|limit| call.limits.get(limit)))
        .collect();
    assert_eq!(limits, [[300_000, 64 << 20, 10], [2_000, 32 << 20, 10]]);
}

#[test]
fn every_step_of_a_long_run_is_told_once() {
    let steps: String = (0..1000).map(|n| format!("  - {{ id: s{n}, uses: note, with: {{ text: x }} }}\n")).collect();
    let double = Double::default();
    let told = Case::new(&format!("steps:\n{steps}")).run(&double);
    assert_eq!(double.calls().len(), 1000);
    assert_eq!(told.events.len(), 2002);
    assert_eq!(told.outcome.counts.unchanged, 1000);
}

#[test]
fn a_step_that_reached_out_is_done_and_not_unchanged() {
    let double = Double::default()
        .on("asks", |_, observer| {
            let request = StepEvent::Request {
                method: "POST".into(),
                url: "http://localhost/".into(),
                status: Some(200),
                error: None,
            };
            observer.event(request);
            Ok(())
        })
        .on("starts", |_, observer| {
            observer.event(StepEvent::Program { path: "/usr/bin/bash".into(), args: Vec::new() });
            Ok(())
        });
    let told = Case::new(
        "
steps:
  - { id: asks, uses: note }
  - { id: starts, uses: note }
  - { id: rests, uses: note }
",
    )
    .run(&double);
    assert_eq!((told.outcome.counts.done, told.outcome.counts.unchanged), (2, 1));
}

#[test]
fn a_grant_that_the_step_does_not_ask_for_is_not_advised() {
    let denied = |kind: &'static str| {
        move |_: &wharf_model::StepCall, _: &dyn wharf_model::StepObserver| {
            Err(Failure::denied("no", format!("allow: {{ {kind}: [\"x\"] }}")))
        }
    };
    let case = Case::new("\nsteps:\n  - { id: a, uses: http-request, with: { url: \"http://localhost/\" } }\n");
    let failure = |kind| case.run(&Double::default().on("a", denied(kind))).outcome.failure.expect("it fails");
    assert_eq!(failure("http").add.as_deref(), Some("allow: { http: [\"x\"] }"));
    let undeclared = failure("read");
    assert_eq!(undeclared.add, None);
    assert_eq!(
        undeclared.help.as_deref(),
        Some(
            "a grant would have no effect: `http-request` does not ask for the power `read`; declare it in the step, as with `powers(read)` in `#[step]`, and grant it then"
        )
    );
}
