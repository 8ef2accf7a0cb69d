use std::fs;

use insta::assert_snapshot;
use wharf_step::prelude::*;
use wharf_step::testing::Host;

use super::site::{FILES, TestSite};
use crate::DeployPackage;

/// A host for a later step, which sees the outputs of `web`.
fn after(web: &Host) -> Host {
    web.outputs()
        .into_iter()
        .fold(Host::new(), |host, (name, value)| host.variable(&format!("Step[web].Output.{name}"), value))
}

fn restore(site: &TestSite, web: &Host) -> String {
    site.run(&after(web), json!({"restore": "web"}))
}

#[test]
fn what_was_live_when_the_run_began_is_live_again() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    let web = site.host("1.1", FILES);
    site.run(&web, site.inputs());
    assert_snapshot!(restore(&site, &web), @"warn: 1.0 is live again instead of 1.1");
    assert_eq!(fs::read_link(site.into.join("current")).expect("it is a link").to_str(), Some("releases/1.0"));
    let before = site.fingerprint();
    assert_snapshot!(restore(&site, &web), @"info: 1.0 is live, as it was when this run began");
    assert_eq!(site.fingerprint(), before);
}

#[test]
fn a_second_attempt_still_knows_what_was_live() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    let web = site.host("1.1", FILES);
    site.run(&web, site.inputs());
    // The next attempt of the same step in the same run has the same key, and finds its own release live.
    assert_snapshot!(site.run(&web.clone().attempt(2), site.inputs()), @"info: Shop 1.1 is live already");
    assert_eq!(web.output("previous"), Some(json!("1.0")));
}

#[test]
fn where_nothing_was_live_nothing_is_restored() {
    let mut site = TestSite::new();
    let web = site.host("1.0", FILES);
    site.run(&web, site.inputs());
    assert_snapshot!(restore(&site, &web), @"info: nothing was live in <into> when this run began: there is nothing to restore");
    assert_eq!(site.read("current/index.html"), FILES[0].1);
    assert_snapshot!(restore(&site, &Host::new()), @"info: nothing to restore: `web` did not run");
}

#[test]
fn a_release_that_is_gone_is_named() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    let web = site.host("1.1", FILES);
    site.run(&web, site.inputs());
    fs::remove_dir_all(site.into.join("releases/1.0")).expect("it can be removed");
    assert_snapshot!(restore(&site, &web), @"Failed: the release 1.0, which was live when this run began, is gone");
    assert!(site.into.join("current/index.html").exists());
}

#[test]
fn outputs_are_those_of_the_restored_release() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    let web = site.host("1.1", FILES);
    site.run(&web, site.inputs());
    let host = after(&web);
    host.run::<DeployPackage>(json!({"restore": "web"})).expect("it is restored");
    assert_eq!((host.output("version"), host.output("previous")), (Some(json!("1.0")), Some(json!("1.1"))));
}

#[test]
fn what_another_run_has_deployed_since_stays_live() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    let web = site.host("1.1", FILES);
    site.run(&web, site.inputs());
    site.deploy("1.2");
    assert_snapshot!(restore(&site, &web), @"warn: 1.2 is left live: another run has deployed it since `web` made 1.1 live");
    assert_eq!(fs::read_link(site.into.join("current")).expect("it is a link").to_str(), Some("releases/1.2"));
}

#[test]
fn an_empty_id_is_refused() {
    let site = TestSite::new();
    assert_snapshot!(site.run(&Host::new(), json!({"restore": ""})), @r#"Invalid: `restore` is empty: name the id of a `deploy-package` step {"input":"/restore"}"#);
}
