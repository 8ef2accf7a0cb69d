//! `cargo xtask fuzz`: libFuzzer on a nightly compiler, as cargo-fuzz does it, with nothing to install.

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

use crate::layout::Layout;
use crate::process::{capture, forget_cargo_run, say, succeeds};

/// What cargo-fuzz gives to the compiler: coverage that guides the fuzzer, and checks that are off in a release.
const FLAGS: [&str; 8] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Zsanitizer=address",
    "-Cdebug-assertions",
    "--cfg=fuzzing",
];

#[derive(clap::Args)]
pub struct Arguments {
    /// A target: a file in tests/fuzz/fuzz_targets without its extension. Without it, lists them
    target: Option<String>,
    /// How many seconds to search
    #[arg(default_value_t = 60)]
    seconds: u32,
}

/// Builds and runs the target; answers 1 when it found something.
pub fn run(layout: &Layout, arguments: &Arguments) -> Result<ExitCode> {
    let folder = layout.path("tests/fuzz");
    let targets = targets(layout)?;
    let Some(target) = &arguments.target else {
        for target in targets {
            println!("{target}");
        }
        return Ok(ExitCode::SUCCESS);
    };
    ensure!(targets.contains(target), "there is no fuzz target '{target}': there are {}", targets.join(", "));
    ensure!(
        succeeds(Command::new("rustup").args(["run", "nightly", "rustc", "--version"])),
        "fuzzing needs a nightly compiler: rustup toolchain install nightly"
    );
    let host = capture(Command::new("rustup").args(["run", "nightly", "rustc", "-vV"]))?;
    let Some(host) = host.lines().find_map(|line| line.strip_prefix("host: ")) else {
        bail!("the nightly compiler does not say which machine it builds for");
    };
    let corpus = layout.path("target/fuzz-corpus").join(target);
    let found = layout.path("target/fuzz-found").join(target);
    for place in [&corpus, &found] {
        fs::create_dir_all(place).with_context(|| format!("cannot create {}", place.display()))?;
    }

    say(format_args!("building the fuzz target {target}"));
    let mut command = Command::new("rustup");
    forget_cargo_run(&mut command);
    command
        .args(["run", "nightly", "cargo", "run", "--quiet", "--release", "--target", host, "--bin", target])
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(layout.path("target/fuzz"))
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("RUSTC")
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f"))
        .arg("--")
        .arg(format!("-max_total_time={}", arguments.seconds))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .arg("-timeout=10")
        .arg(&corpus);
    // Examples that are kept with the sources, to begin from.
    let seeds = folder.join("seeds").join(target);
    if seeds.is_dir() {
        command.arg(seeds);
    }
    let status = command.current_dir(&folder).status().context("cannot start rustup")?;
    if status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("if a crash was found, its input is in {}", found.display()));
    Ok(ExitCode::FAILURE)
}

fn targets(layout: &Layout) -> Result<Vec<String>> {
    let folder = layout.path("tests/fuzz/fuzz_targets");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}
