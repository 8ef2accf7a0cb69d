//! Measures what a step costs when everything is warm: `cargo xtask bench` runs it and prints the figures.
//!
//! Arguments: the component's file, and how many times. Prints one JSON object with microseconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wharf_host::{Host, HostOptions};
use wharf_model::{ComponentSource, NoObserver, StepCall, StepRunner};

/// The memory of this process, where the system tells it.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let file = arguments.next().ok_or("which component?")?;
    let count: usize = arguments.next().and_then(|text| text.to_str()?.parse().ok()).unwrap_or(2000);
    let inputs: Value = match arguments.next() {
        Some(text) => serde_json::from_str(&text.to_string_lossy())?,
        None => json!({}),
    };
    let cache = tempfile::tempdir()?;
    let began = Instant::now();
    let options = HostOptions { cache: Some(cache.path().to_owned()), ..HostOptions::default() };
    let host = Host::new(&options)?;
    let host_start = began.elapsed();
    let began = Instant::now();
    let component = host.load(&ComponentSource::File(file.into()))?;
    let cold_load = began.elapsed();
    let mut times = Vec::with_capacity(count);
    let mut memory_when_warm = 0;
    for index in 0..count + 100 {
        if index == 100 {
            memory_when_warm = resident_kib();
        }
        let call = StepCall { inputs: inputs.clone(), ..StepCall::new(Arc::clone(&component)) };
        let began = Instant::now();
        host.run(call, Arc::new(NoObserver))?;
        times.push(began.elapsed());
    }
    let mut times = times.split_off(100);
    times.sort();
    let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
    println!(
        "{}",
        json!({
            "host-start": micros(host_start),
            "cold-load": micros(cold_load),
            "median": micros(times[times.len() / 2]),
            "p95": micros(times[times.len() * 95 / 100]),
            "steps": count,
            "memory-growth-kib": resident_kib().saturating_sub(memory_when_warm),
        })
    );
    Ok(())
}
