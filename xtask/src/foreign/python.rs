//! Python, by componentize-py from PyPI.

use std::fs;

use anyhow::{Context, Result};

use super::{Job, WORLD};
use crate::process::capture;
use crate::python;

pub fn build(job: &Job) -> Result<()> {
    let environment = python::obtain(job.layout, "componentize-py", &job.source.join("requirements.txt"))?;
    // A copy: Python leaves bytecode beside what it reads.
    let app = job.work.join("app.py");
    fs::copy(job.source.join("app.py"), &app).with_context(|| format!("cannot write {}", app.display()))?;
    capture(
        environment
            .command("componentize-py")
            .arg("--wit-path")
            .arg(job.wit)
            .args(["--world", WORLD, "componentize", "app", "--python-path"])
            .arg(job.work)
            .arg("--output")
            .arg(job.out),
    )?;
    Ok(())
}
