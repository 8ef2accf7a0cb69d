use std::fs;

use insta::assert_snapshot;
use wharf_step::prelude::*;

use super::site::{FILES, TestSite};

#[test]
fn a_second_run_touches_nothing() {
    let mut site = TestSite::new();
    assert_snapshot!(site.deploy("1.0.78"), @"
    info: extracted 2 files of Shop 1.0.78
    info: evaluated the tokens of conf/app.ini
    info: Shop 1.0.78 is live
    ");
    assert_snapshot!(site.tree(), @"
    current -> releases/1.0.78
    releases/1.0.78/conf/app.ini: url=http://one
    releases/1.0.78/index.html: <h1>Shop</h1>
    ");
    let before = site.fingerprint();
    assert_snapshot!(site.deploy("1.0.78"), @"info: Shop 1.0.78 is live already");
    assert_eq!(site.fingerprint(), before);
}

#[test]
fn outputs_say_what_is_live_and_what_was() {
    let mut site = TestSite::new();
    site.deploy("1.0.77");
    let host = site.host("1.0.78", FILES);
    site.run(&host, site.inputs());
    let outputs = serde_json::to_string_pretty(&host.outputs()).expect("they are JSON");
    assert_snapshot!(outputs.replace(site.into.to_str().expect("the path is UTF-8"), "<into>"), @r#"
    {
      "files": 2,
      "into": "<into>",
      "path": "<into>/current",
      "previous": "1.0.77",
      "release": "<into>/releases/1.0.78",
      "version": "1.0.78"
    }
    "#);
}

#[test]
fn changed_variables_make_a_new_release_and_leave_the_live_one_alone() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    let host = site.host("1.0", FILES).variable("Url", "http://two");
    assert_snapshot!(site.run(&host, site.inputs()), @"
    info: the live release 1.0 is deployed anew: conf/app.ini is not as it should be
    info: extracted 2 files of Shop 1.0
    info: evaluated the tokens of conf/app.ini
    info: Shop 1.0 is live; before it was 1.0
    ");
    assert_snapshot!(site.tree(), @"
    current -> releases/1.0_1
    releases/1.0/conf/app.ini: url=http://one
    releases/1.0/index.html: <h1>Shop</h1>
    releases/1.0_1/conf/app.ini: url=http://two
    releases/1.0_1/index.html: <h1>Shop</h1>
    ");
    let host = site.host("1.0", FILES).variable("Url", "http://six");
    let inputs = json!({"package": "Shop", "into": site.into});
    assert_snapshot!(site.run(&host, inputs), @"
    info: the live release 1.0_1 is deployed anew: conf/app.ini is not as it should be
    debug: the release 1.0 cannot be used again: conf/app.ini is not as it should be
    info: extracted 2 files of Shop 1.0
    info: Shop 1.0 is live; before it was 1.0_1
    ");
    assert_eq!(site.read("current/conf/app.ini"), "url=#{Url}\r\n");
}

#[test]
fn another_package_of_the_same_version_is_another_release() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    let host = site.host("1.0", &[("index.html", "<h1>Shop!</h1")]);
    assert_snapshot!(site.run(&host, site.inputs()), @"
    warn: no file of Shop matches `**/*.ini`
    info: extracted 1 file of Shop 1.0
    info: Shop 1.0 is live; before it was 1.0
    ");
    assert_eq!(site.read("current/index.html"), "<h1>Shop!</h1");
}

#[test]
fn an_older_version_that_is_still_there_is_used_again() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    site.deploy("1.1");
    let pages = fs::metadata(site.into.join("releases/1.0/index.html")).and_then(|page| page.modified());
    assert_snapshot!(site.deploy("1.0"), @"
    info: Shop 1.0 is there already, in <into>/releases/1.0
    info: Shop 1.0 is live; before it was 1.1
    ");
    let again = fs::metadata(site.into.join("current/index.html")).and_then(|page| page.modified());
    assert_eq!(again.expect("it is there"), pages.expect("it is there"));
}

#[test]
fn old_releases_are_removed() {
    let mut site = TestSite::new();
    for version in ["1.0", "1.1", "1.2"] {
        site.deploy(version);
    }
    assert_snapshot!(site.deploy("1.3"), @"
    info: extracted 2 files of Shop 1.3
    info: evaluated the tokens of conf/app.ini
    info: Shop 1.3 is live; before it was 1.2
    info: removed the old release 1.0
    ");
    let host = site.host("1.3", FILES);
    let mut inputs = site.inputs();
    inputs["keep"] = json!(1);
    assert_snapshot!(site.run(&host, inputs.clone()), @"
    info: Shop 1.3 is live already
    info: removed the old release 1.1
    info: removed the old release 1.2
    ");
    let host = site.host("1.4", FILES);
    site.run(&host, inputs);
    assert_snapshot!(site.tree(), @"
    current -> releases/1.4
    releases/1.3/conf/app.ini: url=http://one
    releases/1.3/index.html: <h1>Shop</h1>
    releases/1.4/conf/app.ini: url=http://one
    releases/1.4/index.html: <h1>Shop</h1>
    ");
}

#[test]
fn unresolved_tokens_are_refused_before_anything_is_written() {
    let mut site = TestSite::new();
    let files = &[("a.ini", "x=#{Url}"), ("b.ini", "y=#{Nmae}\n"), ("c.ini", "\u{feff}z=1")];
    let host = site.host("1.0", files);
    assert_snapshot!(site.run(&host, site.inputs()), @r#"Invalid: cannot evaluate b.ini of Shop: `#{Nmae}` cannot be evaluated: there is no such variable {"input":"/substitute"}"#);
    assert!(!site.into.exists());
    let mut inputs = site.inputs();
    inputs["lenient"] = json!(true);
    inputs["substitute"] = json!(["*.ini", "*.json"]);
    assert_snapshot!(site.run(&host, inputs), @"
    warn: no file of Shop matches `*.json`
    info: extracted 3 files of Shop 1.0
    info: evaluated the tokens of a.ini
    info: Shop 1.0 is live
    ");
    assert_snapshot!(site.tree(), @"
    current -> releases/1.0
    releases/1.0/a.ini: x=http://one
    releases/1.0/b.ini: y=#{Nmae}
    releases/1.0/c.ini: ﻿z=1
    ");
}

#[test]
fn what_is_not_text_is_left_alone() {
    let mut site = TestSite::new();
    let binary = b"\x7fELF\0#{Url}".to_vec();
    let host = site.host("1.0", &[]).package_of_bytes("Shop", "1.0", vec![("tool.ini".into(), binary.clone())]);
    assert_snapshot!(site.run(&host, site.inputs()), @"
    debug: tool.ini is left alone: it is not text
    info: extracted 1 file of Shop 1.0
    info: Shop 1.0 is live
    ");
    assert_eq!(fs::read(site.into.join("current/tool.ini")).expect("it is there"), binary);
}

#[test]
fn something_else_that_is_called_current_is_not_replaced() {
    let mut site = TestSite::new();
    fs::create_dir_all(site.into.join("current")).expect("it can be made");
    assert_snapshot!(site.deploy("1.0"), @r#"Failed: <into>/current is no link: something else than this step made it {"help":"move it out of the way, or deploy into another directory"}"#);
    fs::remove_dir(site.into.join("current")).expect("it is empty");
    std::os::unix::fs::symlink("/srv/elsewhere", site.into.join("current")).expect("it can be made");
    assert_snapshot!(site.deploy("1.0"), @r#"Failed: <into>/current points to /srv/elsewhere, which is none of its releases {"help":"move it out of the way, or deploy into another directory"}"#);
}

#[test]
fn versions_that_are_no_names_and_half_inputs_are_refused() {
    let mut site = TestSite::new();
    assert_snapshot!(site.deploy("../../etc"), @"Invalid: the version `../../etc` cannot be the name of a directory");
    assert_snapshot!(site.deploy(".."), @"Invalid: the version `..` cannot be the name of a directory");
    let host = site.host("1.0", FILES);
    assert_snapshot!(site.run(&host, json!({"package": "Shop"})), @r#"Invalid: give either `package` and `into`, or `restore` {"input":"/package"}"#);
    assert_snapshot!(site.run(&host, json!({"package": "Shop", "into": site.into, "restore": "web"})), @r#"Invalid: give either `package` and `into`, or `restore` {"input":"/package"}"#);
    assert!(!site.into.exists());
}

#[test]
fn a_state_that_cannot_be_understood_is_said_and_written_anew() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    let state = site.into.join(".wharf/deploy.json");
    fs::write(&state, "{").expect("it can be written");
    assert_snapshot!(site.deploy("1.0"), @"
    warn: <into>/.wharf/deploy.json cannot be understood and is written anew (EOF while parsing an object at line 1 column 1)
    info: extracted 2 files of Shop 1.0
    info: evaluated the tokens of conf/app.ini
    info: Shop 1.0 is live; before it was 1.0
    ");
    fs::write(&state, r#"{"format": 2, "releases": {}, "run": null}"#).expect("it can be written");
    assert_snapshot!(site.deploy("1.0"), @r#"Failed: <into>/.wharf/deploy.json was written by a newer version of this step {"help":"update Wharf, or deploy into another directory"}"#);
}

#[test]
fn a_directory_is_neither_empty_nor_secret() {
    let mut site = TestSite::new();
    let host = site.host("1.0", FILES);
    assert_snapshot!(site.run(&host, json!({"package": "Shop", "into": ""})), @r#"Invalid: `into` is empty {"input":"/into"}"#);
    let secret = site.into.join("secret:0123456789abcdef0123456789abcdef");
    assert_snapshot!(site.run(&host, json!({"package": "Shop", "into": secret})), @r#"Invalid: a secret stands in `into`, and paths are shown to everybody {"input":"/into","help":"use a variable that is not sensitive"}"#);
    assert!(!site.into.exists());
}
