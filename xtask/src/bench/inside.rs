//! What happens inside one process: a warm step, and work with files in a step against the same code outside.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::layout::Layout;
use crate::process::{capture, cargo, say};

/// Builds the host's examples and answers what they measure as a table.
pub fn measure(layout: &Layout) -> Result<String> {
    say("measuring inside the sandbox");
    let guest = |name: &str| layout.guests_out().join(format!("{name}.wasm"));
    let warm = example(layout, "wharf-host", "warm_step", &[guest("noop").as_os_str(), OsStr::new("5000")])?;
    let number = |name: &str| warm[name].as_f64().unwrap_or(0.0);
    let mut text = format!(
        "a warm step                        median {:.0} us, p95 {:.0} us, memory +{:.0} KiB after {:.0} steps\n\n",
        number("median"),
        number("p95"),
        number("memory-growth-kib"),
        number("steps"),
    );
    text += "files: in a step and outside            step     native    ratio      in a plan\n";
    let files = example(layout, "wharf-host", "bulk_files", &[guest("bulk-files").as_os_str(), OsStr::new("15")])?;
    for (phase, row) in files.as_object().into_iter().flatten() {
        let number = |name: &str| row[name].as_f64().unwrap_or(0.0);
        let (step, native) = (number("step") / 1e3, number("native") / 1e3);
        let (ratio, plan) = (number("ratio"), number("plan-ratio"));
        text += &format!("{phase:33} {step:>8.1} ms {native:>7.1} ms  {ratio:>6.2}x {plan:>6.2}x the step\n");
    }
    let tree = example(layout, "wharf-host", "plan_tree", &[guest("files").as_os_str(), OsStr::new("9")])?;
    let number = |name: &str| tree[name].as_f64().unwrap_or(0.0);
    text += &format!(
        "\na step over {:.0} files of which it touches ten: run {:.1} ms, plan {:.1} ms, {:.2}x\n",
        number("files"),
        number("run"),
        number("plan"),
        number("ratio"),
    );
    text += &figures("the language", &example(layout, "wharf-variables", "measure", &[])?);
    text += &figures("masking", &example(layout, "wharf-model", "mask_measure", &[])?);
    Ok(text)
}

/// What an example measured, a line for each figure.
pub(super) fn figures(title: &str, measured: &Value) -> String {
    let mut text = format!("\n{title}\n");
    for (name, figure) in measured.as_object().into_iter().flatten() {
        text += &match figure {
            Value::Number(number) => format!("  {name:44} {:>10.1}\n", number.as_f64().unwrap_or(0.0)),
            other => format!("  {name:44} {:>10}\n", other.as_str().unwrap_or("-")),
        };
    }
    text
}

/// Builds an example of a package, runs it and answers what it printed as JSON.
pub(super) fn example(layout: &Layout, package: &str, name: &str, arguments: &[&OsStr]) -> Result<Value> {
    let mut command: Command = cargo();
    command.args(["run", "--quiet", "--release", "-p", package, "--example", name, "--"]);
    let text = capture(command.args(arguments).current_dir(layout.root()))?;
    serde_json::from_str(&text).with_context(|| format!("the example {name} printed no JSON"))
}
