//! What packing and reading packages costs, beside other programs on the same files.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::inside::{example, figures};
use crate::layout::Layout;
use crate::process::say;

/// Builds the examples of `wharf-package` and answers what they measure as a table.
pub fn measure(layout: &Layout) -> Result<String> {
    say("measuring packages");
    // Files in memory: what is measured is the programs, and not the disk.
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = tempfile::Builder::new().prefix("wharf-bench-").tempdir_in(&place);
    let folder = folder.with_context(|| format!("no folder can be made in {}", place.display()))?;
    let arguments: [&OsStr; 1] = [folder.path().as_os_str()];
    let packing = example(layout, "wharf-package", "measure_pack", &arguments)?;
    let mut text =
        format!("\npacking, {} cores              seconds      bytes  x zip -6  % of zip\n", packing["cores"]);
    for row in packing["runs"].as_array().into_iter().flatten() {
        text += &pack_row(row);
    }
    let reading = example(layout, "wharf-package", "measure_archives", &arguments)?;
    text += &figures("reading packages, milliseconds", &in_milliseconds(&reading));
    Ok(text)
}

fn pack_row(row: &Value) -> String {
    let name = row["program"].as_str().unwrap_or("-");
    match row["skipped"].as_str() {
        Some(reason) => format!("  {name:28} {reason}\n"),
        None => {
            let number = |name: &str| row[name].as_f64().unwrap_or(0.0);
            format!(
                "  {name:28} {:>8.3} {:>10} {:>9.2} {:>9.2}\n",
                number("seconds"),
                row["bytes"],
                number("times_the_speed_of_zip"),
                number("percent_of_zip"),
            )
        }
    }
}

/// Programs that are not on this machine took no time.
fn in_milliseconds(seconds: &Value) -> Value {
    let rows = seconds.as_object().into_iter().flatten();
    rows.map(|(name, seconds)| {
        let shown = seconds.as_f64().map_or_else(|| Value::from("not here"), |seconds| Value::from(seconds * 1000.0));
        (name.clone(), shown)
    })
    .collect()
}
