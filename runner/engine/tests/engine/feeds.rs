//! Packages that come from feeds: versions are decided before the schedule is made, and all are there before it runs.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, thread};

use wharf_engine::{FeedUse, PackageChoices};
use wharf_model::{CancelToken, Limits};
use wharf_package::{ArchiveLimits, FileSelection, PackRequest, pack};

use crate::support::{Case, Double, Machinery};

/// Packs a package with one file into a folder.
pub fn package(folder: &Path, id: &str, version: &str) {
    let from = tempfile::tempdir().expect("a folder");
    fs::write(from.path().join("version.txt"), version).expect("a file");
    let selection = FileSelection::all();
    let limits = ArchiveLimits::from(&Limits::default());
    fs::create_dir_all(folder).expect("a folder");
    pack(&PackRequest { out_folder: folder, ..PackRequest::new(from.path(), id, version, &selection, &limits) })
        .expect("it is packed");
}

const PROCESS: &str = "
feeds: { builds: { folder: drop/ } }
packages: { App: { feed: builds, version: \"1.*\" }, Tools: { feed: builds, id: Acme.Tools, version: 2.0.0 } }
steps:
  - { name: Deploy web, id: web, uses: deploy-package, with: { package: App, into: \"/srv/#{Wharf.Package[App].Version}\" } }
  - { name: Deploy tools, id: tools, uses: deploy-package, with: { package: Tools, into: /srv/tools } }
  - { name: Say, uses: note, with: { text: \"#{Wharf.Release.Number} and #{Octopus.Action.Package[Tools].PackageVersion}\" } }
";

/// A process with a feed in which there are packages, and a cache beside it.
fn with_feed(process: &str) -> Case {
    let mut case = Case::new(process);
    let drop = case.folder.path().join("drop");
    for version in ["1.0.0", "1.9.0", "1.10.0", "1.11.0-rc.1", "2.0.0"] {
        package(&drop, "App", version);
    }
    package(&drop, "Acme.Tools", "2.0.0");
    case.machine.package_cache = Some(case.folder.path().join("cache"));
    case
}

fn choosing(mut case: Case, choices: &[&str], default: Option<&str>) -> Case {
    case.package_choices = PackageChoices::parse(choices, default).expect("they are choices");
    case
}

/// The packages of the schedule, and what the third step says.
fn packages(case: &Case) -> String {
    let schedule = match case.resolve(None, &Double::default()) {
        Ok(schedule) => schedule,
        Err(told) => return told,
    };
    let mut text = String::new();
    for package in &schedule.packages {
        let file = &package.file;
        let read =
            wharf_package::Archive::open_named(&file.path, &file.file_name, &ArchiveLimits::from(&Limits::default()));
        let content = read.and_then(|archive| archive.read("version.txt", 0, 100)).expect("it is there");
        let digest = wharf_fetch::Sha256Digest::of_file(&file.path).expect("it is there").to_string();
        assert_eq!(
            (digest, fs::metadata(&file.path).expect("it is there").len()),
            (file.digest.clone(), package.bytes)
        );
        let content = String::from_utf8_lossy(&content).into_owned();
        text.push_str(&format!("{}: {} {}, which holds {content}\n", file.reference, file.id, file.version));
    }
    for step in &schedule.steps {
        text.push_str(&format!("{}: {}\n", step.step.name, step.inputs.clone().unwrap_or_default()));
    }
    text
}

#[test]
fn a_range_is_the_newest_release_in_it_and_is_known_to_the_steps() {
    let case = with_feed(PROCESS);
    insta::assert_snapshot!(packages(&case), @r#"
    App: App 1.10.0, which holds 1.10.0
    Tools: Acme.Tools 2.0.0, which holds 2.0.0
    Deploy web: {"package":"App","into":"/srv/1.10.0"}
    Deploy tools: {"package":"Tools","into":"/srv/tools"}
    Say: {"text":"1.10.0 and 2.0.0"}
    "#);
    insta::assert_snapshot!(case.check(), @"");
    assert!(case.folder.path().join("cache/sha256").is_dir(), "they are kept");
    let prerelease = with_feed(&PROCESS.replace("\"1.*\"", "\"1.*\", prerelease: true"));
    assert!(packages(&prerelease).contains("App 1.11.0-rc.1"), "{}", packages(&prerelease));
    let newest = with_feed(&PROCESS.replace(", version: \"1.*\"", ""));
    assert!(packages(&newest).contains("App 2.0.0"), "{}", packages(&newest));
}

#[test]
fn a_check_downloads_nothing_and_asks_no_feed() {
    let case = Case::new(&PROCESS.replace("folder: drop/", "http: \"http://127.0.0.1:1/nowhere\""));
    insta::assert_snapshot!(case.check(), @"");
    let wrong = Case::new(&PROCESS.replace("folder: drop/", "nuget: \"no address\"").replace("2.0.0", "two"));
    insta::assert_snapshot!(wrong.check(), @r#"
    error[feed]: feed builds: its address is not one: relative URL without a base
     --> wharf.yaml:4:10
      |
    4 | feeds: { builds: { nuget: "no address" } }
      |          ^^^^^^

    error[package-version]: `two` is no version: one to four numbers, then perhaps `-prerelease` and `+metadata`, such as `1.0.78-beta.2`
     --> wharf.yaml:5:100
      |
    5 | packages: { App: { feed: builds, version: "1.*" }, Tools: { feed: builds, id: Acme.Tools, version: two } }
      |                                                                                                    ^^^
    "#);
}

#[test]
fn choices_name_packages_and_steps() {
    let chosen = |choices: &[&str], default| packages(&choosing(with_feed(PROCESS), choices, default));
    let versions = |text: &str| {
        text.lines()
            .take(2)
            .map(|line| line.split_whitespace().nth(2).unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    for (choices, default, expected) in [
        (&["App:1.0.0"][..], None, ["1.0.0,", "2.0.0,"]),
        (&["deploy web=1.9.0"], None, ["1.9.0,", "2.0.0,"]),
        (&["web:App:1.9.0", "App:1.0.0"], None, ["1.9.0,", "2.0.0,"]),
        (&["*:App:1.9.0"], None, ["1.9.0,", "2.0.0,"]),
        (&["acme.tools:2.0.0"], Some("1.0.0"), ["1.0.0,", "2.0.0,"]),
        (&["Tools:2.0.0", "*:1.0.0"], None, ["1.0.0,", "2.0.0,"]),
    ] {
        let told = chosen(choices, default);
        assert_eq!(versions(&told), expected, "{choices:?}: {told}");
    }
    insta::assert_snapshot!(chosen(&["Ap:1.0.0", "Deploy:1.0"], None), @"
    error[package-choice]: `Ap:1.0.0` chooses no package of this run
      = help: did you mean `App`?

    error[package-choice]: `Deploy:1.0` chooses no package of this run
      = help: known here: `App`, `Deploy web`, `Tools`, `Acme.Tools`, `Deploy tools`
    ");
    insta::assert_snapshot!(chosen(&["App:1.10.1", "Tools:3.0"], None), @r#"
    error[unknown-version]: feed builds has no version 1.10.1 of `App`
     --> wharf.yaml:5:43
      |
    5 | packages: { App: { feed: builds, version: "1.*" }, Tools: { feed: builds, id: Acme.Tools, version: 2.0.0 } }
      |                                           ^^^^^
      = help: near it are 1.9.0, 1.10.0, 1.11.0-rc.1, 2.0.0

    error[unknown-version]: feed builds has no version 3.0 of `Acme.Tools`
     --> wharf.yaml:5:100
      |
    5 | packages: { App: { feed: builds, version: "1.*" }, Tools: { feed: builds, id: Acme.Tools, version: 2.0.0 } }
      |                                                                                                    ^^^^^
      = help: near it is 2.0.0
    "#);
    let same = PROCESS.replace("package: Tools", "package: App");
    let both = choosing(with_feed(&same), &["Deploy web:1.0.0", "Deploy tools:1.9.0"], None);
    insta::assert_snapshot!(packages(&both), @r#"
    error[package-choice]: the step `Deploy web` was given version 1.0.0 of package `App`, and the step `Deploy tools` 1.9.0
     --> wharf.yaml:5:13
      |
    5 | packages: { App: { feed: builds, version: "1.*" }, Tools: { feed: builds, id: Acme.Tools, version: 2.0.0 } }
      |             ^^^
      = help: a run has one version of each package: choose one for both
    "#);
    let refused = PackageChoices::parse(&["App", "*:x!"], Some("!")).expect_err("they are none");
    assert_eq!(refused.len(), 3);
}

#[test]
fn what_is_packed_takes_the_chosen_version_and_a_file_does_not() {
    let process = "
packages: { App: { from: content/, version: 1.0.0 }, Docs: { file: Docs.1.5.zip } }
steps:
  - { name: Web, uses: deploy-package, with: { package: App, into: /srv/web } }
  - { name: Docs, uses: deploy-package, with: { package: Docs, into: /srv/docs } }
";
    let case = || {
        let case = Case::new(process).file("content/version.txt", "mine");
        package(case.folder.path(), "Docs", "1.5");
        case
    };
    let told = packages(&choosing(case(), &["App:7.0.0", "Docs:1.5"], Some("9.0.0")));
    assert!(told.contains("App: App 7.0.0, which") && told.contains("Docs: Docs 1.5, which"), "{told}");
    assert!(packages(&choosing(case(), &[], Some("9.0.0"))).contains("App: App 9.0.0, which"));
    insta::assert_snapshot!(packages(&choosing(case(), &["Docs:2.0"], None)), @"
    error[package-choice]: version 2.0 was chosen for package `Docs`, which is a file
     --> wharf.yaml:4:54
      |
    4 | packages: { App: { from: content/, version: 1.0.0 }, Docs: { file: Docs.1.5.zip } }
      |                                                      ^^^^
      = help: its version is that of its name, 1.5: name another file
    ");
}

#[test]
fn a_version_may_come_from_the_tag_of_the_commit() {
    let process = "
packages: { App: { from: content/, version: { git: tag } } }
steps: [ { name: Web, uses: deploy-package, with: { package: App, into: \"/srv/#{Wharf.Release.Number}\" } } ]
";
    let case = |tags: &'static str| {
        let machine = Machinery::default().telling("git", |args| {
            assert_eq!(args, ["tag", "--points-at", "HEAD"]);
            Ok(tags.as_bytes().to_vec())
        });
        Case::new(process).file("content/version.txt", "mine").on(machine)
    };
    insta::assert_snapshot!(packages(&case("stable\nv1.9.0\nrelease/1.10.0\n")), @r#"
    App: App 1.10.0, which holds mine
    Web: {"package":"App","into":"/srv/1.10.0"}
    "#);
    insta::assert_snapshot!(packages(&case("stable\n")), @"
    error[git-version]: no tag of the current commit is a version: stable
     --> wharf.yaml:4:45
      |
    4 | packages: { App: { from: content/, version: { git: tag } } }
      |                                             ^^^^^^^^^^^^
      = help: tag it, such as `git tag v1.0.0`, or choose a version with `--package`
    ");
    insta::assert_snapshot!(packages(&case("")), @"
    error[git-version]: the current commit has no tag
     --> wharf.yaml:4:45
      |
    4 | packages: { App: { from: content/, version: { git: tag } } }
      |                                             ^^^^^^^^^^^^
      = help: tag it, such as `git tag v1.0.0`, or choose a version with `--package`
    ");
    let without_git = Case::new(process).file("content/version.txt", "mine");
    insta::assert_snapshot!(packages(&without_git), @"
    error[git-version]: the version comes from a git tag, and there is no program `git`
     --> wharf.yaml:4:45
      |
    4 | packages: { App: { from: content/, version: { git: tag } } }
      |                                             ^^^^^^^^^^^^
    ");
    assert_eq!(case("").check(), "");
    let chosen = choosing(case(""), &["App:3.0.0"], None);
    assert!(packages(&chosen).contains("App 3.0.0"));
}

#[test]
fn all_that_cannot_be_had_is_told_at_once() {
    let process = PROCESS.replace("\"1.*\"", "\"[3.0,4.0)\"").replace("Acme.Tools", "Acme.Tool");
    insta::assert_snapshot!(packages(&with_feed(&process)), @r#"
    error[unknown-version]: feed builds has no version of `App` in [3.0,4.0)
     --> wharf.yaml:5:43
      |
    5 | packages: { App: { feed: builds, version: "[3.0,4.0)" }, Tools: { feed: builds, id: Acme.Tool, version: 2.0.0 } }
      |                                           ^^^^^^^^^^^
      = help: it has 2.0.0, 1.11.0-rc.1, 1.10.0, 1.9.0 and 1 older

    error[unknown-version]: feed builds has no package `Acme.Tool`
     --> wharf.yaml:5:105
      |
    5 | packages: { App: { feed: builds, version: "[3.0,4.0)" }, Tools: { feed: builds, id: Acme.Tool, version: 2.0.0 } }
      |                                                                                                         ^^^^^
    "#);
    let exact = PROCESS.replace("\"1.*\"", "1.9.5").replace("2.0.0", "2.0.1");
    insta::assert_snapshot!(packages(&with_feed(&exact)), @"
    error[unknown-version]: feed builds has no version 1.9.5 of `App`
     --> wharf.yaml:5:43
      |
    5 | packages: { App: { feed: builds, version: 1.9.5 }, Tools: { feed: builds, id: Acme.Tools, version: 2.0.1 } }
      |                                           ^^^^^
      = help: near it are 1.0.0, 1.9.0, 1.10.0, 1.11.0-rc.1; the newest is 2.0.0

    error[unknown-version]: feed builds has no version 2.0.1 of `Acme.Tools`
     --> wharf.yaml:5:100
      |
    5 | packages: { App: { feed: builds, version: 1.9.5 }, Tools: { feed: builds, id: Acme.Tools, version: 2.0.1 } }
      |                                                                                                    ^^^^^
      = help: near it is 2.0.0
    ");
    let nowhere = Case::new(&PROCESS.replace("drop/", "lost/"));
    insta::assert_snapshot!(packages(&nowhere), @r#"
    error[feed]: package `App` cannot be had: feed builds: the directory is not there ([folder]/lost)
     --> wharf.yaml:5:13
      |
    5 | packages: { App: { feed: builds, version: "1.*" }, Tools: { feed: builds, id: Acme.Tools, version: 2.0.0 } }
      |             ^^^

    error[feed]: package `Tools` cannot be had: feed builds: the directory is not there ([folder]/lost)
     --> wharf.yaml:5:52
      |
    5 | packages: { App: { feed: builds, version: "1.*" }, Tools: { feed: builds, id: Acme.Tools, version: 2.0.0 } }
      |                                                    ^^^^^
    "#);
    let mut broken = with_feed(PROCESS);
    fs::write(broken.folder.path().join("drop/App.1.10.0.zip"), "PK no zip").expect("a file");
    insta::assert_snapshot!(packages(&broken), @r#"
    error[bad-package]: package `App.1.10.0.zip` of feed builds: is no intact zip archive: it has no directory at its end
     --> wharf.yaml:5:13
      |
    5 | packages: { App: { feed: builds, version: "1.*" }, Tools: { feed: builds, id: Acme.Tools, version: 2.0.0 } }
      |             ^^^
    "#);
    broken.machine.package_cache = None;
    insta::assert_snapshot!(packages(&broken), @"
    error[package-cache]: there is no place to keep packages that are downloaded
      = help: `WHARF_CACHE_DIR` names a folder for them
    ");
    // What is wrong with the process is told before any feed is asked.
    let typo = with_feed(&PROCESS.replace("/srv/tools", "\"#{Lost}\""));
    insta::assert_snapshot!(packages(&typo), @r##"
    error[unresolved-variable]: there is no variable `Lost`
     --> wharf.yaml:8:91
      |
    8 |   - { name: Deploy tools, id: tools, uses: deploy-package, with: { package: Tools, into: "#{Lost}" } }
      |                                                                                           ^^^^^^^
      = help: add it under `variables:`, or give it with `--variable 'Lost=…'`
    "##);
}

#[test]
fn what_no_step_uses_is_not_asked_for() {
    let case = with_feed(&format!(
        "{}\n",
        PROCESS
            .replace("2.0.0 }", "\"9.*\" }")
            .replace("uses: deploy-package, with: { package: Tools, into: /srv/tools }", "disabled: true, uses: note")
            .replace(" and #{Octopus.Action.Package[Tools].PackageVersion}", "")
    ));
    insta::assert_snapshot!(packages(&case), @r#"
    App: App 1.10.0, which holds 1.10.0
    Deploy web: {"package":"App","into":"/srv/1.10.0"}
    Deploy tools: {}
    Say: {"text":"1.10.0"}
    "#);
}

/// A server that knows a few paths and keeps what it was asked.
struct Server {
    address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers the bytes of these paths; to others 404. With `password`, whoever has no `Authorization` header gets 401.
    fn start(paths: Vec<(String, Vec<u8>)>, password: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let hears = Arc::clone(&heard);
        let own = address.clone();
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|length| length == 1) {
                    request.push(byte[0]);
                }
                let request = String::from_utf8_lossy(&request).into_owned();
                let mut words = request.split_whitespace();
                let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                hears.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{method} {path}"));
                let known = paths.iter().find(|(known, _)| known == path);
                let is_known_user = !password || request.to_lowercase().contains("authorization: basic");
                let (status, body) = match known {
                    _ if !is_known_user => ("401 Unauthorized", Vec::new()),
                    Some((_, body)) if body.starts_with(b"{") => {
                        ("200 OK", String::from_utf8_lossy(body).replace("HERE", &own).into_bytes())
                    }
                    Some((_, body)) => ("200 OK", body.clone()),
                    None => ("404 Not Found", Vec::new()),
                };
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                let body = if method == "HEAD" { &[][..] } else { &body };
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
            }
        });
        Self { address, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A NuGet feed with two versions of one package.
fn nuget(password: bool) -> Server {
    let folder = tempfile::tempdir().expect("a folder");
    package(folder.path(), "App", "1.10.0");
    let bytes = fs::read(folder.path().join("App.1.10.0.zip")).expect("it is there");
    let index = r#"{"version":"3.0.0","resources":[{"@id":"HERE/flat/","@type":"PackageBaseAddress/3.0.0"}]}"#;
    let paths = vec![
        ("/index.json".to_owned(), index.into()),
        ("/flat/app/index.json".to_owned(), br#"{"versions":["1.9.0","1.10.0","2.0.0-rc"]}"#.to_vec()),
        ("/flat/app/1.10.0/app.1.10.0.nupkg".to_owned(), bytes),
    ];
    Server::start(paths, password)
}

fn of_nuget(server: &Server, more: &str) -> Case {
    let process = format!(
        "
feeds: {{ builds: {{ nuget: \"{}/index.json\"{more} }} }}
packages: {{ App: {{ feed: Builds }} }}
steps: [ {{ name: Web, uses: deploy-package, with: {{ package: app, into: /srv }} }} ]
",
        server.address
    );
    let mut case = Case::new(&process);
    case.machine.package_cache = Some(case.folder.path().join("cache"));
    case
}

#[test]
fn a_nuget_feed_is_asked_once_for_what_does_not_change() {
    let server = nuget(false);
    let case = of_nuget(&server, "");
    insta::assert_snapshot!(packages(&case), @r#"
    App: App 1.10.0, which holds 1.10.0
    Web: {"package":"App","into":"/srv"}
    "#);
    let asked = |server: &Server| server.heard().iter().filter(|asked| asked.ends_with(".nupkg")).count();
    let before = asked(&server);
    packages(&case);
    assert_eq!(asked(&server), before, "the cache has it: {:?}", server.heard());
}

#[test]
fn feeds_are_asked_with_secrets_that_nobody_sees() {
    let server = nuget(true);
    let who = ", user: me, password: { secret: { env: PW } }, key: { secret: { env: PUSH_KEY } }";
    let case = of_nuget(&server, who);
    insta::assert_snapshot!(packages(&case).replace(&server.address, "[server]"), @r#"
    error[secret-not-set]: the secret `password of feed builds` is not set
     --> wharf.yaml:4:94
      |
    4 | feeds: { builds: { nuget: "[server]/index.json", user: me, password: { secret: { env: PW } }, key: { secret: { env: PUSH_KEY } } } }
      |                                                                                              ^^^^^^^^^^^
      = help: set the environment variable PW, such as `PW=… wharf run`
    "#);
    let mut case = of_nuget(&server, who);
    case.machine = std::mem::take(&mut case.machine).with("PW", "hunter2-password");
    let schedule = case.resolve(None, &Double::default()).expect("it is right");
    assert!(schedule.secrets.iter().any(|secret| secret.value == "hunter2-password"), "it is masked in the run");
    let wrong = of_nuget(&server, "");
    insta::assert_snapshot!(packages(&wrong).replace(&server.address, "[server]"), @"
    error[feed]: package `App` cannot be had: feed builds: [server]/index.json answered 401 for the service index; give credentials for feed builds
     --> wharf.yaml:5:13
      |
    5 | packages: { App: { feed: Builds } }
      |             ^^^
    ");
    // Who pushes needs the key as well.
    let key = case.feed_settings("builds", FeedUse::Push).expect_err("there is no key");
    insta::assert_snapshot!(key.replace(&server.address, "[server]"), @r#"
    error[secret-not-set]: the secret `key of feed builds` is not set
     --> wharf.yaml:4:124
      |
    4 | feeds: { builds: { nuget: "[server]/index.json", user: me, password: { secret: { env: PW } }, key: { secret: { env: PUSH_KEY } } } }
      |                                                                                                                            ^^^^^^^^^^^^^^^^^
      = help: set the environment variable PUSH_KEY, such as `PUSH_KEY=… wharf run`
    "#);
    let settings = case.feed_settings("BUILDS", FeedUse::Read).expect("it is right");
    assert!(!format!("{settings:?}").contains("hunter2"), "{settings:?}");
    insta::assert_snapshot!(case.feed_settings("build", FeedUse::Push).expect_err("there is none"), @"
    error[unknown-feed]: there is no feed `build`
      = help: did you mean `builds`?
    ");
}

#[test]
fn a_cancel_ends_the_talk_with_feeds() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let cancel = CancelToken::new();
    let cancels = cancel.clone();
    // Whoever asks here gets no answer, but the run is cancelled.
    let server = thread::spawn(move || {
        let asked = listener.accept().expect("somebody asks");
        cancels.cancel();
        asked
    });
    let process = format!("environments: [Dev]\n{}", PROCESS.replace("folder: drop/", &format!("http: \"{address}\"")));
    let case = Case::new(&process);
    let told = case.resolve_until("Dev", &cancel).expect_err("it was cancelled");
    insta::assert_snapshot!(told, @"error[cancelled]: the run was cancelled before it began; nothing was changed");
    drop(server.join());
}
