//! Guests that take more than they may have: each is ended, told which limit it hit and how to raise it, and the host
//! goes on.

use std::time::Duration;

use insta::assert_snapshot;
use wharf_model::{FailureCode, Limit, StepEvent};

use crate::support::{Bench, folder};
use crate::wat::Text;

const MIB: u64 = 1024 * 1024;

#[test]
pub(crate) fn endless_loop() {
    let outcome = Bench::new("endless-loop").limit(Limit::CpuTime, 200).fails();
    assert_snapshot!(outcome.told(), @"
    limit [cpu-time]: it used up its processor time: the limit `cpu-time` is 200ms
    help: raise it in the step, or for all of them under `defaults`: `limits: { cpu-time: 400ms }`
    ");
    let outcome = Bench::new("endless-loop").limit(Limit::WallClock, 200).fails();
    assert_snapshot!(outcome.told(), @"
    timedout [timeout]: its time is up: the limit `timeout` is 200ms
    help: raise it in the step, or for all of them under `defaults`: `timeout: 400ms`
    ");
}

#[test]
fn a_busy_guest_is_cancelled_after_its_grace_or_at_the_second_cancel() {
    let mut bench = Bench::new("endless-loop");
    bench.grace = Duration::from_millis(50);
    assert_snapshot!(bench.cancelled(1).told(), @"cancelled: the run was cancelled");
    let mut bench = Bench::new("endless-loop");
    bench.grace = Duration::from_secs(3600);
    assert_snapshot!(bench.cancelled(2).told(), @"cancelled: the run was cancelled");
}

#[test]
pub(crate) fn endless_allocation() {
    let outcome = Bench::new("endless-allocation").limit(Limit::Memory, 20 * MIB).fails();
    assert_snapshot!(outcome.told(), @"
    limit [memory]: its memory is used up: the limit `memory` is 20MiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { memory: 40MiB }`
    ");
    let outcome = Bench::new("endless-allocation").input("how", "politely").limit(Limit::Memory, 20 * MIB).fails();
    assert_snapshot!(outcome.told(), @"
    limit [memory]: its memory is used up: the limit `memory` is 20MiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { memory: 40MiB }`
    ");
}

#[test]
fn a_memory_that_is_too_large_from_the_beginning() {
    let fields = "(memory $large 400)";
    let component = Text { fields, ..Text::default() }.load().expect("a component");
    let outcome = Bench::of(component).limit(Limit::Memory, 10 * MIB).fails();
    assert_snapshot!(outcome.told(), @"
    limit [memory]: its memory is used up: the limit `memory` is 10MiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { memory: 20MiB }`
    ");
}

#[test]
fn a_table_that_grows_without_end() {
    let fields = "(table $table 1 funcref)";
    let run = "(loop $again
        (table.grow $table (ref.null func) (i32.const 1000))
        (br_if $again (i32.ne (i32.const -1)))
        unreachable)";
    let component = Text { fields, run, ..Text::default() }.load().expect("a component");
    let outcome = Bench::of(component.clone()).limit(Limit::TableElements, 50_000).fails();
    assert_snapshot!(outcome.told(), @"
    limit [table-elements]: its tables are full: the limit `table-elements` is 50000
    help: raise it in the step, or for all of them under `defaults`: `limits: { table-elements: 100000 }`
    ");
    // With the limit as it is, which no runtime of a language comes near.
    assert_eq!(Bench::of(component).fails().failure().limit.as_deref(), Some("table-elements"));
}

#[test]
fn more_instances_than_the_limit() {
    let before = "(core module $small) ".to_owned() + &"(core instance (instantiate $small)) ".repeat(60);
    let component = Text { before, ..Text::default() }.load().expect("a component");
    Bench::of(component.clone()).run().succeeded();
    let outcome = Bench::of(component).limit(Limit::Instances, 50).fails();
    assert_snapshot!(outcome.told(), @"
    limit [instances]: it has too many instances: the limit `instances` is 50
    help: raise it in the step, or for all of them under `defaults`: `limits: { instances: 100 }`
    ");
}

#[test]
pub(crate) fn deep_recursion() {
    let outcome = Bench::new("deep-recursion").fails();
    assert_snapshot!(outcome.told(), @"trapped: the step trapped: it reached outside its memory, as it does when its recursion is too deep");
    // The same without anything in memory.
    let fields = "(func $deeper (param i32) (result i32) (i32.add (call $deeper (local.get 0)) (i32.const 1)))";
    let component = Text { fields, run: "(drop (call $deeper (i32.const 1)))", ..Text::default() }.load();
    let outcome = Bench::of(component.expect("a component")).fails();
    assert_snapshot!(outcome.told(), @"trapped: the step trapped: its recursion is too deep");
}

/// What a flood of one kind comes to, in a few words, with less allowed than by default.
fn flooded(with: &str) -> String {
    let mut bench = Bench::new("flood").input("with", with).limit(Limit::LogBytes, MIB).limit(Limit::LogLines, 5000);
    bench.secrets = vec![crate::support::secret("secret:0000", "Token", "the token")];
    bench.grants.secrets = vec![wharf_model::NamePattern::new("*")];
    let outcome = bench.fails();
    assert!(outcome.events.len() <= 5001, "{with}: {} events", outcome.events.len());
    outcome.told()
}

#[test]
pub(crate) fn flood() {
    assert_snapshot!(flooded("log"), @"
    limit [log-bytes]: it logs too much: the limit `log-bytes` is 1MiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { log-bytes: 2MiB }`
    ");
    assert_snapshot!(flooded("empty-lines"), @"
    limit [log-lines]: it logs too many lines: the limit `log-lines` is 5000
    help: raise it in the step, or for all of them under `defaults`: `limits: { log-lines: 10000 }`
    ");
    assert_snapshot!(flooded("line-breaks"), @"
    limit [log-lines]: it logs too many lines: the limit `log-lines` is 5000
    help: raise it in the step, or for all of them under `defaults`: `limits: { log-lines: 10000 }`
    ");
    assert_snapshot!(flooded("fields"), @"
    limit [log-bytes]: it logs too much: the limit `log-bytes` is 1MiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { log-bytes: 2MiB }`
    ");
}

#[test]
fn flood_of_standard_output() {
    assert_snapshot!(flooded("stdout"), @"
    limit [log-bytes]: it logs too much: the limit `log-bytes` is 1MiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { log-bytes: 2MiB }`
    ");
    assert_snapshot!(flooded("stderr"), @"
    limit [log-bytes]: it logs too much: the limit `log-bytes` is 1MiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { log-bytes: 2MiB }`
    ");
    assert_snapshot!(flooded("no-line-end"), @"
    limit [log-bytes]: it logs too much: the limit `log-bytes` is 1MiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { log-bytes: 2MiB }`
    ");
}

#[test]
fn flood_of_events() {
    assert_snapshot!(flooded("changes"), @"
    limit [log-lines]: it reports too much: the limit `log-lines` is 5000
    help: raise it in the step, or for all of them under `defaults`: `limits: { log-lines: 10000 }`
    ");
    assert_snapshot!(flooded("outputs"), @"
    limit [log-lines]: it reports too much: the limit `log-lines` is 5000
    help: raise it in the step, or for all of them under `defaults`: `limits: { log-lines: 10000 }`
    ");
    assert_snapshot!(flooded("secret-outputs"), @"invalid: more than 1000 sensitive texts in one step cannot be masked");
    assert_snapshot!(flooded("reveals"), @"
    limit [log-lines]: it reports too much: the limit `log-lines` is 5000
    help: raise it in the step, or for all of them under `defaults`: `limits: { log-lines: 10000 }`
    ");
}

/// Progress is shown live and never kept: too much of it is left out.
#[test]
fn flood_of_progress() {
    let outcome = Bench::new("flood").input("with", "progress").run().succeeded();
    assert!(!outcome.events.is_empty() && outcome.events.len() < 10_000, "{} events", outcome.events.len());
}

/// A step that was ended tells all the same what it changed.
#[test]
fn what_was_changed_before_a_flood_is_reported() {
    for with in ["log", "no-line-end"] {
        let root = folder();
        let outcome = Bench::new("flood")
            .input("with", with)
            .input("first-write", root.path().join("file").to_str().expect("UTF-8"))
            .write(root.path())
            .limit(Limit::LogBytes, 100_000)
            .fails();
        assert_eq!(outcome.failure().limit.as_deref(), Some("log-bytes"), "{with}");
        assert_eq!(outcome.change_lines(root.path()), ["+ file 16 bytes"], "{with}");
    }
}

#[test]
pub(crate) fn huge_output() {
    let told = |how: &str| Bench::new("huge-output").input("how", how).fails().told();
    assert_snapshot!(told("one"), @"
    limit [output-bytes]: its outputs are too large: the limit `output-bytes` is 1MiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { output-bytes: 2MiB }`
    ");
    assert_snapshot!(told("many"), @"
    limit [output-bytes]: its outputs are too large: the limit `output-bytes` is 1MiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { output-bytes: 2MiB }`
    ");
    assert_snapshot!(told("deep"), @"invalid: output `deep` is no JSON: recursion limit exceeded at line 1 column 128");
    assert_snapshot!(told("no-json"), @"invalid: output `bad` is no JSON: key must be a string at line 1 column 2");
    assert_snapshot!(told("bad-name"), @"invalid: the name of an output is 1 to 200 letters, digits, `-`, `_` or `.`");
    assert_snapshot!(told("secrets"), @"invalid: more than 1000 sensitive texts in one step cannot be masked");
}

#[test]
pub(crate) fn huge_call() {
    let call = |to: &str, bytes: u64| {
        Bench::new("huge-call").input("to", to).input("bytes", bytes).limit(Limit::CallBytes, MIB)
    };
    for to in ["log", "path", "variable"] {
        let outcome = call(to, 2 * MIB).fails();
        assert_eq!(outcome.failure().limit.as_deref(), Some("call-bytes"), "{to}: {}", outcome.told());
    }
    assert_snapshot!(call("log", 2 * MIB).fails().told(), @"
    limit [call-bytes]: one call into the host is too large: the limit `call-bytes` is 1MiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { call-bytes: 2MiB }`
    ");
    call("log", MIB / 2).run().succeeded();
    // It may be long, but it is shown to people.
    let outcome = call("error", MIB / 2).fails();
    assert_eq!(outcome.failure().code, FailureCode::Failed);
    assert!(outcome.failure().message.len() < 70_000, "{} bytes", outcome.failure().message.len());
}

#[test]
pub(crate) fn open_handles() {
    let outcome = Bench::new("open-handles").limit(Limit::Handles, 100).fails();
    assert_snapshot!(outcome.told(), @"
    limit [handles]: it has too many open handles: the limit `handles` is 100
    help: raise it in the step, or for all of them under `defaults`: `limits: { handles: 200 }`
    ");
    // With the limit as it is.
    assert_eq!(Bench::new("open-handles").fails().failure().limit.as_deref(), Some("handles"));
}

#[test]
pub(crate) fn work_flood() {
    for how in ["bytes", "append", "set-size", "sparse"] {
        let outcome = Bench::new("work-flood").input("how", how).limit(Limit::WorkBytes, 10 * MIB).fails();
        assert_eq!(outcome.failure().limit.as_deref(), Some("work-bytes"), "{how}: {}", outcome.told());
        assert!(outcome.output("written").and_then(|bytes| bytes.as_u64()).expect("a number") <= 10 * MIB, "{how}");
    }
    for how in ["inodes", "directories", "links"] {
        let outcome = Bench::new("work-flood").input("how", how).limit(Limit::WorkInodes, 100).fails();
        assert_eq!(outcome.failure().limit.as_deref(), Some("work-inodes"), "{how}: {}", outcome.told());
    }
    let outcome = Bench::new("work-flood").input("how", "bytes").limit(Limit::WorkBytes, 10 * MIB).fails();
    assert_snapshot!(outcome.told(), @"
    limit [work-bytes]: /work is full: the limit `work-bytes` is 10MiB
    help: raise it in the step, or for all of them under `defaults`: `limits: { work-bytes: 20MiB }`
    ");
    let outcome = Bench::new("work-flood").input("how", "inodes").limit(Limit::WorkInodes, 100).fails();
    assert_snapshot!(outcome.told(), @"
    limit [work-inodes]: /work is full: the limit `work-inodes` is 100
    help: raise it in the step, or for all of them under `defaults`: `limits: { work-inodes: 200 }`
    ");
}

#[test]
fn the_quota_of_work_cannot_be_cheated() {
    let limited = |how: &str| {
        Bench::new("work-flood").input("how", how).input("bytes", 3 * MIB).limit(Limit::WorkBytes, 10 * MIB)
    };
    let outcome = limited("unlinked").fails();
    assert_eq!(outcome.failure().limit.as_deref(), Some("work-bytes"), "{}", outcome.told());
    let outcome = limited("failed-truncation").fails();
    assert_eq!(outcome.failure().limit.as_deref(), Some("work-bytes"));
    assert!(outcome.output("written").and_then(|bytes| bytes.as_u64()).expect("a number") <= 10 * MIB);
}

/// What is gone from `/work` is free again.
#[test]
fn the_quota_of_work_counts_what_is_there() {
    for how in ["rewrite", "rewrite-in-place", "make-and-remove"] {
        let bench = Bench::new("work-flood").input("how", how).input("bytes", 3 * MIB);
        bench.limit(Limit::WorkBytes, 10 * MIB).limit(Limit::WorkInodes, 5).run().succeeded();
    }
}

#[test]
pub(crate) fn endless_sleep() {
    for place in ["context", "thread"] {
        let outcome = Bench::new("endless-sleep").input("in", place).limit(Limit::WallClock, 200).fails();
        assert_eq!(outcome.failure().code, FailureCode::TimedOut, "{place}: {}", outcome.told());
    }
    let outcome = Bench::new("endless-sleep").input("in", "context").limit(Limit::WallClock, 200).fails();
    assert_snapshot!(outcome.told(), @"
    timedout [timeout]: its time is up: the limit `timeout` is 200ms
    help: raise it in the step, or for all of them under `defaults`: `timeout: 400ms`
    ");
}

#[test]
fn a_sleeping_guest_is_woken_by_a_cancel() {
    let outcome = Bench::new("endless-sleep").input("in", "context").cancelled(1);
    assert_snapshot!(outcome.told(), @"cancelled: the run was cancelled");
    assert_eq!(outcome.output("woken"), Some(&"Some(ErrorCode::Cancelled)".into()));
    // A guest that the cancel does not reach is ended when its grace is over, or at the second cancel.
    let mut bench = Bench::new("endless-sleep").input("in", "thread");
    bench.grace = Duration::from_millis(50);
    assert_eq!(bench.cancelled(1).failure().code, FailureCode::Cancelled);
    let mut bench = Bench::new("endless-sleep").input("in", "thread");
    bench.grace = Duration::from_secs(3600);
    assert_eq!(bench.cancelled(2).failure().code, FailureCode::Cancelled);
}

#[test]
fn a_guest_may_clean_up_after_a_cancel() {
    let outcome = Bench::new("endless-sleep").input("in", "cleaning-up").cancelled(1).succeeded();
    assert_eq!(outcome.log(), "sleeping\ncleaned up\n");
    assert_eq!(outcome.output("cancelled"), Some(&true.into()));
}

/// A panic in the host's own code, here of whoever listens, is the failure of this step alone.
#[test]
fn a_panic_in_the_host_is_the_steps_failure() {
    struct Panics;
    impl wharf_model::StepObserver for Panics {
        fn event(&self, event: StepEvent) {
            panic!("cannot bear {event:?}");
        }
        fn mask(&self, _: &str) {}
    }
    let bench = Bench::new("greet").input("name", "Ada");
    let failure = bench.run_with(std::sync::Arc::new(Panics)).expect_err("the host panicked");
    assert_snapshot!(crate::support::told(&failure), @r#"
    internal: a bug in wharf ended this step: cannot bear Log { level: Info, message: "hello, Ada", fields: [] }
    help: please report it with what the step did
    "#);
    Bench::new("greet").input("name", "Ada").run().succeeded();
}
