//! Python, by componentize-py from PyPI.

use anyhow::Result;

use super::{Job, WORLD};
use crate::process::capture;
use crate::python;

pub fn build(job: &Job) -> Result<()> {
    let environment = python::obtain(job.layout, "componentize-py", &job.source.join("requirements.txt"))?;
    capture(
        environment
            .command("componentize-py")
            .arg("--wit-path")
            .arg(job.wit)
            .args(["--world", WORLD, "componentize", "app", "--python-path"])
            .arg(job.source)
            .arg("--output")
            .arg(job.out)
            .env("PYTHONDONTWRITEBYTECODE", "1"),
    )?;
    Ok(())
}
