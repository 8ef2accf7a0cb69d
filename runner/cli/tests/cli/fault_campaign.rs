//! Runs that are killed at random moments and resumed: each ends in the same state as one that nobody disturbed, no step
//! whose end is in the journal runs twice, and no event is lost or told twice.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::support::Place;

/// Runs that are killed at least once, by all workers together.
const KILLED: usize = 200;
/// Runs that are under way at the same time.
const WORKERS: usize = 2;

const PROCESS: &str = "wharf: 1
project: Campaign
packages: { App: { from: app/, version: \"1.0.0\" } }
variables: { Token: { secret: { env: TOKEN } } }
steps:
  - { name: Deploy, id: web, uses: deploy-package, with: { package: App, into: site, substitute: [\"**/*.html\"] } }
  - { name: Note, id: note, uses: write-file, with: { path: out/note.txt, content: \"#{Step[web].Output.version} #{Token}\\n\" } }
  - { name: Count, id: count, uses: write-file, with: { path: out/size.txt, content: \"#{Step[note].Output.bytes}\\n\" } }
  - name: Script
    id: script
    uses: run-script
    allow: { run: [bash] }
    with:
      shell: bash
      script: |
        set_octopusvariable Answer 42
        set_octopusvariable Key \"made by #{Step[count].Output.bytes}\" -sensitive
  - { name: Tell, id: tell, uses: write-file, with: { path: out/told.txt, content: \"#{Step[script].Output.Answer} #{Step[script].Output.Key}\\n\" } }
";

/// A generator of numbers that is the same for the same seed (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn prepare() -> Place {
    let place = Place::new();
    let app = place.work().join("app/pages");
    fs::create_dir_all(&app).expect("a folder");
    for number in 0..20 {
        fs::write(app.join(format!("{number}.html")), format!("<h1>#{{Wharf.Project.Name}} {number}</h1>"))
            .expect("a file");
    }
    fs::write(place.work().join("wharf.yaml"), PROCESS).expect("a process file");
    place
}

fn wharf(place: &Place, arguments: &[&str]) -> Command {
    let mut command = place.wharf();
    command.args(arguments).env("TOKEN", "much-hidden-token");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// What lies in a folder: kinds, modes and contents. The state of a site names the run by its identity, which is another
/// one each time, and numbers releases in the order in which they were begun.
fn state(folder: &Path) -> BTreeMap<String, String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut state = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder").flatten() {
            let (path, metadata) = (entry.path(), entry.metadata().expect("it is there"));
            let name = path.strip_prefix(folder).expect("it lies there").display().to_string();
            let mode = metadata.permissions().mode();
            let content = if metadata.is_dir() {
                open.push(path);
                String::new()
            } else if metadata.is_symlink() {
                fs::read_link(&path).expect("a link").display().to_string()
            } else {
                let text = fs::read_to_string(&path).expect("a text");
                text.lines()
                    .filter(|line| !["\"key\"", "\"number\""].iter().any(|name| line.contains(name)))
                    .collect::<Vec<_>>()
                    .join("\n")
            };
            state.insert(name, format!("{mode:o} {content}"));
        }
    }
    state
}

/// The events of the only run of a place, a line each.
fn journal(place: &Place) -> Vec<serde_json::Value> {
    let mut runs = fs::read_dir(place.work().join(".wharf/runs")).expect("runs").flatten();
    let run = runs.next().expect("a run").path();
    assert!(runs.next().is_none(), "resuming makes no new run");
    let text = fs::read_to_string(run.join("events.ndjson")).expect("a journal");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn text<'a>(event: &'a serde_json::Value, key: &str) -> &'a str {
    event[key].as_str().unwrap_or_default()
}

/// That no step runs again behind its good end, and that each has exactly one.
fn each_step_ends_once(events: &[serde_json::Value], seed: u64) {
    let mut ended: Vec<&str> = Vec::new();
    for event in events {
        let step = text(event, "step");
        match text(event, "event") {
            "step-started" => assert!(!ended.contains(&step), "seed {seed}: {step} runs again"),
            "step-kept" => assert!(ended.contains(&step), "seed {seed}: {step} has no end"),
            "step-finished" if text(event, "status") == "succeeded" => {
                assert!(!ended.contains(&step), "seed {seed}: {step} ends twice");
                ended.push(step);
            }
            _ => {}
        }
    }
    assert_eq!(ended, ["web", "note", "count", "script", "tell"], "seed {seed}");
    assert_eq!(text(events.last().expect("an event"), "event"), "run-finished", "seed {seed}");
}

/// The events of a step's last attempt, without times.
fn last_attempt(events: &[serde_json::Value], step: &str) -> Vec<String> {
    let of_step: Vec<_> =
        events.iter().filter(|event| text(event, "step") == step && text(event, "event") != "step-kept").collect();
    let began = of_step.iter().rposition(|event| text(event, "event") == "step-started").expect("it began");
    let shown = |event: &&&serde_json::Value| format!("{} {}", text(event, "event"), text(event, "name"));
    of_step[began..].iter().map(|event| shown(&event)).collect()
}

#[test]
fn a_run_that_is_killed_and_resumed_ends_as_if_nothing_had_happened() {
    // The first one compiles the steps; the second one is measured.
    assert!(wharf(&prepare(), &["run"]).status().expect("it starts").success());
    let undisturbed = prepare();
    let began = std::time::Instant::now();
    assert!(wharf(&undisturbed, &["run"]).status().expect("it starts").success());
    let time = began.elapsed().max(Duration::from_millis(30));
    let (site, out) = (state(&undisturbed.work().join("site")), state(&undisturbed.work().join("out")));
    let expected = journal(&undisturbed);
    each_step_ends_once(&expected, 0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later").as_nanos();
    let seed = std::env::var("WHARF_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(u64::try_from(now & u128::from(u32::MAX)).unwrap_or(1) | 1);
    // Who sees it fail can make the same happen again: `WHARF_TEST_SEED`.
    println!("seed {seed}");
    let undisturbed = Undisturbed { time, site, out, events: expected };
    let kills: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS as u64)
            .map(|worker| {
                let undisturbed = &undisturbed;
                scope.spawn(move || disturb(undisturbed, seed.wrapping_add(worker * 0x9e37_79b9)))
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker says what is wrong")).sum()
    });
    println!("{KILLED} runs were killed, {kills} times in all");
}

/// What a run comes to that nobody disturbs.
struct Undisturbed {
    time: Duration,
    site: BTreeMap<String, String>,
    out: BTreeMap<String, String>,
    events: Vec<serde_json::Value>,
}

/// Kills and resumes a worker's share of the runs; answers how often it killed.
fn disturb(undisturbed: &Undisturbed, seed: u64) -> usize {
    let Undisturbed { time, site, out, events: expected } = undisturbed;
    let mut numbers = Numbers(seed | 1);
    let (mut killed, mut kills) = (0, 0);
    while killed < KILLED / WORKERS {
        let place = prepare();
        let mut arguments = vec!["run"];
        let mut was_killed = false;
        for attempt in 0.. {
            let mut child = wharf(&place, &arguments).spawn().expect("it starts");
            // Later and later, so that it comes to an end.
            let most = u64::try_from(time.as_micros()).expect("it is short") * (10 + attempt) / 10;
            std::thread::sleep(Duration::from_micros(numbers.below(most)));
            child.kill().expect("it is killed or has ended");
            let status = child.wait().expect("it ends");
            if status.success() {
                break;
            }
            assert_eq!(status.code(), None, "seed {seed}: a run failed that nobody killed");
            (was_killed, kills) = (true, kills + 1);
            let has_begun = place.work().join(".wharf/runs").read_dir().is_ok_and(|mut runs| {
                // Killed before its first event was written there is nothing to go on with.
                runs.any(|run| {
                    run.is_ok_and(|run| fs::metadata(run.path().join("events.ndjson")).is_ok_and(|file| file.len() > 0))
                })
            });
            if has_begun {
                arguments = vec!["resume", "--yes"];
            } else {
                let _ = fs::remove_dir_all(place.work().join(".wharf/runs"));
            }
        }
        killed += usize::from(was_killed);
        for (folder, expected) in [("site", site), ("out", out)] {
            let is = state(&place.work().join(folder));
            let names = is.keys().chain(expected.keys()).filter(|name| is.get(*name) != expected.get(*name));
            let differ: Vec<_> = names.map(|name| (name, is.get(name), expected.get(name))).collect();
            assert!(differ.is_empty(), "seed {seed}: {differ:#?}");
        }
        let events = journal(&place);
        each_step_ends_once(&events, seed);
        for step in ["note", "count", "script", "tell"] {
            let (is, should) = (last_attempt(&events, step), last_attempt(expected, step));
            // A step that was cut off may find its work done already: it changes nothing then.
            let without_changes = |events: &[String]| {
                events.iter().filter(|event| !event.starts_with("change")).cloned().collect::<Vec<_>>()
            };
            assert_eq!(without_changes(&is), without_changes(&should), "seed {seed}: {step}");
        }
    }
    kills
}
