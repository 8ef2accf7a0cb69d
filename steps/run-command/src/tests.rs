use insta::assert_snapshot;
use wharf_step::prelude::*;
use wharf_step::testing::{Host, Printed};

use crate::RunCommand;

const SECRET: &str = "secret:0123456789abcdef0123456789abcdef";

/// A machine with one program, `tool`, whose first argument is its exit code.
fn machine() -> Host {
    Host::new().secret(SECRET, "s3cr3t").program("tool", |started| {
        let code = started.args.first().and_then(|code| code.parse().ok()).unwrap_or(0);
        Printed::stdout("one\n\ntwo\n\n").with_stderr("careful\n").code(code)
    })
}

fn run(host: &Host, inputs: Value) -> String {
    let error = host.run::<RunCommand>(inputs).err().map(|error| format!("{error:?}\n")).unwrap_or_default();
    format!("{}{error}{:?}", host.log_text(), host.outputs())
}

#[test]
fn a_program_is_run_and_its_output_logged() {
    let host = machine();
    let inputs = json!({
        "command": ["tool", "0", "a b", "$HOME"],
        "env": {"TOKEN": format!("Bearer {SECRET}")},
        "working-directory": "/srv",
        "stdin": format!("password={SECRET}"),
    });
    assert_snapshot!(run(&host, inputs), @r#"
    warn: careful
    info: one
    info: 
    info: two
    info: 
    {"exit-code": Number(0)}
    "#);
    let started = &host.started()[0];
    assert_eq!(started.args, ["0", "a b", "$HOME"]);
    assert_eq!(started.env, [("TOKEN".to_owned(), "Bearer s3cr3t".to_owned())]);
    assert_eq!((started.cwd.as_deref(), started.stdin.as_slice()), (Some("/srv"), &b"password=s3cr3t"[..]));
}

#[test]
fn output_is_captured_and_logged() {
    assert_snapshot!(run(&machine(), json!({"command": ["tool"], "capture": true})), @r#"
    warn: careful
    info: one
    info: 
    info: two
    info: 
    {"exit-code": Number(0), "stdout": String("one\n\ntwo")}
    "#);
    let host = Host::new().program("tool", |_| Printed::stdout("x".repeat(600_000)));
    let error = host.run::<RunCommand>(json!({"command": ["tool"], "capture": true})).expect_err("it is too much");
    assert_eq!(error.code(), ErrorCode::Limit);
}

#[test]
fn other_exit_codes_are_failures() {
    assert_snapshot!(run(&machine(), json!({"command": ["tool", "3"]})), @r#"
    warn: careful
    info: one
    info: 
    info: two
    info: 
    Failed: `tool` ended with exit code 3
    {"exit-code": Number(3)}
    "#);
    assert_snapshot!(run(&machine(), json!({"command": ["tool", "3"], "exit-codes": [0, 2]})), @r#"
    warn: careful
    info: one
    info: 
    info: two
    info: 
    Failed: `tool` ended with exit code 3, expected 0 or 2
    {"exit-code": Number(3)}
    "#);
    assert_snapshot!(run(&machine(), json!({"command": ["tool", "2"], "exit-codes": [0, 2]})), @r#"
    warn: careful
    info: one
    info: 
    info: two
    info: 
    {"exit-code": Number(2)}
    "#);
}

#[test]
fn nothing_is_run_that_should_not_be() {
    for inputs in [json!({"command": []}), json!({"command": ["other"]}), json!({"command": ["tool", SECRET]})] {
        let host = machine();
        host.run::<RunCommand>(inputs).expect_err("it is refused");
        assert!(host.started().is_empty());
    }
    assert_snapshot!(run(&machine(), json!({"command": ["other"]})), @r#"
    Denied: the step is not granted the program `other` {"add":"allow: { run: [other] }"}
    {}
    "#);
    assert_snapshot!(run(&machine(), json!({"command": ["tool", "--password", SECRET]})), @r#"
    Invalid: a secret stands in an argument, where every user of the machine could read it {"input":"/command/2","help":"pass it in `env` or in `stdin`"}
    {}
    "#);
}
