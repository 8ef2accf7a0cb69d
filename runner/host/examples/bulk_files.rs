//! Measures much work with files inside a step, and in a plan of it, against the same code as a native program:
//! `cargo xtask bench` runs it.
//!
//! Arguments: the guest's file, and how many rounds. Prints one JSON object: for each phase the medians in microseconds,
//! the ratio of the step to the native program, and that of the plan to the step.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wharf_host::{Host, HostOptions};
use wharf_model::{
    ComponentSource, FileAccess, FileGrant, GrantOrigin, Grants, RunMode, StepCall, StepEvent, StepObserver, StepRunner,
};

#[path = "../../../tests/guests/bulk-files/src/work.rs"]
mod work;

#[derive(Default)]
struct Phases(Mutex<Value>);

impl StepObserver for Phases {
    fn event(&self, event: StepEvent) {
        if let (StepEvent::Output { value, .. }, Ok(mut phases)) = (event, self.0.lock()) {
            *phases = value;
        }
    }
    fn mask(&self, _: &str) {}
}

fn in_a_step(host: &Host, guest: &Path, directory: &Path, mode: RunMode) -> Result<Value, Box<dyn std::error::Error>> {
    let component = host.load(&ComponentSource::File(guest.to_owned()))?;
    let grant = FileGrant { path: directory.to_owned(), access: FileAccess::Write, origin: GrantOrigin::Host };
    let phases = Arc::new(Phases::default());
    let call = StepCall {
        mode,
        inputs: json!({ "into": directory }),
        grants: Arc::new(Grants { files: vec![grant], ..Grants::default() }),
        ..StepCall::new(component)
    };
    host.run(call, Arc::clone(&phases) as Arc<dyn StepObserver>)?;
    let value = phases.0.lock().map_err(|_| "the observer panicked")?.clone();
    Ok(value)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let guest = arguments.next().ok_or("which guest?")?;
    let rounds: usize = arguments.next().and_then(|text| text.to_str()?.parse().ok()).unwrap_or(7);
    let folder = tempfile::tempdir()?;
    let host = Host::new(&HostOptions { cache: Some(folder.path().join("cache")), ..HostOptions::default() })?;
    let mut times: BTreeMap<String, [Vec<u64>; 3]> = BTreeMap::new();
    for round in 0..=rounds {
        for (side, mode) in [Some(RunMode::Apply), None, Some(RunMode::Plan)].into_iter().enumerate() {
            let directory = folder.path().join(format!("{side}-{round}"));
            std::fs::create_dir(&directory)?;
            let phases: Vec<(String, u64)> = if let Some(mode) = mode {
                let phases = in_a_step(&host, guest.as_ref(), &directory, mode)?;
                let phases = phases.as_object().ok_or("the guest tells no phases")?;
                phases.iter().map(|(name, value)| (name.clone(), value.as_u64().unwrap_or(0))).collect()
            } else {
                work::work(&directory)?.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            };
            // The first round warms up.
            if round > 0 {
                let total = phases.iter().map(|(_, time)| time).sum();
                for (name, time) in phases.into_iter().chain([("total".to_owned(), total)]) {
                    times.entry(name).or_default()[side].push(time);
                }
            }
        }
    }
    let median = |times: &mut Vec<u64>| {
        times.sort_unstable();
        times[times.len() / 2] as f64
    };
    let mut result = serde_json::Map::new();
    for (name, [mut step, mut native, mut plan]) in times {
        let (step, native, plan) = (median(&mut step), median(&mut native), median(&mut plan));
        let (ratio, plan_ratio) = (step / native.max(1.0), plan / step.max(1.0));
        let row = json!({ "step": step, "native": native, "ratio": ratio, "plan": plan, "plan-ratio": plan_ratio });
        result.insert(name, row);
    }
    println!("{}", Value::Object(result));
    Ok(())
}
