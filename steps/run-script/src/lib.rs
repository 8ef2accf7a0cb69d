//! The standard step `run-script`.

mod relay;
mod service_message;
mod shell;
mod variables;

use std::collections::BTreeMap;
use std::path::PathBuf;

use wharf_step::prelude::*;
use wharf_step::processes::Exit;
use wharf_step::reveal_all;
use wharf_step_support::refuse_secrets;

use relay::Relay;
use shell::Shell;

#[inputs]
struct RunScript {
    /// The program that runs the script. It must be granted: `allow: { run: [bash] }`.
    #[input(default = Shell::Bash, power = "run")]
    shell: Shell,
    /// The script.
    #[input(secret)]
    script: Option<String>,
    /// A file with the script, instead of `script`.
    #[input(power = "read")]
    #[schemars(length(min = 1))]
    file: Option<String>,
    /// A package with the script, instead of `script`; it is extracted, and the script starts there.
    #[input(power = "package")]
    #[schemars(length(min = 1))]
    package: Option<String>,
    /// The script's path in the package.
    #[schemars(length(min = 1))]
    package_file: Option<String>,
    /// Arguments of the script.
    #[input(default)]
    args: Vec<String>,
    /// Variables of its environment. Secrets may be used here.
    #[input(default)]
    env: BTreeMap<String, String>,
    /// Names or patterns (`Site.*`) of variables that the script reads with `get_octopusvariable` and its like; all that
    /// are granted if it is left out.
    #[input(power = "variables")]
    variables: Option<Vec<String>>,
    /// Where it starts; a private directory if it is left out.
    #[input(power = "write")]
    #[schemars(length(min = 1))]
    working_directory: Option<String>,
}

#[outputs]
struct Ended {
    /// The exit code; not set if a signal ended the script.
    exit_code: Option<i32>,
}

/// Runs a script with a shell or an interpreter of the machine.
///
/// It runs outside the sandbox, with the rights of who runs Wharf. The helpers that scripts of Octopus Deploy use are there:
///
/// - sh, bash: `get_octopusvariable`, `set_octopusvariable`, `new_octopusartifact`, `update_progress`, `write_verbose`,
///   `write_highlight`, `write_wait`, `write_warning`, `fail_step`; bash has `octopus_parameters` too;
/// - PowerShell: `$OctopusParameters`, `Set-OctopusVariable`, `New-OctopusArtifact`, `Update-Progress`, `Write-Highlight`,
///   `Write-Wait`, `Fail-Step`, `Execute-WithRetry`;
/// - Python: as in bash, and `octopusvariables`; Node.js: `getOctopusVariable` and so on.
///
/// `##octopus[…]` service messages are understood. Variables that the script sets are outputs of the step.
#[step(outputs = Ended)]
fn run(input: RunScript) -> Result {
    refuse_secrets(&input.args, "/args")?;
    let (script, start) = script(&input)?;
    let start = input.working_directory.map_or(start, PathBuf::from);
    let patterns = input.variables.unwrap_or_else(|| vec!["*".to_owned()]);
    let mut command = input.shell.command(&script, &patterns)?.args(input.args).cwd(&start);
    for (name, value) in &input.env {
        command = command.env(name, value);
    }
    let mut relay = Relay::new(start)?;
    let mut running = command.lines()?;
    while let Some(line) = running.next_line()? {
        relay.line(&line)?;
    }
    relay.finish()?;
    let exit = running.wait()?;
    let exit_code = match exit {
        Exit::Code(code) => Some(code),
        Exit::Signal(_) => None,
    };
    Ended { exit_code }.set()?;
    match (relay.failure, relay.lost) {
        (Some(message), _) if !exit.success() => Err(Error::failed(message)),
        (_, Some(lost)) if exit.success() => Err(lost),
        _ if exit.success() => Ok(()),
        _ => Err(Error::failed(format!("the script ended with {exit}"))),
    }
}

/// The file with the script, and the directory where it starts.
fn script(input: &RunScript) -> Result<(PathBuf, PathBuf)> {
    match (&input.script, &input.file, &input.package, &input.package_file) {
        (Some(text), None, None, None) => {
            let path = files::work().join(input.shell.script_name());
            // Shells take a carriage return for a part of the command.
            let text = reveal_all(text)?.replace("\r\n", "\n");
            files::replace(&path, text, Some(0o600))?;
            Ok((path, files::work()))
        }
        (None, Some(file), None, None) => Ok((PathBuf::from(file), files::work())),
        (None, None, Some(package), Some(path)) => {
            let folder = files::work().join("package");
            Package::open(package)?.extract_all(&folder)?;
            let script = folder.join(path);
            if !script.is_file() {
                return Err(
                    Error::not_found(format!("the package {package} has no file {path}")).with_input("/package-file")
                );
            }
            Ok((script, folder))
        }
        _ => {
            Err(Error::invalid("give one of `script`, `file`, and `package` with `package-file`").with_input("/script"))
        }
    }
}

#[cfg(test)]
mod tests;
