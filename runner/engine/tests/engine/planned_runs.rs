//! Runs that go by a plan that was kept: what is verified before, and what is compared then.

use std::fs;
use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use serde_json::Value;
use wharf_engine::{PlanKey, PlannedRun, Unplanned};
use wharf_model::{
    Change, ChangeKind, ChangeSource, Failure, FailureCode, StepCall, StepEvent, StepObserver, TouchedPath,
};

use crate::support::{Case, Double, change};

const PROCESS: &str = "
variables:
  Root: site
  Key: { secret: { env: KEY } }
packages: { App: { from: app/, version: 1.0.0 } }
steps:
  - { id: web, uses: write-file, with: { path: \"#{Root}/a\", content: \"#{Key}\" } }
  - { id: deploy, uses: deploy-package, with: { package: App, into: release } }
  - { id: call, uses: http-request, with: { url: \"https://example.com/\" } }
  - { id: again, uses: http-request, with: { url: \"https://example.com/\" } }
";

fn case(process: &str) -> Case {
    let mut case = Case::new(process).file("app/index.html", "<h1>hello</h1>").file("site/a", "before");
    case.machine.environment.push(("KEY".into(), "a long secret".into()));
    case
}

fn key() -> PlanKey {
    PlanKey::from_text("a key for tests")
}

fn touched(case: &Case, paths: &[(&str, bool)]) -> StepEvent {
    let touched = |(path, is_new): &(&str, bool)| {
        let machine = case.path().join(path);
        TouchedPath { path: machine.display().to_string(), machine, is_new: *is_new }
    };
    StepEvent::Touched { paths: paths.iter().map(touched).collect(), is_whole: true }
}

fn withheld(target: &str) -> StepEvent {
    StepEvent::Change(Change {
        kind: ChangeKind::Other,
        source: ChangeSource::Withheld,
        target: target.into(),
        summary: String::new(),
        diff: None,
        detail: Value::Null,
    })
}

/// The plan of the case: `web` writes a file, `call` is withheld, so `again` is provisional.
fn planned(case: &Case) -> PlannedRun {
    let event = touched(case, &[("site/a", false), ("site/.a.tmp", true)]);
    let double = Double::default()
        .on("web", move |_, observer| {
            observer.event(event.clone());
            observer.event(change("/site/a"));
            Ok(())
        })
        .on("call", |_, observer| {
            observer.event(withheld("POST https://example.com/"));
            Err(Failure::new(FailureCode::Withheld, "not while planning"))
        });
    let planned = case.plan_for_run(&double, &key());
    // As it comes back from a file.
    let text = serde_json::to_string(&planned).expect("it is JSON");
    for secret in ["a long secret", "before", "hello", "POST"] {
        assert!(!text.contains(secret), "{text}");
    }
    let read = serde_json::from_str(&text).expect("it is read again");
    assert_eq!(planned, read);
    read
}

#[test]
fn a_run_goes_by_its_plan_as_long_as_all_is_as_it_was() {
    let case = case(PROCESS);
    let planned = planned(&case);
    assert_eq!(case.verify(&planned, &key()), "");
    assert!(planned.steps["web"].is_whole);
    assert!(!planned.steps["call"].is_whole, "it is partial");
    assert!(!planned.steps["again"].is_whole, "it is provisional");
}

#[test]
fn whatever_has_changed_since_the_plan_is_told() {
    let told = |change: &dyn Fn(&mut Case)| {
        let mut case = case(PROCESS);
        let planned = planned(&case);
        change(&mut case);
        case.verify(&planned, &key())
    };
    assert_snapshot!(told(&|case| fs::write(case.path().join("site/a"), "after").expect("a file")), @r"
    error[plan-outdated]: [folder]/site/a has changed since the plan was made
      = help: nothing was changed: plan again, and look at what is different
    ");
    assert_snapshot!(told(&|case| fs::write(case.path().join("site/.a.tmp"), "").expect("a file")), @r"
    error[plan-outdated]: [folder]/site/.a.tmp has changed since the plan was made
      = help: nothing was changed: plan again, and look at what is different
    ");
    assert_snapshot!(told(&|case| fs::remove_dir_all(case.path().join("site")).expect("it goes")), @r"
    error[plan-outdated]: [folder]/site/a has changed since the plan was made
      = help: nothing was changed: plan again, and look at what is different
    ");
    assert_snapshot!(told(&|case| fs::write(case.path().join("app/index.html"), "x").expect("a file")), @r"
    error[plan-outdated]: the package `App` has changed since the plan was made
      = help: nothing was changed: plan again, and look at what is different
    ");
    assert_snapshot!(told(&|case| case.machine.environment[0].1 = "another secret".into()), @r"
    error[plan-outdated]: the secret `Key` has changed since the plan was made
      = help: nothing was changed: plan again, and look at what is different
    ");
    assert_snapshot!(told(&|case| {
        let given = std::mem::replace(case, Case::new("steps: [ { uses: note } ]"));
        *case = given.given("Root", "site");
    }), @r"
    error[plan-outdated]: the variable `Root` of the command line was not there when the plan was made
      = help: nothing was changed: plan again, and look at what is different
    ");
    // Another process, or another step behind its name.
    let other = case(&PROCESS.replace("1.0.0", "1.0.1"));
    let old = case(PROCESS);
    let told = other.verify(&planned(&old), &key()).replace(&old.path().display().to_string(), "[old]");
    assert_snapshot!(told, @r"
    error[plan-outdated]: the package `App` has changed since the plan was made

    error[plan-outdated]: the process file wharf.yaml has changed since the plan was made
      = help: nothing was changed: plan again, and look at what is different
    ");
}

#[test]
fn what_a_plan_did_not_show_is_told_and_where_it_was_whole_refused() {
    let case = case(PROCESS);
    let planned = planned(&case);
    let policies: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&policies);
    let root = case.path().display().to_string();
    let ask = move |call: &StepCall, _: &dyn StepObserver| {
        let planned = call.planned.as_ref().expect("the run goes by a plan");
        let paths = ["site/a", "site/.a.tmp", "site/.a.tmp/x", "site/b", "site"];
        let allowed = paths.iter().filter(|path| planned.allows_path(&format!("{root}/{path}")));
        let effects = ["POST https://example.com/", "POST https://example.org/"];
        let effects = effects.iter().filter(|effect| planned.allows_effect(effect));
        let allowed: Vec<&str> = allowed.chain(effects).copied().collect();
        let refuses = if planned.refuses() { "refuses all but" } else { "tells of all but" };
        heard.lock().expect("no panic").push(format!("{} {refuses} {}", call.step_id, allowed.join(", ")));
        Ok(())
    };
    let double = Double::default()
        .on("web", {
            let ask = ask.clone();
            move |call, observer| {
                observer.event(change("/site/a"));
                observer.event(change("/site/b"));
                let StepEvent::Change(shown) = change("/site/a") else { unreachable!() };
                observer.event(StepEvent::Change(Change { diff: Some("+other".into()), ..shown }));
                ask(call, observer)
            }
        })
        .on("call", {
            let ask = ask.clone();
            move |call, observer| {
                observer.event(StepEvent::Unplanned { effect: "PUT https://example.com/".into() });
                ask(call, observer)
            }
        })
        .on("again", ask);
    let told = case.run_by_plan(&double, &planned, &key(), Unplanned::Fail);
    assert_snapshot!(told.text, @r"
    run 20261121-010754-3f9a in -: web, deploy, call, again App 1.0.0
    web: attempt 1
    web: + /site/a
    web: + /site/b
    web: not in the plan: + /site/b
    web: + /site/a
    web: otherwise than planned: + /site/a
    web: Succeeded after 1 attempts, 3 changes
    deploy: attempt 1
    deploy: Succeeded after 1 attempts, 0 changes
    call: attempt 1
    call: not in the plan: ! PUT https://example.com/
    call: Succeeded after 1 attempts, 0 changes
    again: attempt 1
    again: Succeeded after 1 attempts, 0 changes
    run Succeeded Counts { changed: 1, done: 0, unchanged: 3, failed: 0, skipped: 0, cancelled: 0, not_started: 0, changes: 3 }
    ");
    assert_snapshot!(policies.lock().expect("no panic").join("\n"), @r"
    web refuses all but site/a, site/.a.tmp, site/.a.tmp/x
    call tells of all but POST https://example.com/
    again tells of all but
    ");
    policies.lock().expect("no panic").clear();
    case.run_by_plan(&double, &planned, &key(), Unplanned::List);
    assert!(policies.lock().expect("no panic").iter().all(|told| told.contains("tells of all but")));
}

#[test]
fn with_another_key_nothing_is_known() {
    let case = case(PROCESS);
    let planned = planned(&case);
    assert!(case.verify(&planned, &PlanKey::random()).contains("the process file wharf.yaml has changed"));
    assert_ne!(PlanKey::random().id(), PlanKey::random().id());
    assert_eq!(format!("{:?}", key()), format!("PlanKey(\"{}\")", key().id()));
}
