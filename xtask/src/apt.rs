//! Packages of Debian and its relatives, for machines that lack a tool.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{capture, find_program, run, say, succeeds};

/// Whether packages can be installed in this way at all.
pub fn available() -> bool {
    cfg!(target_os = "linux") && find_program(["apt-get"]).is_some()
}

/// Installs those of `packages` that are not there yet. Works as root, or with a `sudo` that asks nothing.
pub fn install(packages: &[&str], why: &str) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    let by_hand = format!("install them by hand: `apt-get update && apt-get install {list}` as root");
    if !available() {
        bail!("{why} needs {list}: {by_hand}");
    }
    let sudo = if is_root() {
        false
    } else if succeeds(Command::new("sudo").args(["-n", "true"])) {
        true
    } else {
        bail!("{why} needs the packages {list}, and this user may not install packages; {by_hand}");
    };
    say(format_args!("installing {list} with apt-get, for {why}"));
    run(&mut apt_get(sudo, &["-qq", "update"])).context(by_hand.clone())?;
    let mut command = apt_get(sudo, &["-qq", "install", "-y", "--no-install-recommends"]);
    capture(command.args(&missing)).context(by_hand)?;
    Ok(())
}

/// Copies of programs and libraries go below `/usr`: only root may do that.
pub fn is_root() -> bool {
    capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn installed(package: &str) -> bool {
    capture(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package]))
        .is_ok_and(|status| status == "installed")
}

fn apt_get(sudo: bool, arguments: &[&str]) -> Command {
    // Another process may be installing right now: wait for it.
    const WAIT: [&str; 2] = ["-o", "DPkg::Lock::Timeout=300"];
    let mut command = if sudo {
        let mut command = Command::new("sudo");
        command.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    } else {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    command.args(WAIT).args(arguments);
    command
}
