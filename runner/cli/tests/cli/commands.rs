//! What transcripts cannot show: standard input, pipes that close, and output that is long.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::{Place, root};

#[test]
fn fmt_formats_standard_input() {
    let place = Place::new();
    let mut command = place.wharf();
    command.args(["fmt", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program can be started");
    let input = "wharf: 1\nsteps:\n  - uses: write-file\n    with:\n      path: #{Path}\n";
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout), input.replace("#{Path}", "\"#{Path}\""));
}

#[test]
fn templates_are_read_from_standard_input() {
    let place = Place::new();
    let evaluate = |template: &str, more: &[&str]| {
        let mut command = place.wharf();
        command.args(["variable", "evaluate", "-", "--variable", "A=1"]).args(more);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        let mut input = child.stdin.take().expect("a pipe");
        // What is too large is not read to its end.
        let _ = input.write_all(template.as_bytes());
        drop(input);
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    assert_eq!(evaluate("x#{A}\n", &["--raw"]), (Some(0), "x1\n".to_owned(), String::new()));
    assert_eq!(evaluate("x#{A}", &[]), (Some(0), "x1\n".to_owned(), String::new()));
    let (code, result, problems) = evaluate("a\n  #{B}", &["--raw"]);
    assert_eq!((code, result.as_str()), (Some(1), "a\n  #{B}"));
    assert!(problems.contains("<standard input>:2:3"), "{problems}");
    let (code, result, problems) = evaluate(&"x".repeat(2000), &["--limit", "1kB"]);
    assert_eq!((code, result.as_str()), (Some(64), ""));
    assert!(problems.contains("template-too-large") && problems.contains("--limit"), "{problems}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    for arguments in [&["schema"][..], &["completions", "bash"], &["step", "list"]] {
        let mut command = place.wharf();
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn a_run_goes_on_when_nobody_reads_it_any_more() {
    let place = Place::new();
    fs::write(
        place.work().join("wharf.yaml"),
        "wharf: 1\nsteps:\n  - { uses: write-file, with: { path: a, content: x } }\n  - { uses: write-file, with: { path: b, content: x } }\n",
    )
    .expect("a file");
    for output in ["text", "ndjson", "json"] {
        let _ = fs::remove_file(place.work().join("b"));
        let mut command = place.wharf();
        command.args(["run", "--output", output]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        drop(child.stdout.take());
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!(ended.status.code(), Some(0), "{output}");
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "", "{output}");
        assert!(place.work().join("b").is_file(), "{output}");
    }
}

#[test]
fn schemas_are_json_schemas() {
    let place = Place::new();
    let output = place.wharf().arg("schema").output().expect("the program can be started");
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a schema is JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let output = place.wharf().args(["schema", "events"]).output().expect("the program can be started");
    assert_eq!(String::from_utf8_lossy(&output.stdout), wharf_report::EVENTS_SCHEMA);
}

#[test]
fn completions_are_scripts_of_their_shells() {
    let place = Place::new();
    let output = place.wharf().args(["completions", "bash"]).output().expect("the program can be started");
    let script = place.work().join("wharf.bash");
    fs::write(&script, output.stdout).expect("a file");
    let checked = Command::new("bash").arg("-n").arg(&script).output().expect("bash is there");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let refused = place.wharf().args(["completions", "no-such-shell"]).output().expect("the program can be started");
    assert_eq!(refused.status.code(), Some(64));
}

#[test]
fn doctor_finds_everything_in_order_here() {
    let place = Place::new();
    let output = place.wharf().args(["doctor", "--output", "json"]).output().expect("the program can be started");
    assert_eq!(output.status.code(), Some(0));
    let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let bad: Vec<_> = findings.iter().filter(|finding| finding["verdict"] == "bad").collect();
    assert!(bad.is_empty(), "{bad:?}");
    let steps: Vec<&str> = findings
        .iter()
        .filter(|finding| finding["what"] == "step")
        .filter_map(|finding| finding["detail"].as_str()?.split(' ').next())
        .collect();
    assert_eq!(steps, ["deploy-package", "http-request", "run-command", "run-script", "write-file"]);
}

#[test]
fn a_cache_that_cannot_be_used_costs_time_only() {
    let place = Place::new();
    fs::write(
        place.work().join("wharf.yaml"),
        "wharf: 1\nsteps: [ { uses: write-file, with: { path: a, content: x } } ]\n",
    )
    .expect("a file");
    fs::write(place.work().join("file"), "").expect("a file");
    let cache = place.work().join("file/cache");
    let output =
        place.wharf().args(["run", "-q"]).env("WHARF_CACHE_DIR", cache).output().expect("the program can be started");
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.starts_with("Warning: steps are compiled anew each time"), "{told}");
    assert!(place.work().join("a").is_file());
}

#[test]
fn the_process_file_is_found_in_a_folder_above() {
    let place = Place::new();
    fs::copy(root().join("tests/cases/environments/wharf.yaml"), place.work().join("wharf.yaml")).expect("a file");
    let below = place.work().join("a/b");
    fs::create_dir_all(&below).expect("folders");
    let output = place
        .wharf()
        .args(["run", "-q", "-e", "Dev"])
        .current_dir(&below)
        .output()
        .expect("the program can be started");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    // Relative paths start at the process file.
    assert!(place.work().join("out/Dev.txt").is_file());
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let place = Place::new();
    fs::write(
        place.work().join("wharf.yaml"),
        "wharf: 1\nsteps:\n  - { uses: write-file, with: { path: a, content: x } }\n",
    )
    .expect("a file");
    for arguments in [&["schema"][..], &["run"], &["run", "--output", "json"], &["run", "--output", "ndjson"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("it is there");
        let output = place.wharf().args(arguments).stdout(full).stderr(Stdio::piped()).output().expect("it ends");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("standard output cannot be written: No space left"), "{arguments:?}: {told}");
    }
}

#[test]
fn control_characters_of_a_process_file_do_not_reach_the_terminal() {
    let place = Place::new();
    let text = "wharf: 1\nproject: \"a\\e[31mb\"\nsteps:\n  - { uses: write-file, with: { path: a, content: x } }\n";
    fs::write(place.work().join("wharf.yaml"), text).expect("a file");
    for arguments in [&["check"][..], &[], &["run"]] {
        let output = place.wharf().args(arguments).output().expect("it ends");
        let told = [output.stdout, output.stderr].concat();
        assert!(!told.contains(&0x1b) && String::from_utf8_lossy(&told).contains("ab"), "{arguments:?}");
    }
}

#[test]
fn a_file_that_is_too_large_is_told_with_its_size() {
    let place = Place::new();
    fs::write(place.work().join("wharf.yaml"), "#".repeat(9_000_000)).expect("a file");
    let output = place.wharf().arg("check").output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("the file has 9000000 bytes; the limit is 4194304"), "{told}");
}

#[test]
fn fmt_leaves_alone_what_is_no_process_file() {
    let place = Place::new();
    let notes = place.work().join("notes.txt");
    fs::write(&notes, "some notes   \n\n\n").expect("a file");
    let output = place.wharf().args(["fmt", "notes.txt"]).output().expect("it ends");
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("this is no process file"));
    assert_eq!(fs::read_to_string(&notes).expect("it is there"), "some notes   \n\n\n");
}

#[test]
fn the_next_command_has_the_same_variables_but_no_secret() {
    let place = Place::new();
    let text = "wharf: 1\nvariables:\n  Pw: { secret: { env: PW } }\n  A: x\nsteps:\n  - { uses: write-file, with: { path: a/b, content: \"#{A}\" } }\n";
    fs::create_dir(place.work().join("new dir")).expect("a folder");
    fs::write(place.work().join("new dir/wharf.yaml"), text).expect("a file");
    let told = |command: &str, words: &str| {
        let arguments = [command, "-f", "new dir/wharf.yaml", "--variable", "A=it's", "--variable", "Pw=topsecret"];
        let output = place.wharf().args(arguments).output().expect("it ends");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        told.lines().find(|line| line.contains(words)).unwrap_or_default().trim().to_owned()
    };
    assert_eq!(told("plan", "to do this:"), r"to do this: wharf run -f 'new dir/wharf.yaml' --variable 'A=it'\''s'");
    fs::write(place.work().join("new dir/a"), "in the way").expect("a file");
    assert_eq!(told("run", "next:"), "next: wharf resume -f 'new dir/wharf.yaml'");
}
