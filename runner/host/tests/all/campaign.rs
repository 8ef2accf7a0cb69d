//! The hostile campaign: every guest of `tests/guests`, in both modes, with a folder of its own and nothing else. Outside
//! of that folder nothing is read, written, sent or started, however the guest ends.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use wharf_model::{Limit, StepEvent};

use crate::files::contents;
use crate::http::Server;
use crate::support::{Bench, Outcome, folder, guests};

/// What a guest that takes orders is told to try, and how one of them ends that shows that it did; others try by
/// themselves.
fn orders(guest: &str) -> Option<(&'static str, &'static str)> {
    Some(match guest {
        "files" => (
            "write OUTSIDE/made x\nwrite OUTSIDE/canary changed\nread OUTSIDE/canary\nremove OUTSIDE/canary\n\
             rename OUTSIDE/canary GRANTED/moved\nlink OUTSIDE/canary GRANTED/link\nchmod OUTSIDE/canary 777\n\
             symlink OUTSIDE GRANTED/way\nwrite GRANTED/way/made x\nread GRANTED/way/canary\n\
             remove-all GRANTED/way/\nlist OUTSIDE\nread GRANTED/../outside/canary\nread /etc/passwd\n\
             append /etc/passwd x\nmkdirs OUTSIDE/a/b\ntruncate OUTSIDE/canary 0\nartifact OUTSIDE/canary x\n\
             copy OUTSIDE/canary GRANTED/copy\nwrite GRANTED/mine x",
            "mkdirs ROOT/outside/a/b => ERROR",
        ),
        "http" => ("get SERVER/x\npost SERVER/x secret\ndelete SERVER/x\nheader SERVER/x x secret:1", "delete http://"),
        "programs" => (
            "run /bin/touch OUTSIDE/made\nsh touch OUTSIDE/made\nstart slow touch OUTSIDE/made\n\
             set stdout-to OUTSIDE/made\nrun /bin/echo x",
            "run /bin/touch ROOT/outside/made => ERROR denied",
        ),
        "contract" => ("reveal secret:1", "reveal secret:1 => ERROR"),
        _ => return None,
    })
}

struct Place {
    root: tempfile::TempDir,
    server: Server,
}

impl Place {
    fn new() -> Self {
        let root = folder();
        for name in ["granted", "outside"] {
            fs::create_dir(root.path().join(name)).expect("a folder");
        }
        fs::write(root.path().join("outside/canary"), "nobody reads this").expect("a file");
        Self { root, server: Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi") }
    }

    fn path(&self, name: &str) -> String {
        self.root.path().join(name).display().to_string()
    }

    fn bench(&self, guest: &str) -> Bench {
        let (orders, _) = orders(guest).unwrap_or_default();
        let orders = orders
            .replace("OUTSIDE", &self.path("outside"))
            .replace("GRANTED", &self.path("granted"))
            .replace("SERVER", &self.server.url());
        let mut bench = Bench::new(guest)
            .script(orders)
            .write(Path::new(&self.path("granted")))
            .limit(Limit::WallClock, 2_000)
            .limit(Limit::CpuTime, 1_000)
            .limit(Limit::Memory, 32 << 20)
            .limit(Limit::WorkBytes, 1 << 20)
            .limit(Limit::LogBytes, 1 << 20);
        for (name, value) in [("into", json!(self.path("granted"))), ("bytes", json!(1_000_000)), ("name", json!("x"))]
        {
            bench.inputs[name] = value;
        }
        bench.grace = Duration::from_millis(100);
        bench
    }

    /// That nothing outside was touched, and nothing left the sandbox.
    fn is_untouched(&self, outcome: &Outcome, what: &str) {
        assert_eq!(contents(&self.root.path().join("outside")).lines().count(), 1, "{what}");
        let canary = fs::read_to_string(self.root.path().join("outside/canary"));
        assert_eq!(canary.expect("it is there"), "nobody reads this", "{what}");
        assert_eq!(self.server.heads().len(), 0, "{what}");
        let said = format!("{:?} {:?}", outcome.events, outcome.result);
        assert!(!said.contains("nobody reads this"), "{what}: {said}");
        assert!(!said.contains("root:x:0:0"), "{what}: {said}");
        let started = outcome.events.iter().filter(|event| matches!(event, StepEvent::Program { .. }));
        assert_eq!(started.count(), 0, "{what}");
        let outside =
            outcome.changes().iter().filter(|change| !change.target.starts_with(&self.path("granted"))).count();
        assert_eq!(outside, 0, "{what}: {:?}", outcome.changes());
    }
}

#[test]
fn no_guest_reaches_what_it_was_not_granted() {
    let guests = guests();
    assert!(guests.len() > 15, "{guests:?}");
    // Its description alone is hostile: it is never asked to run.
    for guest in guests.iter().filter(|guest| *guest != "describe-with-powers") {
        let place = Place::new();
        let outcome = place.bench(guest).run();
        place.is_untouched(&outcome, guest);
        if let Some((_, refused)) = orders(guest) {
            let transcript = outcome.transcript(place.root.path());
            assert!(transcript.contains(refused), "{guest} really tries:\n{transcript}");
        }
        let place = Place::new();
        let outcome = place.bench(guest).planned().run();
        place.is_untouched(&outcome, &format!("{guest} in a plan"));
        assert_eq!(contents(&place.root.path().join("granted")), "", "{guest} in a plan");
    }
}
