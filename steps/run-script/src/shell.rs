use std::path::{Path, PathBuf};

use wharf_step::prelude::*;

use crate::variables;

/// The program that runs a script.
#[inputs]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    Bash,
    Sh,
    Pwsh,
    Powershell,
    Python,
    Python3,
    Node,
}

impl Shell {
    /// The name of the program, as it is granted.
    pub fn program(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Sh => "sh",
            Shell::Pwsh => "pwsh",
            Shell::Powershell => "powershell",
            Shell::Python => "python",
            Shell::Python3 => "python3",
            Shell::Node => "node",
        }
    }

    /// The file in which an inline script is put.
    pub fn script_name(self) -> &'static str {
        match self {
            Shell::Bash | Shell::Sh => "script.sh",
            Shell::Pwsh | Shell::Powershell => "script.ps1",
            Shell::Python | Shell::Python3 => "script.py",
            Shell::Node => "script.js",
        }
    }

    /// Writes the helpers with the variables, and answers how the script is run with them.
    pub fn command(self, script: &Path, patterns: &[String]) -> Result<Command> {
        let variables = variables::granted(patterns)?;
        let folder = files::work().join(".helpers");
        let write = |name: &str, content: &str| -> Result<PathBuf> {
            let path = folder.join(name);
            // Secrets may be in them.
            files::replace(&path, content, Some(0o600))?;
            Ok(path)
        };
        let script = files::native_path(script)?;
        let command = Command::new(self.program());
        if matches!(self, Shell::Bash | Shell::Sh) {
            let load = include_str!("helpers/helpers.sh").to_owned() + &variables::as_shell(&variables);
            let load = files::native_path(write("load.sh", &load)?)?.replace('\'', r"'\''");
            // `$0` and the places in messages are then the script's own.
            return Ok(command.arg("-c").arg(format!(". '{load}' && . \"$0\"")).arg(script));
        }
        write("variables.json", &variables::as_json(&variables)?)?;
        match self {
            Shell::Python | Shell::Python3 => {
                let helpers = write("helpers.py", include_str!("helpers/helpers.py"))?;
                // Lines are to be seen when they are printed.
                Ok(command.env("PYTHONUNBUFFERED", 1).args([files::native_path(helpers)?, script]))
            }
            Shell::Node => {
                let helpers = write("helpers.cjs", include_str!("helpers/helpers.cjs"))?;
                Ok(command.args(["--require".to_owned(), files::native_path(helpers)?, script]))
            }
            _ => {
                let helpers = write("helpers.ps1", include_str!("helpers/helpers.ps1"))?;
                let options = ["-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File"];
                Ok(command.args(options).args([files::native_path(helpers)?, script]))
            }
        }
    }
}
