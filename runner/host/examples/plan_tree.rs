//! Measures a plan over a large tree of which little is touched, against the run of the same step: `cargo xtask bench` runs
//! it.
//!
//! Arguments: the file of the guest `files`, and how many rounds. Prints one JSON object: both medians in milliseconds, and
//! their ratio.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use wharf_host::{Host, HostOptions};
use wharf_model::{
    ComponentSource, FileAccess, FileGrant, GrantOrigin, Grants, NoObserver, RunMode, StepCall, StepRunner,
};

const DIRECTORIES: usize = 1000;
const FILES: usize = 100;
const TOUCHED: usize = 10;

/// A hundred thousand small files.
fn make(root: &Path) -> std::io::Result<()> {
    for directory in 0..DIRECTORIES {
        let directory = root.join(format!("d{directory}"));
        std::fs::create_dir(&directory)?;
        for file in 0..FILES {
            std::fs::write(directory.join(format!("f{file}")), "a small file\n")?;
        }
    }
    Ok(())
}

/// Every directory is listed, one file in each is read, and ten are written.
fn script(root: &Path, round: usize) -> String {
    let root = root.display();
    let mut script = String::new();
    for directory in 0..DIRECTORIES {
        script.push_str(&format!("list {root}/d{directory}\nread {root}/d{directory}/f{}\n", directory % FILES));
    }
    for touched in 0..TOUCHED {
        script.push_str(&format!("write {root}/d{}/f1 round {round}\n", touched * (DIRECTORIES / TOUCHED)));
    }
    script
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let guest = arguments.next().ok_or("which guest?")?;
    let rounds: usize = arguments.next().and_then(|text| text.to_str()?.parse().ok()).unwrap_or(7);
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("tree");
    std::fs::create_dir(&root)?;
    make(&root)?;
    let host = Host::new(&HostOptions { cache: Some(folder.path().join("cache")), ..HostOptions::default() })?;
    let component = host.load(&ComponentSource::File(guest.into()))?;
    let grant = FileGrant { path: root.clone(), access: FileAccess::Write, origin: GrantOrigin::Host };
    let grants = Arc::new(Grants { files: vec![grant], ..Grants::default() });
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..=rounds {
        for (side, mode) in [RunMode::Apply, RunMode::Plan].into_iter().enumerate() {
            let call = StepCall {
                mode,
                inputs: json!({ "do": script(&root, round) }),
                grants: Arc::clone(&grants),
                ..StepCall::new(Arc::clone(&component))
            };
            let began = Instant::now();
            host.run(call, Arc::new(NoObserver))?;
            // The first round warms up.
            if round > 0 {
                times[side].push(began.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let [mut run, mut plan] = times;
    let (run, plan) = (median(&mut run), median(&mut plan));
    println!("{}", json!({ "files": DIRECTORIES * FILES, "run": run, "plan": plan, "ratio": plan / run }));
    Ok(())
}
