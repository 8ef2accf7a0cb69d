//! Packages of Debian and its relatives, for machines that lack a tool.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::lock;
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

/// Unpacks a package below `folder` without installing it. No rights are needed, unless the machine has never looked
/// which packages there are.
pub fn unpack(package: &str, folder: &Path) -> Result<()> {
    if !available() {
        bail!("{package} comes from Debian's packages, and there is no apt-get here");
    }
    let lock_file = folder.with_extension("lock");
    let _lock = lock::take(&lock_file, &format!("fetching {package}"))?;
    say(format_args!("fetching {package} with apt-get"));
    let fresh = folder.with_extension("new");
    for old in [&fresh, folder] {
        if old.exists() {
            fs::remove_dir_all(old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
    }
    fs::create_dir_all(&fresh).with_context(|| format!("cannot create {}", fresh.display()))?;
    let download = || capture(Command::new("apt-get").args(["-qq", "download", package]).current_dir(&fresh));
    if download().is_err() {
        if is_root() {
            run(&mut apt_get(false, &["-qq", "update"]))?;
        }
        download()?;
    }
    let archive = fs::read_dir(&fresh)
        .with_context(|| format!("cannot read {}", fresh.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .with_context(|| format!("apt-get downloaded no {package}"))?;
    capture(Command::new("dpkg").arg("-x").args([&archive, &fresh]))?;
    fs::remove_file(&archive).with_context(|| format!("cannot remove {}", archive.display()))?;
    fs::rename(&fresh, folder).with_context(|| format!("cannot write {}", folder.display()))
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
