//! A process of many steps that do nothing: what a run and each of its steps cost.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::build;
use crate::layout::Layout;

/// Writes the process and its component to `folder` and answers the process file.
pub fn write(layout: &Layout, folder: &Path, steps: u32) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    build::install(&layout.guests_out().join("noop.wasm"), &folder.join("noop.wasm"))?;
    let file = folder.join("wharf.yaml");
    fs::write(&file, process(steps)).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

fn process(steps: u32) -> String {
    let mut text = "wharf: 1\nproject: Bench\nenvironments: [Bench]\nsteps:\n".to_owned();
    for step in 1..=steps {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  - {{ name: Step {step}, uses: ./noop.wasm }}");
    }
    text
}
