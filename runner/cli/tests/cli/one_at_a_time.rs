//! Runs that meet, and runs that are killed: what others see of them.

use std::fs;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::Place;

/// A run that says that it has begun and then waits for a file.
const PROCESS: &str = "wharf: 1
project: Meeting
environments: [Dev, Production]
steps:
  - { name: Note, uses: write-file, with: { path: \"note-#{Wharf.Environment.Name}.txt\", content: x } }
  - name: Wait
    uses: run-command
    allow: { run: [bash] }
    with: { command: [bash, -c, \"cd \\\"$0\\\"; touch begun; until test -e go; do sleep 0.05; done\", \"WORK\"] }
";

fn prepare() -> Place {
    let place = Place::new();
    let text = PROCESS.replace("WORK", &place.work().display().to_string());
    fs::write(place.work().join("wharf.yaml"), text).expect("a process file");
    place
}

fn start(place: &Place, arguments: &[&str]) -> Child {
    let mut command = place.wharf();
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("it starts")
}

fn wharf(place: &Place, arguments: &[&str]) -> (Option<i32>, String) {
    let output: Output = place.wharf().args(arguments).stdin(Stdio::null()).output().expect("it starts");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

/// Waits until something is there; a machine that is busy takes its time.
fn wait_for(path: &Path) {
    let began = Instant::now();
    while !path.exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "{} never came", path.display());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_second_run_is_refused_or_waits_until_the_first_has_ended() {
    let place = prepare();
    let mut first = start(&place, &["run", "-e", "Dev"]);
    wait_for(&place.work().join("begun"));
    let (code, said) = wharf(&place, &["run", "-e", "Dev"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("Error: Meeting in Dev is being run by "), "{said}");
    assert!(said.contains("`wharf unlock -e Dev` takes the lock"), "{said}");
    let (_, said) = wharf(&place, &["runs", "list"]);
    assert!(said.contains("  running  "), "{said}");
    let (code, said) = wharf(&place, &["unlock", "-e", "Dev"]);
    assert_eq!(code, Some(64), "nobody can be asked: {said}");
    let (code, said) = wharf(&place, &["unlock", "-e", "Production"]);
    assert_eq!((code, said.as_str()), (Some(0), "✓ nobody has the lock: nothing to do\n"));
    let waiting = start(&place, &["run", "-e", "Dev", "--wait", "60s"]);
    fs::write(place.work().join("go"), "").expect("a file");
    assert!(first.wait().expect("it ends").success());
    let waited = waiting.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&waited.stderr).into_owned();
    assert!(waited.status.success(), "{said}");
    let (_, said) = wharf(&place, &["runs", "list"]);
    assert_eq!(said.matches("succeeded").count(), 2, "{said}");
}

#[test]
fn a_lock_is_taken_from_a_run_that_hangs() {
    let place = prepare();
    let mut first = start(&place, &["run", "-e", "Dev"]);
    wait_for(&place.work().join("begun"));
    let (code, said) = wharf(&place, &["unlock", "-e", "Dev", "--yes", "--output", "json"]);
    assert_eq!((code, said.trim().replace(['\n', ' '], "").as_str()), (Some(0), "{\"unlocked\":true}"));
    fs::write(place.work().join("go"), "").expect("a file");
    let (code, said) = wharf(&place, &["run", "-e", "Dev"]);
    assert_eq!(code, Some(0), "{said}");
    first.wait().expect("it ends");
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_is_told_as_far_as_it_came_and_leaves_no_lock() {
    let place = prepare();
    let mut first = start(&place, &["run", "-e", "Dev"]);
    wait_for(&place.work().join("begun"));
    first.kill().expect("it is killed");
    first.wait().expect("it ends");
    fs::write(place.work().join("go"), "").expect("a file");
    let (code, said) = wharf(&place, &["show"]);
    assert_eq!(code, Some(0), "{said}");
    let said = wharf_report::redact::redact(&said, &[(&place.work().display().to_string(), "[work]")]);
    insta::assert_snapshot!(said, @r"
    Meeting → Dev
    interrupted  began [date and time], took [time]  [run]

    ✓ Note  write-file  1 change[time]
        path = [work]/note-Dev.txt
        bytes = 1
    ▸ Wait  run-command  not at its end
    ");
    let (_, said) = wharf(&place, &["show", "--output", "json"]);
    assert!(said.contains("\"name\": \"Wait\""), "{said}");
    let (code, said) = wharf(&place, &["run", "-e", "Dev", "-q"]);
    assert_eq!(code, Some(0), "{said}");
}
