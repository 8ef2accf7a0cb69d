use std::process;

use insta::assert_snapshot;
use wharf_step::prelude::*;
use wharf_step::processes::Exit;
use wharf_step::testing::{Host, Printed, ProgramStart};

use crate::RunScript;

mod helpers;
mod messages;

/// Runs a program for real.
fn really(started: &ProgramStart) -> Printed {
    let output = process::Command::new(&started.program)
        .args(&started.args)
        .envs(started.env.iter().map(|(name, value)| (name, value)))
        .current_dir(started.cwd.as_deref().unwrap_or("/"))
        .output()
        .unwrap_or_else(|error| panic!("{} is needed for this test: {error}", started.program));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let exit = match output.status.code() {
        Some(code) => Exit::Code(code),
        None => Exit::Signal(9),
    };
    Printed { exit, stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A machine with the programs that are there.
fn machine() -> Host {
    ["bash", "sh", "python3", "node"].into_iter().fold(Host::new(), |host, program| host.program(program, really))
}

/// Whether a program is there. Some machines have no Python and no Node.js.
fn is_there(program: &str) -> bool {
    let found = process::Command::new(program).arg("--version").output().is_ok();
    if !found {
        println!("skipped: there is no {program} here");
    }
    found
}

fn run(host: &Host, inputs: Value) -> String {
    let error = host.run::<RunScript>(inputs).err().map(|error| format!("{error:?}\n")).unwrap_or_default();
    let outputs = serde_json::to_string(&host.outputs()).expect("they are JSON");
    let work = host.work();
    format!("{}{error}{outputs}", host.log_text()).replace(work.to_str().expect("the path is UTF-8"), "<work>")
}

#[test]
fn a_script_gets_its_arguments_and_its_environment() {
    let script = "echo \"$1|$2|$GREETING|$(basename \"$0\")|$(basename \"$PWD\" | cut -c1-4)\"\r\necho careful >&2\r\n";
    let inputs = json!({"script": script, "args": ["a b", "*"], "env": {"GREETING": "hel'lo"}});
    assert_snapshot!(run(&machine(), inputs), @r#"
    error: careful
    info: a b|*|hel'lo|script.sh|.tmp
    {"exit-code":0}
    "#);
}

#[test]
fn scripts_come_from_files_and_packages() {
    let host = machine();
    let file = host.work().join("it's here.sh");
    std::fs::write(&file, "echo from a file").expect("it can be written");
    assert_snapshot!(run(&host, json!({"file": file})), @r#"
    info: from a file
    {"exit-code":0}
    "#);
    let host =
        machine().package("Tools", "1.0", &[("bin/go.sh", ". ./lib.sh; hello"), ("lib.sh", "hello() { echo hi; }")]);
    assert_snapshot!(run(&host, json!({"package": "Tools", "package-file": "bin/go.sh"})), @r#"
    info: hi
    {"exit-code":0}
    "#);
    let host = machine().package("Tools", "1.0", &[]);
    assert_snapshot!(run(&host, json!({"package": "Tools", "package-file": "bin/go.sh"})), @r#"
    NotFound: the package Tools has no file bin/go.sh {"input":"/package-file"}
    {}
    "#);
    assert_snapshot!(run(&machine(), json!({"script": "", "file": "a"})), @r#"
    Invalid: give one of `script`, `file`, and `package` with `package-file` {"input":"/script"}
    {}
    "#);
}

#[test]
fn a_script_fails_by_its_exit_code() {
    assert_snapshot!(run(&machine(), json!({"script": "echo one; exit 3; echo two"})), @r#"
    info: one
    Failed: the script ended with exit code 3
    {"exit-code":3}
    "#);
    let said = run(&machine(), json!({"script": "if"}));
    assert!(said.contains("syntax error") && said.contains("script.sh") && said.contains("exit code"), "{said}");
}

#[test]
fn a_program_that_is_not_granted_is_named() {
    assert_snapshot!(run(&Host::new(), json!({"script": "", "shell": "pwsh"})), @r#"
    Denied: the step is not granted the program `pwsh` {"add":"allow: { run: [pwsh] }"}
    {}
    "#);
}
