//! `cargo xtask test`: everything that the tests need, then the tests.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::layout::Layout;
use crate::process::{cargo, say, show};
use crate::{guests, servers, steps};

#[derive(clap::Args)]
pub struct Arguments {
    /// Run only the tests whose name contains this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Passed on to `cargo test`; with `-p <package>` only that package is tested
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    cargo: Vec<String>,
}

/// Builds what is missing, runs `cargo test`, and answers its exit code.
pub fn run(layout: &Layout, arguments: &Arguments) -> Result<ExitCode> {
    steps::build(layout)?;
    guests::build(layout)?;
    let mut command = cargo();
    command.arg("test").current_dir(layout.root()).envs(servers::obtain(layout));
    let (for_cargo, for_tests) = match arguments.cargo.iter().position(|argument| argument == "--") {
        Some(at) => arguments.cargo.split_at(at),
        None => (&arguments.cargo[..], &[][..]),
    };
    let names_a_package =
        |argument: &String| argument == "-p" || argument.starts_with("--package") || argument == "--workspace";
    let everything = !for_cargo.iter().any(names_a_package);
    if everything {
        command.arg("--workspace");
    }
    command.args(for_cargo).args(&arguments.filter).args(for_tests);
    let mut code = finish(command)?;
    if everything && code == 0 {
        // The steps are a workspace of their own; their tests run on this machine's target.
        let mut command = cargo();
        command.arg("test").current_dir(layout.path("steps")).arg("--target-dir").arg(layout.path("target"));
        command.args(for_cargo).args(&arguments.filter).args(for_tests);
        code = finish(command)?;
    }
    Ok(ExitCode::from(code))
}

fn finish(mut command: Command) -> Result<u8> {
    say(show(&command));
    let status = command.status().context("cannot start cargo")?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
