//! Node and npm: the machine's, or a copy from PyPI.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::layout::Layout;
use crate::process::{capture, find_program};
use crate::python;

/// The oldest major version that the JavaScript tools run on.
const OLDEST: u32 = 20;

/// Node with its npm.
pub struct Node {
    /// The folder of `node` and `npm`, when it is not on the `PATH` already.
    folder: Option<PathBuf>,
}

/// Finds Node, or installs it in a virtual environment of Python.
pub fn obtain(layout: &Layout) -> Result<Node> {
    if find_program(["npm", "npm.cmd"]).is_some() && major(Path::new("node")).is_some_and(|major| major >= OLDEST) {
        return Ok(Node { folder: None });
    }
    let environment = python::obtain(layout, "node", &layout.path("xtask/node/requirements.txt"))?;
    Ok(Node { folder: Some(environment.bin()) })
}

/// Installs exactly what the `package-lock.json` in `manifests` says to `work/node_modules`.
pub fn install_packages(layout: &Layout, manifests: &Path, work: &Path) -> Result<Node> {
    let node = obtain(layout)?;
    fs::create_dir_all(work).with_context(|| format!("cannot create {}", work.display()))?;
    for name in ["package.json", "package-lock.json"] {
        let from = manifests.join(name);
        fs::copy(&from, work.join(name)).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    capture(node.command(npm).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(work))?;
    Ok(node)
}

impl Node {
    /// A command of this Node: `node`, `npm`, or a file to run with it as first argument.
    pub fn command(&self, program: &str) -> Command {
        let Some(folder) = &self.folder else { return Command::new(program) };
        let mut command = Command::new(folder.join(program));
        let mut path = OsString::from(folder);
        if let Some(rest) = std::env::var_os("PATH") {
            path.push(if cfg!(windows) { ";" } else { ":" });
            path.push(rest);
        }
        // This copy brings its own list of authorities, and the machine's may have one more.
        command.env("PATH", path).env("NODE_OPTIONS", "--use-system-ca");
        command
    }
}

/// The first number of `node --version`, as in `v20.11.1`.
fn major(node: &Path) -> Option<u32> {
    let version = capture(Command::new(node).arg("--version")).ok()?;
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}
