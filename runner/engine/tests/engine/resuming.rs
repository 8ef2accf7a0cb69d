//! Runs that go on: what is done again, what is not, and what must be as it was.

use insta::assert_snapshot;
use serde_json::json;
use wharf_engine::{PlanKey, Resumed};
use wharf_model::{Event, EventKind, FailureCode, RunStatus, StepEvent};

use crate::support::{Case, Double, change, output};

const PROCESS: &str = "
variables: { Word: hello, Suffix: x, Token: { secret: { env: TOKEN } } }
steps:
  - { id: web, uses: write-file, with: { path: site/a, content: \"#{Word} #{Token}\" } }
  - { id: check, uses: note, with: { text: \"#{Step[web].Output.url}#{Suffix}\" } }
  - { id: tell, uses: note, with: { text: \"#{Step[web].Output.key}\" } }
";

fn key() -> PlanKey {
    PlanKey::from_text("a key for tests")
}

/// A double of which `web` does its work, and `check` fails as long as it is told to.
fn double(fails: bool) -> Double {
    let double = Double::default().on("web", |_, observer| {
        observer.event(output("url", "https://example.com/s3cret value"));
        observer.event(StepEvent::Output { name: "key".into(), value: json!("made just now"), sensitive: true });
        observer.event(change("/site/a"));
        Ok(())
    });
    if fails { double.failing("check", FailureCode::Failed) } else { double }
}

/// The events of a run, and those of the run that goes on behind them.
fn resumed(case: &Case, first: &[Event], double: &Double) -> (String, Vec<Event>) {
    let told = case.run_resumed(double, &key(), Some(Resumed::of(first.iter().cloned())));
    (told.text, first.iter().chain(&told.events).cloned().collect())
}

#[test]
fn what_has_finished_does_not_run_again_and_its_outputs_are_there() {
    let case = Case::new(PROCESS);
    let first = case.run_resumed(&double(true), &key(), None);
    assert_eq!(first.outcome.status, RunStatus::Failed);
    // What is secret stands nowhere in the journal.
    let journal = serde_json::to_string(&first.events).expect("it is JSON");
    assert!(!journal.contains("s3cret value") && !journal.contains("made just now"), "{journal}");
    let again = double(false);
    let (told, events) = resumed(&case, &first.events, &again);
    assert_snapshot!(told, @r"
    run 20261121-010754-3f9a in -: web, check, tell
    web: kept
    check: attempt 2
    check: Succeeded after 2 attempts, 0 changes
    tell: attempt 1
    tell: Succeeded after 1 attempts, 0 changes
    run Succeeded Counts { changed: 1, done: 0, unchanged: 2, failed: 0, skipped: 0, cancelled: 0, not_started: 0, changes: 1 }
    ");
    let ran: Vec<String> = again.calls().iter().map(|call| format!("{} {}", call.step_id, call.attempt)).collect();
    assert_eq!(ran, ["check 2", "tell 1"]);
    assert_eq!(again.inputs_of("check")["text"], "https://example.com/s3cret valuex");
    assert_eq!(again.inputs_of("tell")["text"], "made just now");
    assert_eq!(Resumed::of(events).status, Some(RunStatus::Succeeded));
}

#[test]
fn a_step_that_was_cut_off_runs_again_as_the_next_attempt() {
    let case = Case::new(PROCESS);
    let first = case.run_resumed(&double(false), &key(), None);
    let is_end = |event: &Event| matches!(&event.kind, EventKind::StepFinished { step, .. } if step == "check");
    let cut = first.events.iter().position(is_end).expect("it ended");
    let journal = &first.events[..cut];
    let state = Resumed::of(journal.iter().cloned());
    assert_eq!(state.status, None);
    let states: Vec<bool> = ["web", "check", "tell"].iter().map(|step| state.is_interrupted(step)).collect();
    assert_eq!(states, [false, true, false]);
    let again = double(false);
    resumed(&case, journal, &again);
    let keys = |double: &Double| double.calls().iter().map(|call| call.idempotency_key.clone()).collect::<Vec<_>>();
    let before = double(false);
    case.run_resumed(&before, &key(), None);
    assert_eq!(again.calls()[0].attempt, 2);
    assert_eq!(keys(&again)[0], keys(&before)[1], "the same key as in its first attempt");
}

#[test]
fn what_has_finished_must_be_as_it_was() {
    let case = Case::new(PROCESS);
    let first = case.run_resumed(&double(true), &key(), None);
    let state = Resumed::of(first.events.iter().cloned());
    assert_eq!(case.verify_resumed(&state, &key()), "");
    // What waits for outputs is seen when its turn comes: it fails, and still counts as finished.
    let all = case.run_resumed(&double(false), &key(), None);
    let case = case.given("Suffix", "y");
    let (_, events) = resumed(&case, &all.events[..all.events.len() - 1], &double(false));
    let failed = |event: &Event| match &event.kind {
        EventKind::StepFinished { step, failure: Some(failure), .. } => Some(format!("{step}: {failure}")),
        _ => None,
    };
    let failures: Vec<String> = events.iter().filter_map(failed).collect();
    assert!(failures.iter().any(|told| told.starts_with("check: it has finished, and would")), "{failures:?}");
    assert!(!Resumed::of(events).is_interrupted("check"));
    let told = case.given("Word", "bye").verify_resumed(&state, &key());
    assert!(told.contains("`write-file` has finished, and would now do something else"), "{told}");
}

#[test]
fn after_steps_of_on_failure_a_run_goes_on_from_the_top() {
    let process = format!("{PROCESS}on-failure:\n  - {{ id: restore, uses: note }}\n");
    let case = Case::new(&process);
    let first = case.run_resumed(&double(true), &key(), None);
    let again = double(false);
    resumed(&case, &first.events, &again);
    let ran: Vec<String> = again.calls().iter().map(|call| call.step_id.clone()).collect();
    assert_eq!(ran, ["web", "check", "tell"]);
}

#[test]
fn without_the_key_what_is_secret_is_not_there() {
    let case = Case::new(PROCESS);
    let first = case.run_resumed(&double(true), &key(), None);
    let told = case.run_resumed(&double(false), &PlanKey::random(), Some(Resumed::of(first.events.iter().cloned())));
    assert_eq!(told.outcome.status, RunStatus::Failed);
    // The digests do not fit either.
    assert!(told.text.contains("web: Failed after 0 attempts"), "{}", told.text);
}
