//! The developer commands of Wharf: `cargo xtask demo | test | steps | guests | toolchain | bench | fuzz`.
//!
//! Each command obtains what it needs by itself and skips what is already there. Progress goes to stderr.

mod apt;
mod bench;
mod build;
mod demo;
mod fingerprint;
mod foreign;
mod fuzz;
mod guests;
mod layout;
mod lock;
mod node;
mod process;
mod python;
mod servers;
mod static_server;
mod steps;
mod test;
mod toolchain;
mod wasi_libc;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use layout::Layout;

/// The developer commands of Wharf.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Deploys examples/supportflow with a freshly built wharf and serves the result on loopback
    Demo(demo::Arguments),
    /// Builds everything that the tests need, then runs `cargo test --workspace`
    Test(test::Arguments),
    /// Builds the standard steps to target/steps/<name>.wasm
    Steps,
    /// Builds the guests of the tests to target/guests-out/<name>.wasm
    Guests,
    /// Makes sure that guests can be built for wasm32-wasip2, and says with what
    Toolchain,
    /// Measures wharf beside bash, node and python3
    Bench(bench::Arguments),
    /// Runs one fuzz target for a while
    Fuzz(fuzz::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let layout = Layout::find()?;
    match command {
        Command::Demo(arguments) => return demo::run(&layout, &arguments),
        Command::Test(arguments) => return test::run(&layout, &arguments),
        Command::Steps => steps::build(&layout)?,
        Command::Guests => guests::build(&layout)?,
        Command::Toolchain => println!("{}", toolchain::obtain(&layout)?),
        Command::Bench(arguments) => {
            bench::run(&layout, &arguments)?;
        }
        Command::Fuzz(arguments) => return fuzz::run(&layout, &arguments),
    }
    Ok(ExitCode::SUCCESS)
}
