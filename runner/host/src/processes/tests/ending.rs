use std::sync::Arc;
use std::time::Duration;

use wharf_model::FailureCode;

use super::fixture::{Fixture, exists, next_line, runs};
use crate::processes::{Exit, OutputMode};
use crate::testing::{soon, until};

#[tokio::test]
async fn codes_and_signals_are_told_apart() {
    let step = Fixture::new();
    assert_eq!(soon(step.script("exit 42").wait()).await, Ok(Exit::Code(42)));
    assert_eq!(soon(step.script("kill -9 $$").wait()).await, Ok(Exit::Signal(9)));
}

#[tokio::test]
async fn the_end_of_the_step_ends_the_whole_group_and_leaves_no_zombie() {
    let step = Fixture::new();
    let program = step.script_with_lines("sh -c 'sleep 1000 & echo $!; wait' & echo $!; echo $$; wait");
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(next_line(&program).await);
    }
    assert!(ids.iter().all(|id| runs(id)), "{ids:?}");
    let leader = soon(async { std::fs::read_to_string(format!("/proc/{}/stat", ids[0])).expect("a process") }).await;
    let leader = leader.split(' ').nth(4).expect("its group").to_owned();
    drop(step);
    until("the group is gone", || !ids.iter().any(|id| runs(id)));
    assert!(!exists(&leader), "the first process of the group was fetched");
    let failure = soon(program.wait()).await;
    assert_eq!(failure, Ok(Exit::Signal(15)), "who still holds the program learns of its end");
}

#[tokio::test]
async fn who_ignores_the_request_to_end_is_forced() {
    let step = Fixture::new();
    let program = step.script_with_lines("trap '' TERM; sleep 1000 & echo $!; echo $$; wait");
    let ids = [next_line(&program).await, next_line(&program).await];
    drop(step);
    until("the group is gone", || !ids.iter().any(|id| runs(id)));
    assert!(!exists(&ids[1]));
}

#[tokio::test]
async fn who_is_left_behind_keeps_nobody_waiting_and_ends_with_the_step() {
    for output in [OutputMode::Log, OutputMode::Lines] {
        let step = Fixture::new();
        let script = "sleep 1000 & echo $! > id; echo done";
        let program = step.start(step.command("sh", &["-c", script], output));
        assert_eq!(soon(program.wait()).await, Ok(Exit::Code(0)));
        let id = std::fs::read_to_string(step.directory.path().join("id")).expect("its number");
        let id = id.trim();
        assert!(runs(id), "a program may leave others behind while its step runs");
        drop(step);
        until("it is gone", || !runs(id));
    }
}

#[tokio::test]
async fn who_is_left_behind_may_go_on_logging() {
    let step = Fixture::new();
    let program = step.script("mkfifo p; (read x < p; echo later; sleep 1000) & echo first");
    assert_eq!(soon(program.wait()).await, Ok(Exit::Code(0)));
    std::fs::write(step.directory.path().join("p"), "\n").expect("the one left behind reads");
    assert_eq!(step.observer.wait_for_log("later"), "later");
}

#[tokio::test]
async fn who_left_the_group_is_not_waited_for() {
    let step = Fixture::new();
    let program = step.script("setsid sleep 1000 & echo $! > id");
    assert_eq!(soon(program.wait()).await, Ok(Exit::Code(0)));
    let id = std::fs::read_to_string(step.directory.path().join("id")).expect("its number");
    let id: i32 = id.trim().parse().expect("a number");
    until("it has left", || {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("it runs");
        stat.contains("(sleep)") && stat.split(' ').nth(5) == Some(id.to_string().as_str())
    });
    drop(step);
    assert!(runs(&id.to_string()), "nobody can end it without privileges");
    let id = rustix::process::Pid::from_raw(id).expect("a number");
    rustix::process::kill_process(id, rustix::process::Signal::KILL).expect("the test tidies up");
}

#[tokio::test]
async fn no_event_comes_after_the_step() {
    let step = Fixture::new();
    step.script("while :; do echo x; done");
    step.observer.wait_for_log("x");
    let observer = Arc::clone(&step.observer);
    drop(step);
    assert_eq!(Arc::strong_count(&observer), 1, "nobody holds the observer any more");
}

#[tokio::test]
async fn a_step_ends_a_program_that_may_say_good_bye() {
    let step = Fixture::new();
    let program = step.script_with_lines("trap 'echo bye; exit 3' TERM; echo ready; while :; do :; done");
    assert_eq!(next_line(&program).await, "ready");
    program.kill();
    assert_eq!(next_line(&program).await, "bye");
    assert_eq!(soon(program.wait()).await, Ok(Exit::Code(3)));
}

#[tokio::test]
async fn a_cancel_answers_each_waiting_call_once_and_ends_what_runs() {
    let step = Fixture::new();
    let program = step.script_with_lines("echo ready; sleep 1000");
    assert_eq!(next_line(&program).await, "ready");
    let cancel = step.cancel.clone();
    let (lines, ()) = soon(async {
        tokio::join!(program.next_lines(1), async {
            tokio::task::yield_now().await;
            cancel.cancel();
        })
    })
    .await;
    assert_eq!(lines.expect_err("a cancelled call").code, FailureCode::Cancelled);
    assert_eq!(soon(program.wait()).await, Ok(Exit::Signal(15)), "the next call waits for the end");
}

#[tokio::test]
async fn after_a_cancel_programs_may_tidy_up_until_the_second() {
    let step = Fixture::with(|call| call.grace = Duration::from_secs(3600));
    let stubborn = step.script_with_lines("trap '' TERM; echo ready; sleep 1000");
    assert_eq!(next_line(&stubborn).await, "ready");
    step.cancel.cancel();
    assert_eq!(soon(step.script("exit 6").wait()).await, Ok(Exit::Code(6)));
    let tidy = step.script_with_lines("echo ready; sleep 1000");
    assert_eq!(next_line(&tidy).await, "ready");
    assert_eq!(soon(stubborn.wait()).await.expect_err("cancelled").code, FailureCode::Cancelled);
    step.cancel.cancel();
    for program in [stubborn, tidy] {
        assert_eq!(soon(program.wait()).await.expect_err("cancelled").code, FailureCode::Cancelled);
        assert_eq!(soon(program.wait()).await, Ok(Exit::Signal(9)));
    }
    assert_eq!(step.refusal(step.command("sh", &[], OutputMode::Log)).code, FailureCode::Cancelled);
}
