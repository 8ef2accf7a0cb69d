//! The standard step `run-command`.

use std::collections::BTreeMap;

use wharf_step::prelude::*;
use wharf_step::processes::{Exit, Source};
use wharf_step::reveal_all;
use wharf_step_support::refuse_secrets;

/// The most bytes of captured output.
const MOST_CAPTURED: usize = 512 * 1024;

#[inputs]
struct RunCommand {
    /// The program and its arguments, passed as they are: no shell comes in between. The program must be granted:
    /// `allow: { run: [terraform] }`.
    #[input(power = "run")]
    #[schemars(length(min = 1))]
    command: Vec<String>,
    /// Variables of its environment, which otherwise holds the system's basics only. Secrets may be used here.
    #[input(default)]
    env: BTreeMap<String, String>,
    /// Where it starts; a private, empty directory if it is left out.
    #[input(power = "write")]
    #[schemars(length(min = 1))]
    working_directory: Option<String>,
    /// A text that it reads from standard input.
    #[input(secret)]
    stdin: Option<String>,
    /// The exit codes that mean success.
    #[input(default = vec![0])]
    #[schemars(length(min = 1))]
    exit_codes: Vec<i32>,
    /// Keep standard output as the output `stdout`, without the last line end; at most 512 KiB.
    #[input(default)]
    capture: bool,
}

#[outputs]
struct Ended {
    /// The exit code; not set if a signal ended the program.
    exit_code: Option<i32>,
    /// What was captured.
    stdout: Option<String>,
}

/// Runs a program of the machine.
///
/// It runs outside the sandbox, with the rights of who runs Wharf. What it prints is logged: standard output as
/// information, standard error as warnings.
#[step]
fn run(input: RunCommand) -> Result<Ended> {
    let Some((program, arguments)) = input.command.split_first() else {
        return Err(Error::invalid("name a program: `command: [program, argument]`").with_input("/command"));
    };
    refuse_secrets(&input.command, "/command")?;
    let mut command = Command::new(program).args(arguments);
    for (name, value) in &input.env {
        command = command.env(name, value);
    }
    if let Some(directory) = &input.working_directory {
        command = command.cwd(directory);
    }
    if let Some(text) = &input.stdin {
        command = command.stdin(reveal_all(text)?);
    }
    let (exit, stdout) = if input.capture {
        let (exit, stdout) = captured(command)?;
        (exit, Some(stdout))
    } else {
        (command.run()?, None)
    };
    let code = match exit {
        Exit::Code(code) => Some(code),
        Exit::Signal(_) => None,
    };
    let ended = Ended { exit_code: code, stdout };
    if code.is_some_and(|code| input.exit_codes.contains(&code)) {
        return Ok(ended);
    }
    // Steps that run after a failure may ask for the code.
    ended.set()?;
    Err(Error::failed(match input.exit_codes.as_slice() {
        [0] => format!("`{program}` ended with {exit}"),
        expected => format!("`{program}` ended with {exit}, expected {}", list(expected)),
    }))
}

/// Runs it, logs its lines, and keeps those of standard output.
fn captured(command: Command) -> Result<(Exit, String)> {
    let mut running = command.lines()?;
    let mut stdout = String::new();
    while let Some(line) = running.next_line()? {
        match line.source {
            Source::Stdout => {
                info!("{}", line.text);
                stdout.push_str(&line.text);
                stdout.push('\n');
            }
            Source::Stderr => warn!("{}", line.text),
        }
        if stdout.len() > MOST_CAPTURED {
            running.kill();
            return Err(Error::limit("the program prints more than 512 KiB, the most that `capture` keeps")
                .with_help("let it write into a file"));
        }
    }
    stdout.truncate(stdout.trim_end_matches('\n').len());
    Ok((running.wait()?, stdout))
}

fn list(codes: &[i32]) -> String {
    codes.iter().map(i32::to_string).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests;
