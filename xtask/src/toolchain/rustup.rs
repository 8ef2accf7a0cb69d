//! `rustup target add`, given up soon when nothing arrives.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::TARGET;
use crate::process::{find_program, say};

/// How long rustup may go without a byte arriving.
const STALL: Duration = Duration::from_secs(20);

/// Downloads the target for the active toolchain.
pub fn add_target() -> Result<()> {
    if find_program(["rustup"]).is_none() {
        bail!("rustup is not installed");
    }
    say(format_args!("rustup target add {TARGET}"));
    let mut child = Command::new("rustup")
        .args(["target", "add", TARGET])
        .env("RUSTUP_MAX_RETRIES", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .context("cannot start rustup")?;
    watch(&mut child)
}

fn watch(child: &mut Child) -> Result<()> {
    let home = home();
    let mut seen = received(&home);
    let mut since = Instant::now();
    loop {
        if let Some(status) = child.try_wait().context("cannot wait for rustup")? {
            if status.success() {
                return Ok(());
            }
            bail!("`rustup target add {TARGET}` failed ({status})");
        }
        let now = received(&home);
        if now != seen {
            (seen, since) = (now, Instant::now());
        } else if since.elapsed() > STALL {
            child.kill().and_then(|()| child.wait()).context("cannot stop rustup")?;
            bail!("`rustup target add {TARGET}` received nothing for {} s", STALL.as_secs());
        }
        sleep(Duration::from_millis(100));
    }
}

/// Bytes and files in the folders that rustup downloads and unpacks to.
fn received(home: &Path) -> (u64, u64) {
    let mut total = (0, 0);
    let mut folders = vec![home.join("downloads"), home.join("tmp")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            total = (total.0 + metadata.len(), total.1 + 1);
            if metadata.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    total
}

fn home() -> PathBuf {
    if let Some(home) = std::env::var_os("RUSTUP_HOME") {
        return home.into();
    }
    std::env::home_dir().unwrap_or_default().join(".rustup")
}
