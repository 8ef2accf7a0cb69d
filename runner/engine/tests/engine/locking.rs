//! What is recorded of a process, and what a run says where that differs.

use std::fs;

use insta::assert_snapshot;
use serde_json::json;
use wharf_engine::UpdateScope;
use wharf_model::{Lock, LockChange};
use wharf_project::write_lock;

use crate::feeds::package;
use crate::support::{Case, Double};

const PROCESS: &str = "
environments: [ Dev, Production ]
feeds: { builds: { folder: drop/ } }
packages: { App: { feed: builds, version: \"#{Range}\" }, Tools: { feed: builds, id: Acme.Tools } }
variables:
  Root: /srv/app
  Host: web.example.com
  Range: { scoped: [ { value: \"1.*\" }, { value: 2.0.0, environment: Production } ] }
  Key: { secret: { env: KEY } }
  Header: \"Bearer #{Key}\"
steps:
  - { name: Deploy, id: web, uses: deploy-package, with: { package: App, into: \"#{Root}\" } }
  - { name: Note, uses: write-file, with: { path: \"#{Root}/note.txt\", content: \"#{Header}\" } }
  - { name: Ask, uses: http-request, with: { url: \"https://#{Host}/health\" }, if: Host }
  - { name: Own, uses: ./own.wasm, allow: { http: [ https://chat.example.com ], run: bash, plan: { run: [ bash -n ] } } }
  - { uses: note, disabled: true }
processes:
  back: { steps: [ { id: again, uses: deploy-package, with: { package: Tools, into: \"#{Root}\" } } ] }
";

fn own_step(powers: &[&str]) -> String {
    json!({ "name": "own", "version": "0.1.0", "summary": "", "powers": powers, "inputs": { "type": "object" } })
        .to_string()
}

fn with_drop(process: &str) -> Case {
    let mut case = Case::new(process);
    let drop = case.folder.path().join("drop");
    for (id, version) in [("App", "1.0.0"), ("App", "1.1.0"), ("App", "2.0.0"), ("Acme.Tools", "3.0.0")] {
        package(&drop, id, version);
    }
    fs::write(case.folder.path().join("own.wasm"), own_step(&["http", "run"])).expect("a file");
    case.machine.package_cache = Some(case.folder.path().join("cache"));
    case.machine.environment.push(("KEY".into(), "a long secret".into()));
    case
}

fn locked(process: &str) -> Case {
    let mut case = with_drop(process);
    case.lock = Some(case.record().unwrap_or_else(|told| panic!("it is recorded:\n{told}")));
    case.is_strict = true;
    case
}

/// The text of a lock, with the digests of packages left out.
fn text(lock: &Lock) -> String {
    let text = write_lock(lock, None);
    let digest =
        |line: &str| if line.starts_with("digest = \"sha256:") { "digest = …".into() } else { line.to_owned() };
    text.lines().skip(1).map(digest).collect::<Vec<_>>().join("\n")
}

fn told(case: &Case, environment: &str) -> String {
    case.resolve(Some(environment), &Double::default()).err().unwrap_or_default()
}

#[test]
fn components_powers_and_versions_are_recorded_as_they_are_written() {
    let mut lock = locked(PROCESS).lock.expect("it is recorded");
    // What the double calls a digest is none.
    for component in &mut lock.components {
        if let Some(pin) = &mut component.pin {
            pin.digest = format!("sha256:{}", "0".repeat(64));
        }
    }
    assert_snapshot!(text(&lock), @r##"
    format = 1
    wharf = "0.0.0"

    [[component]]
    uses = "deploy-package"
    version = "1.0.0"
    digest = …
    powers = ["write", "variables", "packages"]

    [[component]]
    uses = "write-file"
    version = "1.0.0"
    digest = …
    powers = ["write", "read", "variables", "secrets"]

    [[component]]
    uses = "http-request"
    version = "1.0.0"
    digest = …
    powers = ["http"]

    [[component]]
    uses = "./own.wasm"
    powers = ["run", "http"]

    [[step]]
    id = "web"
    uses = "deploy-package"
    write = ["#{Root}"]
    packages = ["App"]

    [[step]]
    id = "note"
    uses = "write-file"
    write = ["#{Root}/note.txt"]
    secrets = ["#{Header}"]

    [[step]]
    id = "ask"
    uses = "http-request"
    http = ["https://#{Host}"]

    [[step]]
    id = "own"
    uses = "./own.wasm"
    run = ["bash"]
    http = ["https://chat.example.com"]
    plan-run = ["bash -n"]

    [[step]]
    process = "back"
    id = "again"
    uses = "deploy-package"
    write = ["#{Root}"]
    packages = ["Tools"]

    [[package]]
    reference = "App"
    feed = "builds"
    id = "App"
    wanted = "1.*"
    version = "1.1.0"
    digest = …

    [[package]]
    reference = "App"
    feed = "builds"
    id = "App"
    wanted = "2.0.0"
    version = "2.0.0"
    digest = …

    [[package]]
    reference = "Tools"
    feed = "builds"
    id = "Acme.Tools"
    version = "3.0.0"
    digest = …
    "##);
}

#[test]
fn what_is_recorded_runs_and_packages_stay_what_they_were() {
    let mut case = locked(PROCESS);
    assert_eq!(told(&case, "Dev"), "");
    // A newer one comes; the run does not see it, and `record` keeps what is there.
    package(&case.folder.path().join("drop"), "App", "1.2.0");
    let versions = |case: &Case| {
        let schedule = case.resolve(Some("Dev"), &Double::default()).expect("it resolves");
        schedule.packages.iter().map(|package| package.file.version.clone()).collect::<Vec<_>>()
    };
    assert_eq!(versions(&case), ["1.1.0"]);
    assert_eq!(case.record().as_ref().ok(), case.lock.as_ref());
    // Asked for anew it is taken.
    let recorded = case.lock.clone().expect("it is recorded");
    let scope = UpdateScope::find("Deploy", &case.process, &recorded).expect("it is there");
    case.lock = Some(scope.without(&recorded));
    let now = scope.renewed(&recorded, case.record().expect("it is recorded"));
    let changes = recorded.changes(&now);
    let [LockChange::Package { from: Some(from), to: Some(to), .. }] = changes.as_slice() else {
        panic!("{changes:?}")
    };
    assert_eq!((from.version.as_str(), to.version.as_str()), ("1.1.0", "1.2.0"));
    case.lock = Some(now);
    assert_eq!(versions(&case), ["1.2.0"]);
    let wrong = UpdateScope::find("Deplo", &case.process, &recorded).map_err(|problem| case.tell(&[problem]));
    assert_snapshot!(wrong.expect_err("there is no such thing"), @r"
    error[unknown-step]: no step, component or package is called `Deplo`
      = help: did you mean `Deploy`?
    ");
}

#[test]
fn what_is_not_recorded_is_refused_at_its_place() {
    let case = locked(PROCESS);
    let lock = case.lock.clone();
    let changed = PROCESS
        .replace("into: \"#{Root}\" } }\n", "into: \"#{Root}/x\" } }\n")
        .replace("https://chat.example.com", "https://chat.example.com, https://new.example.com")
        .replace("bash -n", "bash -x")
        .replace("uses: note, disabled: true", "id: more, uses: note")
        .replace("\"1.*\"", "\"[1.0,2.0)\"");
    let mut case = with_drop(&changed);
    fs::write(case.folder.path().join("own.wasm"), own_step(&["http", "run", "env"])).expect("a file");
    (case.lock, case.is_strict) = (lock.clone(), true);
    assert_snapshot!(told(&case, "Dev"), @r##"
    warning[power-not-granted]: `Own` asks for the power `env`, and nothing of it is granted
      --> wharf.yaml:17:24
       |
    17 |   - { name: Own, uses: ./own.wasm, allow: { http: [ https://chat.example.com, https://new.example.com ], run: bash, plan: { run: [ bash -x ] } } }
       |                        ^^^^^^^^^^
       = help: a step of your own has no power but those under `allow:`; without this one it may fail
       = add:
           allow:
             env: ["NAME"]

    error[not-locked]: `./own.wasm` asks for `env`, which wharf.lock does not record
      --> wharf.yaml:17:24
       |
    17 |   - { name: Own, uses: ./own.wasm, allow: { http: [ https://chat.example.com, https://new.example.com ], run: bash, plan: { run: [ bash -x ] } } }
       |                        ^^^^^^^^^^
       = help: `wharf lock --what-if` shows the difference, `wharf lock` records it

    error[not-locked]: `note` is not recorded in wharf.lock
      --> wharf.yaml:18:23
       |
    18 |   - { id: more, uses: note }
       |                       ^^^^
       = help: `wharf lock --what-if` shows the difference, `wharf lock` records it

    error[not-locked]: wharf.lock does not record the power `write` over `#{Root}/x` for `Deploy`
      --> wharf.yaml:14:80
       |
    14 |   - { name: Deploy, id: web, uses: deploy-package, with: { package: App, into: "#{Root}/x" } }
       |                                                                                ^^^^^^^^^^^
       = help: `wharf lock --what-if` shows the difference, `wharf lock` records it

    error[not-locked]: wharf.lock does not record the power `http` over `https://new.example.com` for `Own`
      --> wharf.yaml:17:79
       |
    17 |   - { name: Own, uses: ./own.wasm, allow: { http: [ https://chat.example.com, https://new.example.com ], run: bash, plan: { run: [ bash -x ] } } }
       |                                                                               ^^^^^^^^^^^^^^^^^^^^^^^
       = help: `wharf lock --what-if` shows the difference, `wharf lock` records it

    error[not-locked]: wharf.lock does not record the power `plan-run` over `bash -x` for `Own`
      --> wharf.yaml:17:132
       |
    17 |   - { name: Own, uses: ./own.wasm, allow: { http: [ https://chat.example.com, https://new.example.com ], run: bash, plan: { run: [ bash -x ] } } }
       |                                                                                                                                    ^^^^^^^
       = help: `wharf lock --what-if` shows the difference, `wharf lock` records it

    error[not-locked]: the step `more` is not recorded in wharf.lock
      --> wharf.yaml:18:23
       |
    18 |   - { id: more, uses: note }
       |                       ^^^^
       = help: `wharf lock --what-if` shows the difference, `wharf lock` records it
    "##);
    // Where it is not asked for, that is a word and no more.
    case.is_strict = false;
    assert_eq!(told(&case, "Dev"), "");
    assert_snapshot!(case.check(), @r#"
    warning[not-locked]: wharf.lock does not record all that is used now
      = help: `wharf lock --what-if` shows the difference, `wharf lock` records it

    warning[power-not-granted]: `Own` asks for the power `env`, and nothing of it is granted
      --> wharf.yaml:17:24
       |
    17 |   - { name: Own, uses: ./own.wasm, allow: { http: [ https://chat.example.com, https://new.example.com ], run: bash, plan: { run: [ bash -x ] } } }
       |                        ^^^^^^^^^^
       = help: a step of your own has no power but those under `allow:`; without this one it may fail
       = add:
           allow:
             env: ["NAME"]
    "#);
    // With fewer powers than are recorded it runs.
    let mut case = with_drop(&PROCESS.replace(", plan: { run: [ bash -n ] }", ""));
    (case.lock, case.is_strict) = (lock, true);
    assert_eq!(told(&case, "Dev"), "");
}

#[test]
fn the_package_of_a_chosen_version_need_not_be_recorded() {
    let case = locked(&PROCESS.replace("\"1.*\"", "\"1.0.*\""));
    let mut again = with_drop(PROCESS);
    (again.lock, again.is_strict) = (case.lock, true);
    assert_snapshot!(told(&again, "Dev"), @r##"
    error[not-locked]: package `App` (1.*) of feed builds is not recorded in wharf.lock
     --> wharf.yaml:6:13
      |
    6 | packages: { App: { feed: builds, version: "#{Range}" }, Tools: { feed: builds, id: Acme.Tools } }
      |             ^^^
      = help: `wharf lock` asks the feed and records what it has
      = help: `--package App:VERSION` chooses one for this run
    "##);
    again.package_choices = wharf_engine::PackageChoices::parse(&["App:1.1.0"], None).expect("a choice");
    assert_eq!(told(&again, "Dev"), "");
}

#[test]
fn another_component_under_the_same_name_is_refused() {
    let mut case = locked(PROCESS);
    let lock = case.lock.as_mut().expect("it is recorded");
    let pin = lock.components[0].pin.as_mut().expect("a standard step");
    (pin.version, pin.digest) = ("0.9.0".into(), "digest of another".into());
    lock.components[1].powers.clear();
    assert_snapshot!(told(&case, "Dev"), @r##"
    error[not-locked]: `deploy-package` is not the one that wharf.lock records
      --> wharf.yaml:14:36
       |
    14 |   - { name: Deploy, id: web, uses: deploy-package, with: { package: App, into: "#{Root}" } }
       |                                    ^^^^^^^^^^^^^^
       = help: 0.9.0 (digest of another) is recorded, this is 1.0.0 (digest of deploy-pa)
       = help: `wharf update deploy-package --what-if` shows the difference, without it records it

    error[not-locked]: `write-file` asks for `write`, `read`, `variables`, `secrets`, which wharf.lock does not record
      --> wharf.yaml:15:25
       |
    15 |   - { name: Note, uses: write-file, with: { path: "#{Root}/note.txt", content: "#{Header}" } }
       |                         ^^^^^^^^^^
       = help: `wharf lock --what-if` shows the difference, `wharf lock` records it
    "##);
}

#[test]
fn another_content_under_the_same_version_is_refused() {
    let case = locked(PROCESS);
    let drop = case.folder.path().join("drop");
    let is_app = |name: &str| name.starts_with("App.1.1.0");
    for entry in fs::read_dir(&drop).expect("a folder").flatten() {
        if is_app(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path()).expect("it goes");
        }
    }
    // The same version, made of something else.
    package(&drop, "App", "9.9.9");
    let other = fs::read_dir(&drop)
        .expect("a folder")
        .flatten()
        .find(|entry| entry.file_name().to_string_lossy().starts_with("App.9.9.9"));
    fs::rename(other.expect("it is there").path(), drop.join("App.1.1.0.zip")).expect("it is renamed");
    // What the cache has is what was recorded: nothing is asked.
    assert_eq!(told(&case, "Dev"), "");
    fs::remove_dir_all(case.folder.path().join("cache")).expect("it goes");
    let told = told(&case, "Dev");
    assert!(told.contains("App.1.1.0.zip is not what was expected: it is sha256:"), "{told}");
    assert!(told.contains("where a lock says so, `wharf update App` takes the new one"), "{told}");
}

#[test]
fn without_feeds_the_cache_is_enough_and_nothing_else_is() {
    let mut case = locked(PROCESS);
    case.is_offline = true;
    fs::remove_dir_all(case.folder.path().join("drop")).expect("it goes");
    assert_eq!(told(&case, "Dev"), "");
    (case.lock, case.is_strict) = (None, false);
    assert_snapshot!(told(&case, "Dev"), @r##"
    error[offline]: which version of package `App` is meant only feed builds knows, and it is not asked
     --> wharf.yaml:6:13
      |
    6 | packages: { App: { feed: builds, version: "#{Range}" }, Tools: { feed: builds, id: Acme.Tools } }
      |             ^^^
      = help: `wharf lock`, without `--offline`, records the version
      = help: `--package App:VERSION` chooses one for this run
    "##);
    let mut case = locked(PROCESS);
    case.is_offline = true;
    fs::remove_dir_all(case.folder.path().join("cache")).expect("it goes");
    assert_snapshot!(told(&case, "Dev"), @r##"
    error[feed]: package `App` cannot be had: App 1.1.0 of feed builds is not in the cache of packages ([folder]/cache)
     --> wharf.yaml:6:13
      |
    6 | packages: { App: { feed: builds, version: "#{Range}" }, Tools: { feed: builds, id: Acme.Tools } }
      |             ^^^
      = help: without `--offline` it is fetched
    "##);
}

#[test]
fn without_a_lock_nothing_is_recorded() {
    let mut case = with_drop(PROCESS);
    assert_eq!(told(&case, "Dev"), "");
    case.is_strict = true;
    assert_snapshot!(told(&case, "Dev"), @r"
    error[not-locked]: there is no wharf.lock, and only what it records may be used
      = help: `wharf lock` writes it: commit it beside the process file
      = help: `--locked` asks for it, and so does the variable `CI`; `--no-locked` goes on without
    ");
}
