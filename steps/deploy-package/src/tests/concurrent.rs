use std::fs::{self, File};
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;
use wharf_step::prelude::*;
use wharf_step::testing::Host;

use super::site::{FILES, TestSite};
use crate::DeployPackage;

const COUNT: usize = 60;

/// Deploys in a thread of its own, which is a run of its own; tries again as a step's `retry` would.
fn deploy(into: &Path, version: &str, key: &str) {
    let files: Vec<(String, Vec<u8>)> =
        (0..COUNT).map(|index| (format!("{index}.txt"), format!("{version} #{{Url}}").into_bytes())).collect();
    let host = Host::new().package_of_bytes("Shop", version, files).variable("Url", "/").idempotency_key(key);
    let inputs = json!({"package": "Shop", "into": into, "substitute": ["1*.txt"]});
    loop {
        match host.run::<DeployPackage>(inputs.clone()) {
            Ok(()) => return,
            // The double of the host does not really wait for the lock.
            Err(error) if error.code() == ErrorCode::Transient => thread::yield_now(),
            Err(error) => panic!("{version}: {error:?}"),
        }
    }
}

/// What is wrong with a release.
fn check(release: &Path) {
    let live = fs::canonicalize(release).expect("it is there");
    let name = live.file_name().and_then(|name| name.to_str()).expect("it has a name");
    let version = name.split('_').next().expect("it has a version");
    for index in 0..COUNT {
        let text = fs::read_to_string(live.join(format!("{index}.txt"))).expect("the release is complete");
        let url = if index.to_string().starts_with('1') { "/" } else { "#{Url}" };
        assert_eq!(text, format!("{version} {url}"), "{name}");
    }
}

fn at_once(into: &Path, runs: &[(&str, String)]) {
    let barrier = Barrier::new(runs.len());
    thread::scope(|scope| {
        for (version, key) in runs {
            let barrier = &barrier;
            scope.spawn(move || {
                barrier.wait();
                deploy(into, version, key);
            });
        }
    });
}

#[test]
fn runs_at_once_leave_whole_releases_and_forget_none() {
    let site = TestSite::new();
    for round in 0..5 {
        let versions = [format!("{round}.1"), format!("{round}.2"), format!("{round}.3")];
        let runs: Vec<_> = versions.iter().map(|version| (version.as_str(), format!("run{version}"))).collect();
        at_once(&site.into, &runs);
        check(&site.into.join("current"));
        let state: Value = serde_json::from_str(&site.read(".wharf/deploy.json")).expect("it is JSON");
        let known: Vec<&String> = state["releases"].as_object().expect("there are some").keys().collect();
        let mut there = Vec::new();
        for entry in fs::read_dir(site.into.join("releases")).expect("it is there").flatten() {
            check(&entry.path());
            there.push(entry.file_name().into_string().expect("the name is UTF-8"));
        }
        there.sort();
        assert_eq!(known, there.iter().collect::<Vec<_>>(), "what is there is known, and nothing is left over");
        assert!(!site.into.join(".wharf/deploy.lock").exists());
    }
}

#[test]
fn runs_of_the_same_version_at_once_share_the_release() {
    let site = TestSite::new();
    let runs: Vec<_> = (0..3).map(|run| ("1.0", format!("run{run}"))).collect();
    at_once(&site.into, &runs);
    check(&site.into.join("current"));
    let names: Vec<_> = fs::read_dir(site.into.join("releases")).expect("it is there").flatten().collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn what_another_run_is_working_on_stays_unless_it_is_a_day_old() {
    let mut site = TestSite::new();
    let [fresh, old] = ["releases/.2.0.other.tmp", "releases/.1.9.another.tmp"].map(|name| site.into.join(name));
    for path in [&fresh, &old] {
        fs::create_dir_all(path).expect("it can be made");
    }
    let yesterday = SystemTime::now() - Duration::from_secs(25 * 60 * 60);
    File::open(&old).and_then(|old| old.set_modified(yesterday)).expect("its time can be set");
    site.deploy("1.0");
    assert!(fresh.exists() && !old.exists());
}

#[test]
fn a_lock_is_waited_for_and_outlived() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    let lock = site.into.join(".wharf/deploy.lock");
    fs::write(&lock, r#"{"run": "another", "since": 0}"#).expect("it can be written");
    assert_snapshot!(site.deploy("1.0"), @"info: Shop 1.0 is live already");
    assert_snapshot!(site.deploy("1.1"), @r#"
    info: extracted 2 files of Shop 1.1
    info: evaluated the tokens of conf/app.ini
    Transient: another run deploys into <into> {"help":"try again when it has ended; if there is none, remove <into>/.wharf/deploy.lock","retry-after-ms":5000}
    "#);
    assert_snapshot!(site.tree(), @"
    current -> releases/1.0
    releases/1.0/conf/app.ini: url=http://one
    releases/1.0/index.html: <h1>Shop</h1>
    ");
    // Killed between creating it and writing into it.
    File::create(&lock)
        .and_then(|lock| lock.set_modified(SystemTime::now() - Duration::from_secs(60)))
        .expect("its time can be set");
    assert_snapshot!(site.deploy("1.1"), @"
    info: extracted 2 files of Shop 1.1
    info: evaluated the tokens of conf/app.ini
    warn: <into>/.wharf/deploy.lock was left by a run that was cut off
    info: Shop 1.1 is live; before it was 1.0
    ");
    assert!(!lock.exists());
}

#[test]
fn a_failed_extraction_leaves_nothing() {
    let site = TestSite::new();
    // A file where another file's directory would have to be.
    let files = vec![("a".to_owned(), vec![1]), ("a/b".to_owned(), vec![2])];
    let host = Host::new().package_of_bytes("Shop", "1.0", files);
    let said = site.run(&host, site.inputs());
    assert!(said.contains("Failed: cannot extract Shop 1.0 into <into>/releases/."), "{said}");
    assert_eq!(fs::read_dir(site.into.join("releases")).expect("it is there").count(), 0);
    site.run(&Host::new().package("Shop", "1.0", FILES).variable("Url", "/"), site.inputs());
    assert_eq!(site.read("current/index.html"), FILES[0].1);
}

#[test]
fn a_file_in_the_way_is_named() {
    let site = TestSite::new();
    fs::write(&site.into, "a file").expect("it can be written");
    let said = site.run(&Host::new().package("Shop", "1.0", FILES).variable("Url", "/"), site.inputs());
    assert!(said.starts_with("Failed: cannot extract Shop 1.0 into <into>/releases/."), "{said}");
    assert!(said.contains("a part of the path is a file"), "{said}");
    assert_eq!(fs::read_to_string(&site.into).expect("it is there"), "a file");
}
