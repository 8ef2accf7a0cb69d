//! What happens inside one process: a warm step, and work with files in a step against the same code outside.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::layout::Layout;
use crate::process::{capture, cargo, say};

/// Builds the host's examples and answers what they measure as a table.
pub fn measure(layout: &Layout) -> Result<String> {
    say("measuring inside the sandbox");
    let guest = |name: &str| layout.guests_out().join(format!("{name}.wasm"));
    let warm = example(layout, "warm_step", guest("noop").as_os_str(), "5000")?;
    let number = |name: &str| warm[name].as_f64().unwrap_or(0.0);
    let mut text = format!(
        "a warm step                        median {:.0} us, p95 {:.0} us, memory +{:.0} KiB after {:.0} steps\n\n",
        number("median"),
        number("p95"),
        number("memory-growth-kib"),
        number("steps"),
    );
    text += "files: in a step and outside            step     native    ratio\n";
    let files = example(layout, "bulk_files", guest("bulk-files").as_os_str(), "15")?;
    for (phase, row) in files.as_object().into_iter().flatten() {
        let number = |name: &str| row[name].as_f64().unwrap_or(0.0);
        let (step, native) = (number("step") / 1e3, number("native") / 1e3);
        text += &format!("{phase:33} {step:>8.1} ms {native:>7.1} ms  {:>6.2}x\n", number("ratio"));
    }
    Ok(text)
}

fn example(layout: &Layout, name: &str, guest: &std::ffi::OsStr, count: &str) -> Result<Value> {
    let mut command: Command = cargo();
    command.args(["run", "--quiet", "--release", "-p", "wharf-host", "--example", name, "--"]);
    let text = capture(command.arg(guest).arg(count).current_dir(layout.root()))?;
    serde_json::from_str(&text).with_context(|| format!("the example {name} printed no JSON"))
}
