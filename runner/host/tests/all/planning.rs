//! Steps in a plan: nothing leaves the sandbox, whatever a guest tries, and what it meant to do is told. That files come
//! to the same in both modes is tested with every test of files.

use std::fs;
use std::sync::Arc;

use insta::assert_snapshot;
use wharf_model::{ChangeSource, HttpPattern, HttpReadRule, NamePattern, StepEvent, StepRunner};

use crate::files::contents;
use crate::http::Server;
use crate::support::{Bench, Heard, Outcome, folder, host, secret};

/// What was withheld, a line each.
fn withheld(outcome: &Outcome) -> String {
    let changes = outcome.changes();
    let mut lines = changes.iter().filter(|change| change.source == ChangeSource::Withheld);
    let line = |change: &&&wharf_model::Change| format!("{} ({})", change.target, change.summary);
    let lines: Vec<String> = lines.by_ref().map(|change| line(&change)).collect();
    lines.join("\n")
}

#[test]
fn no_request_leaves_a_plan_and_each_is_told() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
    let url = server.url();
    let script = format!("get {url}/a?key=1\ndelete {url}/b\npost {url}/c hello\nheader {url}/d x secret:1");
    let bench = Bench::new("http").script(script).http(&url);
    let outcome = Bench { secrets: vec![secret("secret:1", "Token", "much-hidden")], ..bench }.planned().run();
    assert!(server.heads().is_empty(), "nothing was sent");
    assert_snapshot!(withheld(&outcome).replace(&url, "http://SERVER"), @"
    GET http://SERVER/a?key=1 ()
    DELETE http://SERVER/b ()
    POST http://SERVER/c (5 bytes)
    GET http://SERVER/d ()
    ");
    let requests = outcome.events.iter().filter(|event| matches!(event, StepEvent::Request { .. }));
    assert_eq!(requests.count(), 0);
    let denied = Bench::new("http").script(format!("get {url}/a")).planned().run();
    assert_snapshot!(withheld(&denied), @"");
    assert!(server.heads().is_empty(), "nothing was sent");
}

#[test]
fn no_program_starts_in_a_plan_and_each_is_told() {
    let root = folder();
    let script = "set stdout-to ROOT/output\nrun /bin/touch ROOT/canary\nset stdout-to\nsh touch ROOT/canary; echo \"a b\"\nstart slow touch ROOT/canary\nrun ls";
    let script = script.replace("ROOT", root.path().to_str().expect("it is text"));
    let bench = Bench::new("programs").script(script).program("sh", "/bin/sh").program("touch", "/bin/touch");
    let outcome = bench.write(root.path()).planned().run();
    assert_snapshot!(withheld(&outcome).replace(&root.path().display().to_string(), "ROOT"), @r#"
    /bin/touch ROOT/canary (a program, outside the sandbox)
    /bin/sh -c "touch ROOT/canary; echo "a b"" (a program, outside the sandbox)
    /bin/sh -c "touch ROOT/canary" (a program, outside the sandbox)
    "#);
    assert_eq!(contents(root.path()), "", "no program ran, and no file was made for its output");
    let programs = outcome.events.iter().filter(|event| matches!(event, StepEvent::Program { .. }));
    assert_eq!(programs.count(), 0);
}

#[test]
fn an_artifact_of_a_plan_is_told_and_not_kept() {
    let (root, kept) = (folder(), folder());
    let script = format!("write {0}/report text\nartifact {0}/report report", root.path().display());
    let bench = Bench::new("files").script(script).write(root.path());
    let outcome = Bench { artifacts: Some(kept.path().to_owned()), ..bench }.planned().run();
    assert_eq!((contents(root.path()), contents(kept.path())), (String::new(), String::new()));
    let told = StepEvent::Artifact { name: "report".into(), bytes: 4 };
    assert!(outcome.events.contains(&told), "{:?}", outcome.output("transcript"));
}

#[test]
fn steps_of_one_plan_see_each_other_and_another_plan_sees_nothing() {
    let root = folder();
    let path = root.path().display().to_string();
    let run = |runner: &dyn StepRunner, script: String| {
        let bench = Bench::new("files").script(script).write(root.path());
        let heard = Arc::new(Heard::default());
        let result = runner.run(bench.call(), heard.clone());
        Outcome::of(result, &heard).transcript(root.path())
    };
    let plan = host().begin_plan().expect("a plan");
    run(&*plan, format!("mkdirs {path}/a/b\nwrite {path}/a/b/file hello\nsymlink b {path}/a/link"));
    let seen = run(&*plan, format!("read {path}/a/link/file\nlist {path}/a\nremove-all {path}/a\nlist {path}"));
    assert_snapshot!(seen, @r#"
    read ROOT/a/link/file => "hello"
    list ROOT/a => [b/ link@]
    remove-all ROOT/a => ok
    list ROOT => []
    "#);
    let other = host().begin_plan().expect("a plan");
    assert_snapshot!(run(&*other, format!("list {path}")), @"
    list ROOT => []
    ");
    assert_eq!(fs::read_dir(root.path()).expect("it is there").count(), 0);
}

fn rule(text: &str) -> HttpReadRule {
    let parts = HttpReadRule::split(text).expect("a rule");
    HttpReadRule::new(parts.method, HttpPattern::parse(parts.address).expect("a pattern"), parts.fields)
}

#[test]
fn requests_that_a_rule_covers_are_sent_in_a_plan_and_no_others() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
    let url = server.url();
    let script = format!("get {url}/v1/a\nget {url}/v2\ndelete {url}/v1/a\npost {url}/v1/search x\nget {url}/v1?x=1");
    let mut bench = Bench::new("http").script(script).http(&url);
    bench.grants.http.allow_in_plan(rule(&format!("GET {url}/v1")));
    let outcome = bench.planned().run();
    assert_snapshot!(withheld(&outcome).replace(&url, "http://SERVER"), @"
    GET http://SERVER/v2 ()
    DELETE http://SERVER/v1/a ()
    POST http://SERVER/v1/search (1 bytes)
    ");
    let sent: Vec<String> =
        server.heads().iter().map(|head| head.lines().next().unwrap_or_default().to_owned()).collect();
    assert_eq!(sent, ["GET /v1/a HTTP/1.1", "GET /v1?x=1 HTTP/1.1"]);
    // A rule grants nothing by itself.
    let mut bench = Bench::new("http").script(format!("get {url}/v1"));
    bench.grants.http.allow_in_plan(rule(&format!("GET {url}/v1")));
    bench.planned().run();
    assert!(server.heads().is_empty());
}

#[test]
fn a_secret_is_revealed_in_a_plan_only_to_a_step_that_cannot_reach_out() {
    let reveal = |in_plan: bool| {
        let mut bench = Bench::new("contract").script("reveal secret:1");
        bench.secrets = vec![secret("secret:1", "Token", "much-hidden")];
        bench.grants.secrets = vec![NamePattern::new("Token".to_owned())];
        if in_plan {
            bench.grants.http.allow_in_plan(rule("GET https://example.com"));
        }
        let outcome = bench.planned().run();
        outcome.events.iter().any(|event| matches!(event, StepEvent::Revealed { name } if name == "Token"))
    };
    assert!(reveal(false));
    assert!(!reveal(true));
}

#[test]
fn a_program_that_is_trusted_in_a_plan_starts_with_its_first_arguments_and_in_work() {
    let root = folder();
    let script = "run echo plan it\nrun echo apply it\nset cwd ROOT\nrun echo plan it";
    let script = script.replace("ROOT", root.path().to_str().expect("it is text"));
    let mut bench = Bench::new("programs").script(script).program("echo", "/bin/echo").write(root.path());
    bench.grants.programs_in_plan.push(("echo".into(), vec!["plan".into()]));
    let outcome = bench.planned().run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    run echo plan it => code 0 ["plan it"]
    run echo apply it => ERROR withheld: the program `echo` is not started while planning
    set cwd ROOT => ok
    run echo plan it => ERROR withheld: the program `echo` is not started while planning
    "#);
    assert_snapshot!(withheld(&outcome), @"
    echo apply it (a program, outside the sandbox)
    echo plan it (a program, outside the sandbox)
    ");
    let started = outcome.events.iter().filter(|event| matches!(event, StepEvent::Program { .. }));
    assert_eq!(started.count(), 1);
}

/// What is sent of requests to a rule with a field, by their headers and bodies.
#[test]
fn a_rule_with_fields_covers_no_body_that_may_hide_others() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
    let url = server.url();
    let mut bench = Bench::new("http").http(&url);
    bench.grants.http.allow_in_plan(rule(&format!("POST {url} Action=Describe*")));
    // The guest says nothing of the kind of its body.
    let script = format!("post {url}/?Action=DescribeX Action=DeleteAll\npost {url}/ Action=DescribeX");
    let outcome = bench.script(script).planned().run();
    assert_snapshot!(withheld(&outcome).replace(&url, "http://SERVER"), @"
    POST http://SERVER/?Action=DescribeX (16 bytes)
    POST http://SERVER/ (16 bytes)
    ");
    assert!(server.heads().is_empty());
}

#[test]
fn a_new_directory_is_shown_with_what_is_in_it() {
    let root = folder();
    let path = root.path().display().to_string();
    let script = "mkdirs ROOT/new/b\nwrite ROOT/new/b/two one\\ntwo\nwrite ROOT/new/a x\nsymlink b ROOT/new/c\nwrite ROOT/new/d \0";
    let outcome = Bench::new("files").script(script.replace("ROOT", &path)).write(root.path()).planned().run();
    let [change] = outcome.changes().try_into().expect("one change");
    assert_snapshot!(change.diff.clone().unwrap_or_default(), @r"
    +++ a
    +x
    +++ b/two
    +one
    +two
    +++ c -> b
    +++ d (1 bytes)
    ");
}
