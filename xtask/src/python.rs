//! Python: virtual environments with exactly the packages that a `requirements.txt` pins.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::layout::Layout;
use crate::process::{capture, find_program, say, succeeds};
use crate::{apt, lock};

/// A virtual environment.
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// Where its programs are.
    pub fn bin(&self) -> PathBuf {
        self.folder.join(if cfg!(windows) { "Scripts" } else { "bin" })
    }

    /// One of its programs.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin().join(program));
        command.env("VIRTUAL_ENV", &self.folder).env_remove("PYTHONPATH").env_remove("PYTHONHOME");
        command
    }
}

/// Makes the environment `name` once, and again when its requirements change.
pub fn obtain(layout: &Layout, name: &str, requirements: &Path) -> Result<Environment> {
    let environment = Environment { folder: layout.tools().join("python").join(name) };
    let wanted = fs::read_to_string(requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    let stamp = environment.folder.join("wharf-requirements.txt");
    let ready = || fs::read_to_string(&stamp).is_ok_and(|text| text == wanted);
    if ready() {
        return Ok(environment);
    }
    let lock_file = layout.tools().join(format!("python/{name}.lock"));
    let _lock = lock::take(&lock_file, &format!("installing Python packages for {name}"))?;
    if ready() {
        return Ok(environment);
    }
    say(format_args!("installing from PyPI: {}", wanted.split_whitespace().collect::<Vec<_>>().join(" ")));
    let python = interpreter()?;
    capture(Command::new(python).args(["-m", "venv", "--clear"]).arg(&environment.folder))?;
    capture(
        environment.command("python").args(["-m", "pip", "install", "--quiet", "--no-input", "-r"]).arg(requirements),
    )?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(environment)
}

/// A Python that can make virtual environments.
fn interpreter() -> Result<PathBuf> {
    let usable = || {
        let python = find_program(["python3", "python"])?;
        let test = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
        succeeds(Command::new(&python).args(["-c", test])).then_some(python)
    };
    if let Some(python) = usable() {
        return Ok(python);
    }
    if apt::available() {
        apt::install(&["python3", "python3-venv"], "tools that come from PyPI")?;
    }
    match usable() {
        Some(python) => Ok(python),
        None => bail!("a Python of 3.10 or newer with its venv module is needed: install it and run this again"),
    }
}
