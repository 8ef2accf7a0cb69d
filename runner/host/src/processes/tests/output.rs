use std::fs::File;
use std::io::{Read as _, Write as _};
use std::sync::Arc;

use insta::assert_snapshot;
use wharf_model::{FailureCode, Limit, StepEvent, StepObserver};

use super::fixture::{Fixture, all_lines, grants, next_line, runs};
use crate::processes::{BaseEnvironment, Exit, OutputMode, ProgramInput, Source, Supervisor};
use crate::secrets::Secrets;
use crate::testing::{call, soon};

#[tokio::test]
async fn the_log_gets_each_line_with_the_level_of_its_stream() {
    let step = Fixture::new();
    // The pauses are handshakes through a pipe, so that the order of the two streams is certain.
    let program = step.script(
        "printf 'one\\r\\ntwo\\n'; mkfifo p; (read x < p; echo bad >&2; echo > p) & echo > p; read x < p; \
         wait; printf 'caf\\303\\251 \\377\\n\\nlast'",
    );
    assert_eq!(soon(program.wait()).await, Ok(Exit::Code(0)));
    let mut logs = step.observer.logs();
    let bad = logs.iter().position(|line| line == "Warn bad").expect("the line of standard error");
    logs.remove(bad);
    assert_eq!(logs, ["Info one", "Info two", "Info café \u{fffd}", "Info ", "Info last"]);
}

#[tokio::test]
async fn both_streams_come_in_the_order_of_their_arrival() {
    let step = Fixture::new();
    let mut command = step.command(
        "sh",
        &["-c", "for i in 1 2 3; do echo out $i; read x; echo err $i >&2; read x; done"],
        OutputMode::Lines,
    );
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    command.stdin = ProgramInput::File(File::from(std::os::fd::OwnedFd::from(reader)));
    let program = step.start(command);
    let mut lines = Vec::new();
    for _ in 0..6 {
        let line = soon(program.next_lines(1)).await.expect("a line").remove(0);
        lines.push(format!("{:?} {}", line.source, line.text));
        writer.write_all(b"\n").expect("the program reads");
    }
    assert_eq!(lines, ["Stdout out 1", "Stderr err 1", "Stdout out 2", "Stderr err 2", "Stdout out 3", "Stderr err 3"]);
    assert_eq!(all_lines(&program).await, []);
}

#[tokio::test]
async fn more_lines_than_any_queue_holds_arrive_whole_and_in_order() {
    let step = Fixture::with(|call| call.grants = Arc::new(grants(&["seq"])));
    let program = step.start(step.command("seq", &["50000"], OutputMode::Lines));
    let lines = all_lines(&program).await;
    assert!(lines.iter().all(|line| line.source == Source::Stdout));
    assert!(lines.iter().map(|line| line.text.clone()).eq((1..=50000).map(|number| number.to_string())));
    assert_eq!(soon(program.wait()).await, Ok(Exit::Code(0)));
}

#[tokio::test]
async fn waiting_takes_what_nobody_took() {
    let step = Fixture::with(|call| call.grants = Arc::new(grants(&["seq"])));
    let program = step.start(step.command("seq", &["50000"], OutputMode::Lines));
    assert_eq!(soon(program.wait()).await, Ok(Exit::Code(0)));
    assert_eq!(soon(program.next_lines(10)).await, Ok(Vec::new()));
    assert_eq!(soon(program.wait()).await, Ok(Exit::Code(0)), "waiting again answers the same");
}

#[tokio::test]
async fn a_flood_ends_the_program_and_names_the_limit() {
    for output in [OutputMode::Lines, OutputMode::Log] {
        let step = Fixture::with(|call| call.limits.set(Limit::ProgramOutput, 100_000));
        let script = "echo $$ > id; while :; do echo 0123456789012345678901234567890123456789; done";
        let program = step.start(step.command("sh", &["-c", script], output));
        let failure = soon(program.wait()).await.expect_err("it never ends by itself");
        assert_eq!(failure.code, FailureCode::Limit);
        assert_eq!(failure.limit.as_deref(), Some("program-output"));
        assert_eq!(failure.message, "`sh` printed too much: the limit `program-output` is 100000");
        let id = std::fs::read_to_string(step.directory.path().join("id")).expect("its number");
        drop(step);
        assert!(!runs(id.trim()));
    }
}

#[tokio::test]
async fn lines_are_not_for_those_who_log() {
    let step = Fixture::new();
    let program = step.script("echo x");
    let failure = soon(program.next_lines(1)).await.expect_err("the lines go to the log");
    assert_snapshot!(failure, @"the output of `sh` goes elsewhere: start it with the output mode `lines`");
    assert_eq!(soon(program.wait()).await, Ok(Exit::Code(0)));
}

#[tokio::test]
async fn discarded_output_is_nobodys() {
    let step = Fixture::new();
    let script = "echo out; echo err >&2; exit 3";
    let program = step.start(step.command("sh", &["-c", script], OutputMode::Discard));
    assert_eq!(soon(program.wait()).await, Ok(Exit::Code(3)));
    assert!(step.observer.logs().is_empty());
}

#[tokio::test]
async fn standard_output_may_go_into_a_file_of_the_host() {
    let step = Fixture::new();
    let path = step.directory.path().join("out");
    let mut command = step.command("sh", &["-c", "echo out; echo err >&2"], OutputMode::Log);
    command.stdout = Some(File::create(&path).expect("a file"));
    assert_eq!(soon(step.start(command).wait()).await, Ok(Exit::Code(0)));
    assert_eq!(std::fs::read_to_string(path).expect("the file"), "out\n");
    assert_eq!(step.observer.logs(), ["Warn err"]);
}

#[tokio::test]
async fn standard_input_is_bytes_a_file_or_nothing() {
    let step = Fixture::with(|call| call.grants = Arc::new(grants(&["wc"])));
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(b"12345").and_then(|()| std::io::Seek::rewind(&mut file)).expect("a file with text");
    for (stdin, count) in [
        (ProgramInput::Nothing, "0"),
        (ProgramInput::Bytes(vec![b'x'; 1024 * 1024]), "1048576"),
        (ProgramInput::File(file), "5"),
    ] {
        let mut command = step.command("wc", &["-c"], OutputMode::Lines);
        command.stdin = stdin;
        assert_eq!(next_line(&step.start(command)).await, count);
    }
}

#[tokio::test]
async fn a_program_need_not_read_its_input() {
    let step = Fixture::new();
    let mut command = step.command("sh", &["-c", "exit 4"], OutputMode::Log);
    command.stdin = ProgramInput::Bytes(vec![b'x'; 1024 * 1024]);
    assert_eq!(soon(step.start(command).wait()).await, Ok(Exit::Code(4)));
}

#[tokio::test]
async fn an_observer_that_panics_costs_the_output_and_nothing_else() {
    struct Panics;
    impl StepObserver for Panics {
        fn event(&self, event: StepEvent) {
            assert!(!matches!(event, StepEvent::Log { .. }), "this panic belongs to the test");
        }
        fn mask(&self, _value: &str) {}
    }
    let call = call(|call| call.grants = Arc::new(grants(&["sh"])));
    let supervisor =
        Supervisor::new(&call, &Arc::new(Secrets::new(&[])), Arc::new(Panics), &BaseEnvironment::from_env());
    let step = Fixture::new();
    let program = supervisor.start(step.command("sh", &["-c", "echo x; exit 5"], OutputMode::Log)).expect("it starts");
    assert_eq!(soon(program.wait()).await, Ok(Exit::Code(5)));
}

#[test]
fn a_program_inherits_no_open_file() {
    let step = Fixture::new();
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let program = step.script("sleep 1000");
    drop(writer);
    // The end comes only if nobody else holds the writing side.
    assert_eq!(reader.read(&mut [0]).expect("the end"), 0);
    drop(program);
}
