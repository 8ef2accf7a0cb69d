//! Programs that real guests start. They are outside the sandbox; which of them, and how they end, is not.

use std::path::Path;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use wharf_model::{FailureCode, Limit, StepEvent};

use crate::support::{Bench, folder, secret};

fn starts(script: &str, root: &Path) -> Bench {
    Bench::new("programs").script(script.replace("ROOT", root.to_str().expect("a folder's name is UTF-8")))
}

fn shell(script: &str, root: &Path) -> Bench {
    starts(script, root).program("sh", "/bin/sh")
}

#[test]
pub(crate) fn programs() {
    let root = folder();
    let script = "run /bin/echo one  two $HOME *\nset stdin read from here\nrun cat\nsh echo out; echo err >&2; exit 3\nsh kill -9 $$
        set cwd ROOT\nrun pwd\nset stdin-from ROOT/input\nset stdout-to ROOT/output\nrun cat\nset output log\nsh echo to the log; echo trouble >&2
        set output discard\nsh echo nobody\nstart slow echo first; until test -e ROOT/go; do :; done; echo second\nlines slow\nsh touch ROOT/go\nlines slow\nlines slow\nwait slow\nwait slow";
    std::fs::write(root.path().join("input"), "from a file").expect("a file");
    let bench =
        shell(script, root.path()).program("echo", "/bin/echo").program("cat", "/bin/cat").program("pwd", "/bin/pwd");
    let outcome = bench.write(root.path()).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    run /bin/echo one  two $HOME * => code 0 ["one  two $HOME *"]
    set stdin read from here => ok
    run cat => code 0 ["read from here"]
    sh echo out; echo err >&2; exit 3 => code 3 ["out", "!err"]
    sh kill -9 $$ => signal 9
    set cwd ROOT => ok
    run pwd => code 0 ["ROOT"]
    set stdin-from ROOT/input => ok
    set stdout-to ROOT/output => ok
    run cat => code 0
    set output log => ok
    sh echo to the log; echo trouble >&2 => code 0
    set output discard => ok
    sh echo nobody => code 0
    start slow echo first; until test -e ROOT/go; do :; done; echo second => ok
    lines slow => ["first"]
    sh touch ROOT/go => code 0
    lines slow => ["second"]
    lines slow => []
    wait slow => code 0
    wait slow => code 0
    "#);
    assert_snapshot!(outcome.log(), @"
    to the log
    warn: trouble
    ");
    assert_eq!(std::fs::read_to_string(root.path().join("output")).expect("it was written"), "from a file");
    let started: Vec<&str> = outcome
        .events
        .iter()
        .filter_map(|event| match event {
            StepEvent::Program { path, .. } => Some(path.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(started[..3], ["/bin/echo", "/bin/cat", "/bin/sh"]);
}

#[test]
fn what_is_not_granted_does_not_start() {
    let root = folder();
    let marker = root.path().join("marker");
    let script = "run /bin/touch ROOT/marker\nrun touch ROOT/marker\nsh touch ROOT/marker\nrun ../../bin/touch ROOT/marker\nrun /bin/../bin/touch ROOT/marker
        run echo; touch ROOT/marker\nrun  /bin/touch\nrun";
    let outcome = starts(script, root.path()).program("echo", "/bin/echo").run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    run /bin/touch ROOT/marker => ERROR denied: the program `/bin/touch` is not granted {"help":"programs run outside the sandbox: grant only those that you would start by hand","add":"allow: { run: [/bin/touch] }"}
    run touch ROOT/marker => ERROR denied: the program `touch` is not granted {"help":"programs run outside the sandbox: grant only those that you would start by hand","add":"allow: { run: [touch] }"}
    sh touch ROOT/marker => ERROR denied: the program `/bin/sh` is not granted {"help":"programs run outside the sandbox: grant only those that you would start by hand","add":"allow: { run: [/bin/sh] }"}
    run ../../bin/touch ROOT/marker => ERROR denied: the program `../../bin/touch` is not granted {"help":"programs run outside the sandbox: grant only those that you would start by hand","add":"allow: { run: [\"../../bin/touch\"] }"}
    run /bin/../bin/touch ROOT/marker => ERROR denied: the program `/bin/../bin/touch` is not granted {"help":"programs run outside the sandbox: grant only those that you would start by hand","add":"allow: { run: [/bin/../bin/touch] }"}
    run echo; touch ROOT/marker => ERROR denied: the program `echo;` is not granted {"help":"programs run outside the sandbox: grant only those that you would start by hand","add":"allow: { run: [\"echo;\"] }"}
    run  /bin/touch => ERROR denied: the program `` is not granted {"help":"programs run outside the sandbox: grant only those that you would start by hand","add":"allow: { run: [\"\"] }"}
    run => ERROR denied: the program `` is not granted {"help":"programs run outside the sandbox: grant only those that you would start by hand","add":"allow: { run: [\"\"] }"}
    "#);
    assert!(!marker.exists());
    let outcome = starts("!run /bin/touch ROOT/marker", root.path()).fails();
    assert_snapshot!(outcome.told(), @"
    denied: the program `/bin/touch` is not granted
    help: programs run outside the sandbox: grant only those that you would start by hand
    add: allow: { run: [/bin/touch] }
    ");
    // Nor does a program get what the step itself may not touch.
    let script = "set cwd /etc\nsh pwd\nset stdin-from /etc/passwd\nsh cat\nset stdout-to ROOT/marker\nsh echo x";
    let outcome = shell(script, root.path()).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    set cwd /etc => ok
    sh pwd => ERROR denied: the step may not read /etc {"add":"allow: { read: [\"/etc\"] }"}
    set stdin-from /etc/passwd => ok
    sh cat => ERROR denied: the step may not read /etc/passwd {"add":"allow: { read: [\"/etc/passwd\"] }"}
    set stdout-to ROOT/marker => ok
    sh echo x => ERROR denied: the step may not change ROOT/marker {"add":"allow: { write: [\"ROOT/marker\"] }"}
    "#);
    assert!(!marker.exists());
}

#[test]
fn the_environment_is_not_inherited() {
    let root = folder();
    let script = "set A 1\nset TOKEN is secret:abc\nsh env | grep -v -e ^PATH= -e ^HOME= -e ^USER= -e ^LOGNAME= -e ^LANG= -e ^LC_ -e ^TZ= -e ^TMPDIR= -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD= | sort
        set LD_PRELOAD /tmp/evil.so\nsh true\nset PATH /tmp\nsh true\nset BASH_ENV /tmp/evil\nsh true\nset A=B c\nsh true";
    let mut bench = shell(script, root.path());
    bench.secrets = vec![secret("secret:abc", "Token", "hunter2")];
    assert_snapshot!(bench.run().transcript(root.path()), @r#"
    set A 1 => ok
    set TOKEN is secret:abc => ok
    sh env | grep -v -e ^PATH= -e ^HOME= -e ^USER= -e ^LOGNAME= -e ^LANG= -e ^LC_ -e ^TZ= -e ^TMPDIR= -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD= | sort => code 0 ["A=1", "TOKEN=is hunter2"]
    set LD_PRELOAD /tmp/evil.so => ok
    sh true => ERROR denied: a step cannot set `LD_PRELOAD`: it would make a granted program run other code {"add":"allow: { env: [LD_PRELOAD] }"}
    set PATH /tmp => ok
    sh true => ERROR denied: a step cannot set `PATH`: it would make a granted program run other code {"add":"allow: { env: [PATH] }"}
    set BASH_ENV /tmp/evil => ok
    sh true => ERROR denied: a step cannot set `BASH_ENV`: it would make a granted program run other code {"add":"allow: { env: [BASH_ENV] }"}
    set A=B c => ok
    sh true => ERROR invalid: `A=B` cannot be the name of a variable
    "#);
    let mut bench = shell("sh echo $CARGO_PKG_NAME", root.path());
    bench.grants.env = vec!["CARGO_PKG_NAME".into()];
    assert_eq!(bench.run().transcript(root.path()), "sh echo $CARGO_PKG_NAME => code 0 [\"wharf-host\"]\n");
}

/// Whether the process whose number stands in a file is alive.
fn is_alive(file: &Path) -> bool {
    let number = std::fs::read_to_string(file).expect("the number of the process");
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", number.trim())).unwrap_or_default();
    // One that is dead and not fetched by process 1 does not run any more.
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['Z', 'X']))
}

/// Nothing that a step has started outlives it: not a grandchild whose parent is gone, not one that ignores what it is
/// asked, whether the step succeeds, traps, or is ended.
#[test]
fn grandchildren_are_gone_with_the_step() {
    let ends: [(&str, Option<FailureCode>); 3] =
        [("log done", None), ("trap", Some(FailureCode::Trapped)), ("sleep 60000", Some(FailureCode::TimedOut))];
    for (end, code) in ends {
        let root = folder();
        let script = format!(
            "start parent (trap '' TERM; sleep 1000 & echo $! > ROOT/child; wait) & (sleep 1000 & echo $! > ROOT/orphan); until test -s ROOT/child; do :; done; echo ready
            lines parent\n{end}"
        );
        let mut bench = shell(&script, root.path());
        if code == Some(FailureCode::TimedOut) {
            bench = bench.limit(Limit::WallClock, 3000);
        }
        let outcome = bench.run();
        assert_eq!(outcome.result.as_ref().err().map(|failure| failure.code), code, "{end}: {:?}", outcome.result);
        for name in ["child", "orphan"] {
            assert!(!is_alive(&root.path().join(name)), "{end}: {name} is alive");
        }
    }
    Bench::new("noop").run().succeeded();
}

#[test]
fn a_cancel_ends_programs() {
    let root = folder();
    // Asked politely it says good-bye, which the step sees before it ends.
    let script = "start slow trap 'echo bye; exit 7' TERM; echo $$ > ROOT/number; echo ready; while :; do :; done
        lines slow\nlog now\nlines slow\nlines slow\nwait slow";
    let outcome = shell(script, root.path()).cancelled(1);
    assert_snapshot!(outcome.transcript(root.path()).lines().skip(3).collect::<Vec<_>>().join("\n"), @r#"
    lines slow => ERROR cancelled: the run was cancelled
    lines slow => ["bye"]
    wait slow => code 7
    "#);
    assert!(!is_alive(&root.path().join("number")));
    // The second cancel ends it at once.
    let mut bench = shell(
        "start deaf trap '' TERM; echo $$ > ROOT/number; echo ready; while :; do :; done\nlines deaf\nlog now\n!wait deaf",
        root.path(),
    );
    bench.grace = Duration::from_secs(3600);
    let began = Instant::now();
    assert_eq!(bench.cancelled(2).failure().code, FailureCode::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(60), "it waited for the grace period");
    assert!(!is_alive(&root.path().join("number")));
}

#[test]
fn output_and_number_of_programs_are_bounded() {
    let root = folder();
    let bench = || shell("!sh yes", root.path()).limit(Limit::ProgramOutput, 100_000);
    let outcome = bench().fails();
    assert_eq!(outcome.failure().limit.as_deref(), Some("program-output"), "{}", outcome.told());
    assert_snapshot!(outcome.told(), @"
    limit [program-output]: `/bin/sh` printed too much: the limit `program-output` is 100000
    help: raise it in the step, or for all of them under `defaults`: `limits: { program-output: 200000 }`
    ");
    let outcome = shell("set output log\n!sh yes", root.path()).limit(Limit::LogBytes, 10_000).fails();
    assert_eq!(outcome.failure().limit.as_deref(), Some("log-bytes"), "{}", outcome.told());
    let outcome =
        shell("start a sleep 100\nstart b sleep 100\nstart c sleep 100", root.path()).limit(Limit::Programs, 2).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    start a sleep 100 => ok
    start b sleep 100 => ok
    start c sleep 100 => ERROR limit: too many programs run at once: the limit `programs` is 2 {"help":"raise it in the step, or for all of them under `defaults`: `limits: { programs: 4 }`","limit":"programs"}
    "#);
}

#[test]
fn secrets_are_no_arguments() {
    let root = folder();
    let mut bench = shell("sh echo secret:abc", root.path());
    bench.secrets = vec![secret("secret:abc", "Token", "hunter2")];
    assert_snapshot!(bench.run().transcript(root.path()), @r#"sh echo secret:abc => ERROR invalid: argument 2 of `/bin/sh` holds a secret, which every user of the machine could read {"help":"pass it in a variable of the program's environment"}"#);
}
