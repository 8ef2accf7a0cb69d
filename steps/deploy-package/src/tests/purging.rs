use std::fs;

use insta::assert_snapshot;
use wharf_step::prelude::*;

use super::site::{FILES, TestSite};

#[test]
fn purge_removes_what_this_step_did_not_make() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    fs::create_dir_all(site.into.join("releases/by-hand/a")).expect("it can be made");
    fs::create_dir_all(site.into.join("old/deep")).expect("it can be made");
    fs::write(site.into.join("index.html"), "stray").expect("it can be written");
    let before = site.fingerprint();
    site.deploy("1.0");
    assert_eq!(site.fingerprint(), before, "nothing is removed without purge");
    let host = site.host("1.0", FILES);
    let mut inputs = site.inputs();
    inputs["purge"] = json!(true);
    assert_snapshot!(site.run(&host, inputs), @"
    info: Shop 1.0 is live already
    info: removing <into>/index.html, which this step did not make
    info: removing <into>/old, which this step did not make
    info: removing <into>/releases/by-hand, which this step did not make
    ");
    assert_snapshot!(site.tree(), @"
    current -> releases/1.0
    releases/1.0/conf/app.ini: url=http://one
    releases/1.0/index.html: <h1>Shop</h1>
    ");
}

fn purge(site: &mut TestSite, version: &str) -> String {
    let host = site.host(version, FILES);
    let mut inputs = site.inputs();
    inputs["purge"] = json!(true);
    site.run(&host, inputs)
}

#[test]
fn a_directory_that_was_never_the_steps_alone_is_not_purged() {
    let mut site = TestSite::new();
    for name in ["a", "b", "c", "d"] {
        fs::create_dir_all(site.into.join(name)).expect("it can be made");
    }
    let before = site.fingerprint();
    assert_snapshot!(purge(&mut site, "1.0"), @r#"Invalid: <into> is not purged: it holds `a`, `b`, `c` and 1 more, and was never this step's alone {"input":"/purge","help":"`purge` works where this step deployed into an empty directory: move what is there away, or deploy into another directory"}"#);
    assert_eq!(site.fingerprint(), before, "nothing is changed");
    site.deploy("1.0");
    assert_snapshot!(purge(&mut site, "1.0"), @r#"Invalid: <into> is not purged: it holds `a`, `b`, `c` and 1 more, and was never this step's alone {"input":"/purge","help":"`purge` works where this step deployed into an empty directory: move what is there away, or deploy into another directory"}"#);
    // Once it is the step's alone, what comes into it is purged.
    for name in ["a", "b", "c", "d"] {
        fs::remove_dir(site.into.join(name)).expect("it is there");
    }
    purge(&mut site, "1.1");
    fs::create_dir(site.into.join("a")).expect("it can be made");
    assert_snapshot!(purge(&mut site, "1.1"), @"
    info: Shop 1.1 is live already
    info: removing <into>/a, which this step did not make
    ");
    assert!(!site.into.join("a").exists());
}

#[test]
fn a_project_is_never_purged() {
    let at = |name: &str, content: &str| {
        let mut site = TestSite::new();
        site.deploy("1.0");
        let path = site.into.join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("it can be made");
        fs::write(&path, content).expect("it can be written");
        let said = purge(&mut site, "1.1");
        assert!(path.exists() && !site.into.join("releases/1.1").exists(), "{said}");
        said
    };
    assert_snapshot!(at("wharf.yaml", ""), @r#"Invalid: <into> is not purged: it holds wharf.yaml, so that it is somebody's work {"input":"/purge","help":"`purge` removes everything but releases: deploy into a directory of their own"}"#);
    for (name, content) in [
        ("deploy.yml", "# Shop\nwharf: 1\nsteps: []\n"),
        ("deploy.json", "{ \"wharf\": 1 }"),
        (".git/HEAD", ""),
        (".wharf/packages/Shop.1.0.zip", ""),
    ] {
        assert!(at(name, content).starts_with("Invalid: <into> is not purged"), "{name}");
    }
}

#[test]
fn what_another_run_is_working_on_is_not_purged() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    let theirs = site.into.join("releases/.1.1.other.tmp/index.html");
    fs::create_dir_all(theirs.parent().expect("it has one")).expect("it can be made");
    fs::write(&theirs, "half").expect("it can be written");
    purge(&mut site, "1.0");
    assert!(theirs.exists());
}
