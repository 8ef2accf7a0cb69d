use std::sync::Arc;

use insta::assert_snapshot;
use wharf_model::{Failure, FailureCode, Limit, RunMode, StepEvent};

use super::fixture::{Fixture, all_lines, grants, next_line, path_of};
use crate::processes::{Exit, OutputMode};
use crate::testing::{secret, soon};

fn show(failure: &Failure) -> String {
    let mut text = format!("{:?}: {failure}", failure.code);
    for (name, part) in [("help", &failure.help), ("add", &failure.add), ("limit", &failure.limit)] {
        if let Some(part) = part {
            text.push_str(&format!("\n{name}: {part}"));
        }
    }
    text
}

#[test]
fn what_is_not_granted_does_not_start() {
    let step = Fixture::new();
    assert_snapshot!(show(&step.refusal(step.command("bash", &[], OutputMode::Log))), @"
    Denied: the program `bash` is not granted
    help: programs run outside the sandbox: grant only those that you would start by hand
    add: allow: { run: [bash] }
    ");
    assert_eq!(step.refusal(step.command("./sh", &[], OutputMode::Log)).code, FailureCode::Denied);
    assert!(step.observer.events().is_empty());
}

#[test]
fn what_is_granted_and_not_installed_says_so() {
    let step = Fixture::with(|call| call.grants = Arc::new(grants(&["no-such-program"])));
    assert_snapshot!(show(&step.refusal(step.command("no-such-program", &[], OutputMode::Log))), @"
    NotFound: the program `no-such-program` is granted, but was not found when the run began
    help: install it, or grant its absolute path
    ");
}

#[test]
fn nothing_starts_while_planning() {
    let step = Fixture::with(|call| call.mode = RunMode::Plan);
    assert_snapshot!(
        show(&step.refusal(step.command("sh", &[], OutputMode::Log))),
        @"Withheld: the program `sh` is not started while planning"
    );
    assert!(step.observer.events().is_empty());
}

#[tokio::test]
async fn arguments_are_passed_as_they_are_and_the_start_is_told() {
    let step = Fixture::with(|call| call.grants = Arc::new(grants(&["printf"])));
    let args = ["%s\\n", "$HOME; echo x", "*", "", "a b"];
    let program = step.start(step.command("printf", &args, OutputMode::Lines));
    let lines: Vec<String> = all_lines(&program).await.into_iter().map(|line| line.text).collect();
    assert_eq!(lines, ["$HOME; echo x", "*", "", "a b"]);
    let expected = StepEvent::Program {
        path: path_of("printf").to_string_lossy().into_owned(),
        args: args.map(str::to_owned).to_vec(),
    };
    assert_eq!(step.observer.events(), [expected]);
}

#[tokio::test]
async fn a_granted_program_may_be_named_by_its_path() {
    let step = Fixture::new();
    let path = path_of("sh");
    let program = step.start(step.command(path.to_str().expect("a text"), &["-c", "exit 7"], OutputMode::Log));
    assert_eq!(soon(program.wait()).await, Ok(Exit::Code(7)));
}

#[tokio::test]
async fn the_environment_is_what_is_allowed_and_nothing_else() {
    let secret = secret("secret:5f", "Token", "hunter2");
    let step = Fixture::with(|call| {
        let mut grants = grants(&["env"]);
        grants.env = vec!["GRANTED".into()];
        call.grants = Arc::new(grants);
        call.secrets = Arc::new([secret]);
    });
    let mut command = step.command("env", &[], OutputMode::Lines);
    command.env = vec![("TOKEN".into(), "Bearer secret:5f".into()), ("LANG".into(), "C".into())];
    let mut lines: Vec<String> = all_lines(&step.start(command)).await.into_iter().map(|line| line.text).collect();
    lines.sort();
    assert_snapshot!(lines.join("\n"), @"
    GRANTED=granted
    HOME=/home/test
    LANG=C
    PATH=/usr/local/bin:/usr/bin:/bin
    TOKEN=Bearer hunter2
    ");
}

#[test]
fn what_cannot_be_passed_is_refused() {
    let secret = secret("secret:5f", "Token", "hunter2");
    let step = Fixture::with(|call| call.secrets = Arc::new([secret]));
    let refusal = |args: &[&str]| show(&step.refusal(step.command("sh", args, OutputMode::Log)));
    assert_snapshot!(refusal(&["-c", "a\0b"]), @"Invalid: argument 2 of `sh` has a zero byte");
    assert_snapshot!(refusal(&["-H", "Bearer secret:5f"]), @"
    Invalid: argument 2 of `sh` holds a secret, which every user of the machine could read
    help: pass it in a variable of the program's environment
    ");
    assert_snapshot!(
        refusal(&["x".repeat(1024 * 1024).as_str()]),
        @"Invalid: the arguments and variables of `sh` have 1048577 bytes; 1048576 are the most: write them into a file, or to its standard input"
    );
    assert_snapshot!(
        refusal(&vec!["x"; 16 * 1024 + 1]),
        @"Invalid: `sh` gets 16385 arguments; 16384 are the most: write them into a file"
    );
    let mut command = step.command("sh", &[], OutputMode::Log);
    command.cwd = "/no/such/directory".into();
    assert_snapshot!(
        show(&step.refusal(command)),
        @"NotFound: a program cannot start in /no/such/directory: it does not exist"
    );
    let mut command = step.command("sh", &[], OutputMode::Log);
    command.env = vec![("LD_PRELOAD".into(), "/tmp/x.so".into())];
    assert_snapshot!(show(&step.refusal(command)), @"
    Denied: a step cannot set `LD_PRELOAD`: it would make a granted program run other code
    add: allow: { env: [LD_PRELOAD] }
    ");
    assert!(step.observer.events().is_empty());
}

#[test]
fn a_file_that_is_no_program_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("data");
    std::fs::write(&file, "x").expect("a file");
    let step = Fixture::with(|call| {
        let mut grants = grants(&["sh"]);
        grants.programs[0].path = Some(file.clone());
        call.grants = Arc::new(grants);
    });
    let shown = show(&step.refusal(step.command("sh", &[], OutputMode::Log)));
    assert_snapshot!(shown.replace(file.to_str().expect("a text"), "[file]"), @"
    Failed: cannot start [file]: permission denied
    help: is it a program, and may this user run it?
    ");
}

#[tokio::test]
async fn only_so_many_programs_run_at_once() {
    let step = Fixture::with(|call| call.limits.set(Limit::Programs, 1));
    let first = step.script_with_lines("echo begun; sleep 1000");
    next_line(&first).await;
    assert_snapshot!(show(&step.refusal(step.command("sh", &[], OutputMode::Log))), @"
    Limit: too many programs run at once: the limit `programs` is 1
    help: raise it in the step, or for all of them under `defaults`: `limits: { programs: 2 }`
    limit: programs
    ");
    first.kill();
    assert_eq!(soon(first.wait()).await, Ok(Exit::Signal(15)));
    assert_eq!(soon(step.script("exit 0").wait()).await, Ok(Exit::Code(0)));
}

#[tokio::test]
async fn a_program_leads_a_session_of_its_own() {
    let step = Fixture::new();
    let program = step.script_with_lines("echo $$; cut -d' ' -f5,6 /proc/$$/stat");
    let id = next_line(&program).await;
    assert_eq!(next_line(&program).await, format!("{id} {id}"));
}
