//! Runs that go by a plan: what it did not show is refused before it happens, or told. That a run is not refused what its
//! own plan showed is tested with every test of files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use insta::assert_snapshot;
use wharf_model::{ChangeSource, PlannedEffects, StepEvent};

use crate::files::contents;
use crate::http::Server;
use crate::support::{Bench, Outcome, folder};

/// What a plan showed, as its events say it.
#[derive(Default)]
pub(crate) struct Shown {
    refuses: bool,
    touched: BTreeMap<String, bool>,
    effects: Vec<String>,
}

impl Shown {
    pub(crate) fn of(events: &[StepEvent], refuses: bool) -> Self {
        let mut shown = Self { refuses, ..Self::default() };
        for event in events {
            match event {
                StepEvent::Touched { paths, is_whole } => {
                    assert!(is_whole, "no test touches too much");
                    shown.touched.extend(paths.iter().map(|touched| (touched.path.clone(), touched.is_new)));
                }
                StepEvent::Change(change) if change.source == ChangeSource::Withheld => {
                    shown.effects.push(change.effect());
                }
                _ => {}
            }
        }
        shown
    }
}

impl PlannedEffects for Shown {
    fn refuses(&self) -> bool {
        self.refuses
    }

    fn allows_path(&self, path: &str) -> bool {
        let mut above = Path::new(path).ancestors().skip(1).filter_map(Path::to_str);
        self.touched.contains_key(path) || above.any(|above| self.touched.get(above) == Some(&true))
    }

    fn allows_effect(&self, effect: &str) -> bool {
        self.effects.iter().any(|shown| shown == effect)
    }
}

/// The bench, by the plan of another script.
fn by_plan_of(script: &str, bench: &Bench, refuses: bool) -> Bench {
    let plan = bench.clone().script(script).planned().run();
    Bench { planned: Some(Arc::new(Shown::of(&plan.events, refuses))), ..bench.clone() }
}

fn unplanned(outcome: &Outcome) -> Vec<String> {
    let told = outcome.events.iter().filter_map(|event| match event {
        StepEvent::Unplanned { effect } => Some(effect.clone()),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_file_that_the_plan_did_not_show_is_not_changed() {
    let root = folder();
    let path = root.path().display().to_string();
    std::fs::write(root.path().join("old"), "old").expect("a file");
    let bench = Bench::new("files").write(root.path());
    let by_plan = by_plan_of(&format!("write {path}/shown x\nmkdir {path}/new"), &bench, true);
    let script = "write ROOT/shown x\nmkdir ROOT/new\nwrite ROOT/new/below x\nwrite ROOT/other x\nremove ROOT/old\n\
                  rename ROOT/old ROOT/moved\nchmod ROOT/old 600\nlink ROOT/old ROOT/new/link\nread ROOT/old\n\
                  mkdirs ROOT/a/b\nsymlink x ROOT/link\ntruncate ROOT/old 0\nappend ROOT/old x";
    let outcome = by_plan.clone().script(script.replace("ROOT", &path)).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    write ROOT/shown x => ok
    mkdir ROOT/new => ok
    write ROOT/new/below x => ok
    write ROOT/other x => ERROR Operation not permitted (os error 63)
    remove ROOT/old => ERROR Operation not permitted (os error 63)
    rename ROOT/old ROOT/moved => ERROR Operation not permitted (os error 63)
    chmod ROOT/old 600 => ERROR withheld: a change of ROOT/old is not in the plan {"help":"plan again and look at it, or let `--unplanned list` go on and tell"}
    link ROOT/old ROOT/new/link => ERROR Operation not permitted (os error 63)
    read ROOT/old => "old"
    mkdirs ROOT/a/b => ERROR Operation not permitted (os error 63)
    symlink x ROOT/link => ERROR not-permitted
    truncate ROOT/old 0 => ERROR Operation not permitted (os error 63)
    append ROOT/old x => ERROR Operation not permitted (os error 63)
    "#);
    assert_snapshot!(contents(root.path()), @r"
    new/
    new/below: x
    old: old
    shown: x
    ");
    let outcome = by_plan.script(format!("!write {path}/other x")).fails();
    assert_snapshot!(outcome.told().replace(&path, "ROOT"), @r"
    withheld: a change of ROOT/other is not in the plan
    help: plan again and look at it, or let `--unplanned list` go on and tell
    ");
}

#[test]
fn a_request_that_the_plan_did_not_show_is_not_sent_or_is_told() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
    let url = server.url();
    let bench = Bench::new("http").http(&url);
    let shown = format!("post {url}/shown?x=1 a\ndelete {url}/a");
    let script = format!("post {url}/shown?x=1 b\nget {url}/read\npost {url}/shown?x=2 b\ndelete {url}/b");
    let sent = || -> Vec<String> {
        server.heads().iter().map(|head| head.lines().next().unwrap_or_default().to_owned()).collect()
    };
    let outcome = by_plan_of(&shown, &bench, true).script(&*script).run();
    assert_eq!(sent(), ["POST /shown?x=1 HTTP/1.1", "GET /read HTTP/1.1"]);
    assert_eq!(unplanned(&outcome), [""; 0]);
    let refused = outcome.events.iter().filter_map(|event| match event {
        StepEvent::Request { method, error: Some(error), .. } => Some(format!("{method}: {error}")),
        _ => None,
    });
    assert_snapshot!(refused.collect::<Vec<_>>().join("\n").replace(&url, "http://SERVER"), @r"
    POST: the request POST http://SERVER/shown is not in the plan
    DELETE: the request DELETE http://SERVER/b is not in the plan
    ");
    let outcome = by_plan_of(&shown, &bench, false).script(&*script).run();
    assert_eq!(sent().len(), 4);
    assert_snapshot!(unplanned(&outcome).join("\n").replace(&url, "http://SERVER"), @r"
    POST http://SERVER/shown?x=2
    DELETE http://SERVER/b
    ");
}

#[test]
fn a_program_that_the_plan_did_not_show_is_not_started_or_is_told() {
    let root = folder();
    let path = root.path().display().to_string();
    let bench = Bench::new("programs").program("touch", "/usr/bin/touch").write(root.path());
    let shown = format!("run touch {path}/shown");
    let script = format!("run touch {path}/shown\nrun touch {path}/other");
    let outcome = by_plan_of(&shown, &bench, true).script(&*script).run();
    assert_snapshot!(outcome.transcript(root.path()), @r#"
    run touch ROOT/shown => code 0
    run touch ROOT/other => ERROR withheld: the program `touch ROOT/other` is not in the plan {"help":"plan again and look at it, or let `--unplanned list` go on and tell"}
    "#);
    assert_eq!(contents(root.path()).lines().count(), 1);
    let outcome = by_plan_of(&shown, &bench, false).script(&*script).run();
    assert_snapshot!(unplanned(&outcome).join("\n").replace(&path, "ROOT"), @r"touch ROOT/other");
    assert_eq!(contents(root.path()).lines().count(), 2);
}
