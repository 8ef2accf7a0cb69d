//! A plan opens nothing for writing but its own scratch and cache, connects to nothing and starts nothing: as the system
//! sees it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Place, root, serve};

/// The system calls by which a process could change something.
const CALLS: &str = "trace=open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,\
                     linkat,symlink,symlinkat,truncate,chmod,fchmodat,chown,fchownat,mknod,mknodat,utimensat,setxattr,\
                     connect,bind,execve,execveat";

/// A process with every standard step and with each power that a plan withholds.
const PROCESS: &str = "wharf: 1
project: Pure
packages:
  App: { from: app/, version: \"1.0.0\" }
variables: { Token: { secret: { env: PLAN_TOKEN } } }
steps:
  - { id: web, name: Deploy, uses: deploy-package, with: { package: App, into: site, substitute: [\"**/*.html\"] } }
  - { name: Note, uses: write-file, with: { path: out/note.txt, content: \"#{Token}\" } }
  - { name: Call, uses: http-request, with: { url: \"SERVER/hook\", method: POST, body: x } }
  - { name: Fetch, uses: http-request, with: { url: \"SERVER/\", save-to: fetched.txt } }
  - { name: Script, uses: run-script, allow: { run: [bash] }, with: { shell: bash, script: \"touch canary\" } }
  - { name: Command, uses: run-command, allow: { run: [touch] }, with: { command: [touch, canary] } }
on-failure:
  - { name: Restore, uses: deploy-package, with: { restore: web } }
";

/// Every path with what it is and when it was changed.
fn state(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder").map(|entry| entry.expect("an entry")) {
            let metadata = entry.path().symlink_metadata().expect("it is there");
            let content = if metadata.is_file() { fs::read(entry.path()).expect("a file") } else { Vec::new() };
            let time = metadata.modified().expect("a time");
            all.push(format!("{} {:?} {time:?} {content:?}", entry.path().display(), metadata.permissions()));
            if metadata.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    all.sort();
    all
}

fn prepare(place: &Place) {
    let work = place.work();
    fs::create_dir(work.join("app")).expect("a folder");
    fs::write(work.join("app/index.html"), "<h1>#{Wharf.Project.Name}</h1>").expect("a file");
    fs::create_dir(work.join("www")).expect("a folder");
    fs::write(work.join("www/index.html"), "hello").expect("a file");
    let server = serve(work.join("www"));
    fs::write(work.join("wharf.yaml"), PROCESS.replace("SERVER", &server)).expect("a process file");
}

#[test]
fn a_plan_leaves_everything_as_it_was() {
    let place = Place::new();
    prepare(&place);
    let before = state(place.work().parent().expect("it has one"));
    let planned = place.wharf().arg("plan").env("PLAN_TOKEN", "much-hidden-token").output().expect("it starts");
    assert!(planned.status.success(), "{}", String::from_utf8_lossy(&planned.stderr));
    let text = String::from_utf8_lossy(&planned.stdout);
    for expected in ["+ Deploy", "+ Note", "! Call", "! Fetch", "! Script", "! Command", "2 to create"] {
        assert!(text.contains(expected), "{expected} is missing:\n{text}");
    }
    assert!(!text.contains("much-hidden-token"), "{text}");
    assert_eq!(state(place.work().parent().expect("it has one")), before);
}

#[cfg(target_os = "linux")]
#[test]
fn the_system_sees_no_write_no_connection_and_no_program() {
    let place = Place::new();
    prepare(&place);
    let Some(output) = traced(&place) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The same for guests that try what they can, each told what to try.
#[cfg(target_os = "linux")]
#[test]
fn the_system_sees_nothing_of_what_hostile_guests_try() {
    let place = Place::new();
    let work = place.work();
    fs::create_dir(work.join("www")).expect("a folder");
    let server = serve(work.join("www"));
    let outside = work.display().to_string();
    let orders = [
        (
            "files",
            format!(
                "write {outside}/made x\\nread /etc/passwd\\nremove {outside}/wharf.yaml\\nmkdirs {outside}/a/b\\n\
                           symlink /etc {outside}/way\\nwrite /work/private x\\nappend {outside}/wharf.yaml x"
            ),
        ),
        ("http", format!("get {server}/x\\npost {server}/x secret\\ndelete {server}/x")),
        (
            "programs",
            format!("run /bin/touch {outside}/made\\nsh touch {outside}/made\\nstart slow touch {outside}/made"),
        ),
    ];
    let mut process = String::from(
        "wharf: 1\nproject: Hostile\ndefaults: { timeout: 5s, limits: { cpu-time: 500ms, memory: 32MiB } }\nsteps:\n",
    );
    let built = root().join("target/guests-out");
    let mut names: Vec<String> = fs::read_dir(&built)
        .expect("`cargo xtask guests` has been run")
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".wasm").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() > 15, "{names:?}");
    for name in &names {
        fs::copy(built.join(format!("{name}.wasm")), work.join(format!("{name}.wasm"))).expect("a component");
        let orders = orders.iter().find(|(of, _)| of == name).map(|(_, orders)| format!("do: \"{orders}\""));
        let (inputs, more) = match name.as_str() {
            "greet" => ("name: x".to_owned(), ""),
            "bulk-files" => ("into: out".to_owned(), ", allow: { write: [out] }"),
            _ => (orders.unwrap_or_else(|| "bytes: 1000".to_owned()), ""),
        };
        let step = format!("{{ id: {name}, uses: ./{name}.wasm, when: always, with: {{ {inputs} }}{more} }}");
        process.push_str(&format!("  - {step}\n"));
    }
    fs::write(work.join("wharf.yaml"), process).expect("a process file");
    let before = state(&work);
    let Some(output) = traced(&place) else { return };
    // Most of them fail; that they were tried is what counts.
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    for name in names.iter().filter(|name| *name != "noop") {
        assert!(stdout.contains(&format!("./{name}.wasm")), "{name}:\n{stdout}");
    }
    assert_eq!(state(&work), before);
}

/// Plans under the eyes of the system, and refuses every call that could change something, but for the plan's own scratch
/// and cache. None if nothing can be traced here.
#[cfg(target_os = "linux")]
fn traced(place: &Place) -> Option<std::process::Output> {
    use std::io::Write as _;
    let strace = std::env::var("WHARF_TEST_STRACE").unwrap_or_else(|_| "strace".into());
    if Command::new(&strace).arg("-V").output().is_err() {
        let _ = writeln!(std::io::stderr(), "skipped: strace is not here; `cargo xtask test` obtains it");
        return None;
    }
    // Components are compiled once, into the cache.
    place.wharf().arg("plan").env("PLAN_TOKEN", "much-hidden-token").output().expect("it starts");
    let scratch = place.work().join("../scratch");
    fs::create_dir(&scratch).expect("a folder");
    let scratch = scratch.canonicalize().expect("it is there");
    let log = scratch.with_file_name("strace.log");
    let mut command = Command::new(&strace);
    command.args(["-f", "-y", "-qq", "-s", "4096", "-e", CALLS, "-o"]).arg(&log).arg(crate::support::WHARF).arg("plan");
    command.env_clear().envs(place.environment()).current_dir(place.work());
    command.env("PLAN_TOKEN", "much-hidden-token").env("TMPDIR", &scratch);
    let output = command.output().expect("strace starts");
    if String::from_utf8_lossy(&output.stderr).contains("PTRACE") {
        let _ = writeln!(std::io::stderr(), "skipped: nothing may be traced here");
        return None;
    }
    let log = fs::read_to_string(&log).expect("a log");
    let allowed = [scratch.display().to_string(), root().join("target/test-cache").display().to_string()];
    let is_allowed = |line: &str| allowed.iter().any(|path| line.contains(path));
    let lines: Vec<&str> = log.lines().collect();
    let changes: Vec<&&str> = lines
        .iter()
        .enumerate()
        .filter(|(at, line)| may_change(line) && !is_allowed(line) && !is_allowed(opened(&lines[..*at], line)))
        .map(|(_, line)| line)
        .collect();
    assert!(changes.is_empty(), "a plan did this:\n{changes:#?}");
    assert!(log.lines().any(|line| line.contains("execve(")), "the log is one of system calls:\n{log}");
    Some(output)
}

/// The line in which the file was opened whose mode is set through `/proc`, as is done for an open file.
#[cfg(target_os = "linux")]
fn opened<'a>(before: &[&'a str], line: &str) -> &'a str {
    let Some((_, number)) = line.split_once("fchmodat(").and_then(|(_, rest)| rest.split_once("/fd>, \"")) else {
        return "";
    };
    let result = format!("= {}<", number.split('"').next().unwrap_or_default());
    before.iter().rev().find(|line| line.contains(&result)).copied().unwrap_or_default()
}

/// Whether a line of the log is a call that could change something, except that the program itself starts.
#[cfg(target_os = "linux")]
fn may_change(line: &str) -> bool {
    let Some((call, arguments)) = line.split_once('(') else { return false };
    let call = call.split_whitespace().last().unwrap_or_default();
    match call {
        "open" | "openat" | "openat2" => {
            ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|flag| arguments.contains(flag))
                && !arguments.contains("\"/dev/")
        }
        "execve" => !arguments.starts_with(&format!("\"{}\"", crate::support::WHARF)),
        // A probe whether `/proc` is the real one: nothing can be renamed there.
        "renameat" => !arguments.contains("</proc"),
        // Names of users are asked of a local service, if there is one.
        "connect" => !arguments.contains("AF_UNIX"),
        _ => true,
    }
}
