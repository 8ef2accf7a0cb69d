//! `cargo xtask demo`: deploys `examples/supportflow` with a freshly built `wharf`, and serves the result.

use std::fs;
use std::process::{Command, ExitCode};
use std::thread;

use anyhow::{Context, Result, ensure};

use crate::layout::Layout;
use crate::process::{cargo, forget_cargo_run, run as run_quietly, say, show};
use crate::static_server::StaticServer;
use crate::steps;

const PROCESS: &str = "examples/supportflow/wharf.yaml";

#[derive(clap::Args)]
pub struct Arguments {
    /// The environment to deploy to
    #[arg(default_value = "Dev")]
    environment: String,
    /// Keep serving the site until Ctrl-C
    #[arg(long)]
    serve: bool,
    /// Passed on to `wharf run`
    #[arg(last = true, value_name = "ARGUMENTS")]
    wharf: Vec<String>,
}

/// Builds what is missing, deploys, and answers the exit code of `wharf run`.
pub fn run(layout: &Layout, arguments: &Arguments) -> Result<ExitCode> {
    let environment = &arguments.environment;
    ensure!(
        environment.starts_with(|c: char| c.is_ascii_alphanumeric())
            && environment.chars().all(|c| c.is_ascii_alphanumeric() || "-_. ".contains(c)),
        "'{environment}' cannot be the name of a folder: letters, digits, '-', '_', '.' and spaces can"
    );
    let wharf = build_wharf(layout)?;

    let root = layout.path("target/demo").join(environment);
    fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
    let server = start_server(layout, environment)?;

    let mut command = Command::new(wharf);
    forget_cargo_run(&mut command);
    command
        .args(["run", "-f", PROCESS, "-e", environment])
        .arg("--variable")
        .arg(format!("Site.Root={}", root.display()))
        .arg("--variable")
        .arg(format!("Site.Url={}", server.url()))
        .args(&arguments.wharf)
        // The steps have just been built: no lock could have recorded them.
        .env_remove("CI")
        .current_dir(layout.root());
    say(show(&command));
    let status = command.status().context("cannot start wharf")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    if code != 0 {
        return Ok(ExitCode::from(code));
    }

    say(format_args!("the site is in {}", root.join("current").display()));
    if arguments.serve {
        say(format_args!("and at {} until you press Ctrl-C", server.url()));
        loop {
            thread::park();
        }
    }
    say(format_args!("to look at it: cargo xtask demo {environment} --serve"));
    Ok(ExitCode::SUCCESS)
}

/// The release build of `wharf`, with the standard steps in it.
pub fn build_wharf(layout: &Layout) -> Result<std::path::PathBuf> {
    steps::build(layout)?;
    say("building wharf (release; some minutes the first time)");
    run_quietly(
        cargo().args(["build", "--release", "--package", "wharf-cli", "--bin", "wharf"]).current_dir(layout.root()),
    )?;
    let target = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => layout.root().join(folder),
        None => layout.path("target"),
    };
    Ok(target.join("release").join(format!("wharf{}", std::env::consts::EXE_SUFFIX)))
}

/// Serves the live version, on the same port as the last time if that is free: the address is written into the
/// site, and a second run should find nothing to change.
fn start_server(layout: &Layout, environment: &str) -> Result<StaticServer> {
    let note = layout.path("target/demo").join(format!("{environment}.port"));
    let last = fs::read_to_string(&note).ok().and_then(|port| port.trim().parse().ok());
    let server = StaticServer::start(layout.path("target/demo").join(environment).join("current"), last)?;
    fs::write(&note, server.port().to_string()).with_context(|| format!("cannot write {}", note.display()))?;
    Ok(server)
}
