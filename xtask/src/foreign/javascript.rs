//! JavaScript, by componentize-js from npm.

use std::fs;

use anyhow::{Context, Result};

use super::{Job, WORLD};
use crate::node;
use crate::process::capture;

pub fn build(job: &Job) -> Result<()> {
    let node = node::install_packages(job.layout, job.source, job.work)?;
    let script = job.work.join("step.js");
    fs::copy(job.source.join("step.js"), &script).with_context(|| format!("cannot write {}", script.display()))?;
    capture(
        node.command("node")
            .arg(job.work.join("node_modules/@bytecodealliance/componentize-js/src/cli.js"))
            .arg(&script)
            .arg("--wit")
            .arg(job.wit)
            .args(["--world-name", WORLD, "--out"])
            .arg(job.out),
    )?;
    Ok(())
}
