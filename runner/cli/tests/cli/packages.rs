//! What of packages needs more than a transcript: a git repository, and a cache of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use wharf_fetch::{Cache, FeedLocation, FeedSettings, NameParts, PackageNames, Transfer, Wanted, open_feed};

use crate::support::Place;

fn shown(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let text = wharf_report::redact::redact(&text, &[]);
    format!("{text}[exit {}]", output.status.code().unwrap_or(-1))
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
    let status = Command::new("git")
        .args(identity)
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("the tests need git");
    assert!(status.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&status.stderr));
}

#[test]
fn a_git_tag_is_a_version() {
    let place = Place::new();
    let work = place.work();
    fs::create_dir(work.join("app")).expect("a folder");
    fs::write(work.join("app/index.html"), "hello").expect("a file");
    let pack = |arguments: &[&str]| {
        let output = place.wharf().args(["pack", "app", "--id", "App", "--out-folder", "out"]).args(arguments).output();
        shown(&output.expect("the program can be started"))
    };
    git(&work, &["init", "--quiet"]);
    git(&work, &["add", "app"]);
    git(&work, &["commit", "--quiet", "-m", "first"]);
    insta::assert_snapshot!(pack(&["--version", "git"]), @"
    Error: no version from git: the commit that is checked out has no tag
    Hint: tag the commit (`git tag v1.2.3`), or name the version: `--version 1.2.3`
    [exit 1]
    ");
    git(&work, &["tag", "nightly"]);
    insta::assert_snapshot!(pack(&[]), @"
    Error: the package needs a version
    Hint: name it: `--version 1.2.3`
    Hint: a build server would give one: no build server was recognised by its environment variables
    Hint: so would a git tag: no tag at the commit that is checked out is a version: nightly
    [exit 64]
    ");
    git(&work, &["tag", "v1.9.0"]);
    git(&work, &["tag", "v1.10.0"]);
    insta::assert_snapshot!(pack(&[]), @"
    ✓ out/App.1.10.0.zip  1 file, 5 B → 141 B, [time]  sha256:[digest]
    version 1.10.0 from the git tag v1.10.0
    [exit 0]
    ");
    git(&work, &["commit", "--quiet", "--allow-empty", "-m", "second"]);
    insta::assert_snapshot!(pack(&["--version", "git"]), @"
    Error: no version from git: the commit that is checked out has no tag
    Hint: tag the commit (`git tag v1.2.3`), or name the version: `--version 1.2.3`
    [exit 1]
    ");
}

#[test]
fn git_ignores_what_is_not_packed() {
    let place = Place::new();
    let work = place.work();
    fs::create_dir_all(work.join("app/logs")).expect("a folder");
    fs::write(work.join("app/.gitignore"), "*.log\n!keep.log\n").expect("a file");
    for file in ["index.html", "a.log", "logs/b.log", "logs/keep.log"] {
        fs::write(work.join("app").join(file), "x").expect("a file");
    }
    let pack = ["pack", "app", "--id", "App", "--version", "1.0.0", "--gitignore", "-q"];
    let packed = place.wharf().args(pack).output().expect("the program can be started");
    insta::assert_snapshot!(shown(&packed), @"
    App.1.0.0.zip
    [exit 0]
    ");
    let diff = ["package", "diff", "App.1.0.0.zip", "app"];
    let diff = place.wharf().args(diff).output().expect("the program can be started");
    insta::assert_snapshot!(shown(&diff), @"
    change  before  after  path
    added           1 B    a.log
    added           1 B    logs/b.log
    2 added, 3 unchanged
    [exit 0]
    ");
}

/// All packages of this test are named `App.N.0.zip`.
struct Names;

impl PackageNames for Names {
    fn split<'a>(&self, file_name: &'a str) -> Option<NameParts<'a>> {
        let version = file_name.strip_prefix("App.")?.strip_suffix(".zip")?;
        Some(NameParts { id: "App", version, extension: "zip" })
    }

    fn compare(&self, one: &str, other: &str) -> std::cmp::Ordering {
        one.cmp(other)
    }
}

#[test]
fn the_cache_is_listed_and_cleaned() {
    let place = Place::new();
    let work = place.work();
    let home = work.join("cache");
    let run = |arguments: &[&str]| {
        let output = place.wharf().env("WHARF_CACHE_DIR", &home).arg("package").args(arguments).output();
        let text = shown(&output.expect("the program can be started"));
        text.replace(&work.display().to_string(), "[work]")
    };
    insta::assert_snapshot!(run(&["clean"]), @"
    nothing to remove
    [exit 0]
    ");
    assert!(!home.exists(), "looking for a cache makes none");

    let feed = work.join("feed");
    fs::create_dir(&feed).expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    let settings = FeedSettings::new("drop", FeedLocation::Folder { path: feed.clone() });
    let opened = open_feed(settings, Arc::new(Names)).expect("a feed");
    let cache = Cache::open(&home.join("packages")).expect("a cache");
    let mut held = Vec::new();
    for (version, bytes) in [("1.0", 2000), ("2.0", 3000)] {
        fs::write(feed.join(format!("App.{version}.zip")), vec![0; bytes]).expect("a file");
        let wanted = Wanted::new("App", version);
        let package = runtime.block_on(cache.acquire(&*opened, &wanted, &Transfer::default())).expect("a package");
        held.push(package);
    }
    insta::assert_snapshot!(run(&["list", "--cache"]), @"
    package  version  format  size     from
    App      1.0      zip     1.9 KiB  folder [work]/feed
    App      2.0      zip     2.9 KiB  folder [work]/feed
    [exit 0]
    ");
    insta::assert_snapshot!(run(&["clean", "--all"]), @"
    nothing to remove; 2 in use; 4.8 KiB left
    [exit 0]
    ");
    held.pop();
    insta::assert_snapshot!(run(&["clean"]), @"
    nothing to remove; 4.8 KiB left
    [exit 0]
    ");
    insta::assert_snapshot!(run(&["clean", "--all", "--output", "json"]), @r#"
    {
      "folder": "[work]/cache/packages",
      "removed": 1,
      "bytes": 3000,
      "in-use": 1,
      "left-bytes": 2000
    }
    [exit 0]
    "#);
    held.pop();
    insta::assert_snapshot!(run(&["clean", "--larger-than", "1KiB"]), @"
    removed 1 package, 1.9 KiB
    [exit 0]
    ");
    insta::assert_snapshot!(run(&["list", "--cache"]), @"
    no packages in [work]/cache/packages
    [exit 0]
    ");
}
