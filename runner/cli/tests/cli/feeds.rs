//! Packages on their way through real feeds: pushed by name, found by range, deployed, from the cache the next time.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Output, Stdio};
use std::thread;

use crate::real_server::{registry, s3};
use crate::support::Place;

const STEPS: &str = "
packages:
  App: { feed: builds, version: \"1.*\" }
steps:
  - name: Deploy
    uses: deploy-package
    with: { package: App, into: site }
";

fn process(place: &Place, feed: &str) {
    fs::create_dir(place.work().join("app")).expect("a folder");
    fs::write(place.work().join("app/index.html"), "hello").expect("a file");
    let text = format!("wharf: 1\nproject: App\nfeeds:\n  builds: {feed}\n{STEPS}");
    fs::write(place.work().join("wharf.yaml"), text).expect("a process file");
}

/// What the program says, run here with a cache of its own.
fn wharf(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.wharf();
    command.env("WHARF_CACHE_DIR", place.work().join("cache")).env("STORE_KEY", "much-hidden-key").args(arguments);
    command.output().expect("the program can be started")
}

fn shown(place: &Place, arguments: &[&str]) -> String {
    let output = wharf(place, arguments);
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(!text.contains("much-hidden-key"), "{text}");
    format!("{}[exit {}]", place.redact(&text, &[]), output.status.code().unwrap_or(-1))
}

/// Two versions are pushed, one twice; the newest of the range is deployed, then again when the feed is gone.
fn a_feed_serves_a_process(place: &Place, feed_ends: impl FnOnce()) {
    for version in ["1.0.0", "1.10.0", "2.0.0"] {
        let pack = wharf(place, &["pack", "app", "--id", "App", "--version", version, "--format", "tar.gz"]);
        assert!(pack.status.success());
    }
    let packages = ["App.1.0.0.tar.gz", "App.1.10.0.tar.gz", "App.2.0.0.tar.gz"];
    let push = [&["push"], &packages[..], &["--to", "builds"]].concat();
    insta::allow_duplicates! {
        insta::assert_snapshot!(shown(place, &push), @"
        ✓ App.1.0.0.tar.gz
        ✓ App.1.10.0.tar.gz
        ✓ App.2.0.0.tar.gz
        [exit 0]
        ");
        insta::assert_snapshot!(shown(place, &["push", "App.1.10.0.tar.gz", "--to", "builds", "--overwrite-mode", "ignore"]), @"
        ○ App.1.10.0.tar.gz  was there already
        [exit 0]
        ");
        insta::assert_snapshot!(shown(place, &["run"]), @"
        App 1.10.0

        [1/1] Deploy  deploy-package
          extracted 1 file of App 1.10.0
          App 1.10.0 is live
          + site/ (4 files)
          ✓ done in [time]

        ✓ Deployed App 1.10.0 in [time]
          1 step: 1 changed (1 change)
        [exit 0]
        ");
        insta::assert_snapshot!(shown(place, &["run", "--package", "App:1.0.0", "-q"]), @"
        ✓ Deployed App 1.0.0 in [time]
        [exit 0]
        ");
    }
    feed_ends();
    let gone = shown(place, &["run", "--package", "App:1.5.0"]);
    assert!(gone.contains("package `App` cannot be had: feed builds"), "{gone}");
    assert_eq!(fs::read_to_string(place.work().join("site/current/index.html")).expect("it is live"), "hello");
}

#[test]
fn a_registry_of_docker() {
    let (place, kept) = (Place::new(), tempfile::tempdir().expect("a folder"));
    let Some(server) = registry(kept.path()) else { return };
    process(&place, &format!("{{ oci: \"127.0.0.1:{}/team/apps\", limits: {{ attempts: 1 }} }}", server.port));
    a_feed_serves_a_process(&place, || drop(server));
}

#[test]
fn a_bucket_of_s3() {
    let place = Place::new();
    let Some(server) = s3("builds") else { return };
    let s3 = format!(
        "{{ s3: {{ bucket: builds, prefix: web, endpoint: \"http://127.0.0.1:{}\", path-style: true }},
    access-key: me, secret-key: {{ secret: {{ env: STORE_KEY }} }}, limits: {{ attempts: 1 }} }}",
        server.port
    );
    process(&place, &s3);
    a_feed_serves_a_process(&place, || drop(server));
}

/// Serves the beginning of a package, then nothing more for as long as the client stays. Answers the address.
fn stalling_server() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it listens");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
                let (mut first, mut line) = (String::new(), String::new());
                reader.read_line(&mut first).ok()?;
                while reader.read_line(&mut line).ok()? > 2 {
                    line.clear();
                }
                let headers = "content-length: 1000000\r\netag: \"1\"\r\naccept-ranges: bytes\r\n";
                let found = if first.contains("App.1.0.0.zip") { "200 OK" } else { "404 Not Found" };
                write!(stream, "HTTP/1.1 {found}\r\n{headers}\r\n").ok()?;
                if first.starts_with("GET") && found == "200 OK" {
                    stream.write_all(&[0; 5000]).ok()?;
                    // Until the client hangs up.
                    reader.read_to_end(&mut Vec::new()).ok()?;
                }
                Some(())
            });
        }
    });
    format!("http://{address}")
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_download_and_nothing_runs() {
    let place = Place::new();
    process(&place, &format!("{{ http: \"{}\" }}", stalling_server()));
    let cache = place.work().join("cache");
    let mut command = place.wharf();
    command.env("WHARF_CACHE_DIR", &cache).args(["run", "--package", "App:1.0.0"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program can be started");
    // The download has begun when a part of the package is there.
    let parts =
        || files_below(&cache.join("packages")).into_iter().any(|(name, size)| name.ends_with(".part") && size > 0);
    while !parts() {
        thread::sleep(std::time::Duration::from_millis(5));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it is there");
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    insta::assert_snapshot!(place.redact(&text, &[]), @"
    cancelling; press Ctrl-C again to stop at once
    error[cancelled]: the run was cancelled before it began; nothing was changed
    ");
    assert_eq!(output.status.code(), Some(130));
    assert!(!place.work().join("site").exists());
    assert!(parts(), "what came is kept for the next attempt");
}

fn files_below(folder: &std::path::Path) -> Vec<(String, u64)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => all.extend(files_below(&path)),
            path => all.push((path.display().to_string(), entry.metadata().map_or(0, |about| about.len()))),
        }
    }
    all
}
