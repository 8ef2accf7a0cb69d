//! Real servers that tests talk to, and other programs that they need. A test starts each by itself, on a free port of
//! loopback, and stops it afterwards.
//!
//! Where one cannot be obtained the tests that need it say that they are skipped.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::layout::Layout;
use crate::process::{find_program, say, succeeds};
use crate::{apt, python};

/// For each server the variable that tells tests where it is, and where it is.
pub fn obtain(layout: &Layout) -> Vec<(&'static str, PathBuf)> {
    let registry = ("WHARF_TEST_DOCKER_REGISTRY", "docker-registry", docker_registry(layout));
    let moto = ("WHARF_TEST_MOTO", "moto_server", moto(layout));
    let strace = ("WHARF_TEST_STRACE", "strace", strace());
    [registry, moto, strace]
        .into_iter()
        .filter_map(|(variable, name, found)| match found {
            Ok(program) => Some((variable, program)),
            Err(error) => {
                say(format_args!("tests with {name} will be skipped: {error:#}"));
                None
            }
        })
        .collect()
}

/// The OCI registry of Debian's package. It is unpacked below target/, not installed: an installed one starts itself.
fn docker_registry(layout: &Layout) -> Result<PathBuf> {
    if let Some(program) = find_program(["docker-registry"]) {
        return Ok(program);
    }
    let folder = layout.tools().join("docker-registry");
    let program = folder.join("usr/bin/docker-registry");
    if !program.is_file() {
        apt::unpack("docker-registry", &folder).context("docker-registry of Debian cannot be obtained")?;
    }
    anyhow::ensure!(program.is_file(), "the package docker-registry has no {}", program.display());
    Ok(program)
}

/// What shows the system calls of a plan.
fn strace() -> Result<PathBuf> {
    if find_program(["strace"]).is_none() {
        apt::install(&["strace"], "the proof that a plan changes nothing")?;
    }
    find_program(["strace"]).context("strace was installed, and is not there")
}

/// What plays S3, from PyPI.
fn moto(layout: &Layout) -> Result<PathBuf> {
    if let Some(program) = find_program(["moto_server"]).filter(|it| succeeds(Command::new(it).arg("--help"))) {
        return Ok(program);
    }
    let environment = python::obtain(layout, "servers", &layout.path("xtask/servers/requirements.txt"))
        .context("moto cannot be obtained from PyPI")?;
    Ok(environment.bin().join(format!("moto_server{}", std::env::consts::EXE_SUFFIX)))
}
