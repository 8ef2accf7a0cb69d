//! A Rust toolchain that builds for `wasm32-wasip2`: the active one if it has the target, else the active one after
//! `rustup target add`, else Debian's.

mod debian;
mod rustup;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::layout::Layout;
use crate::process::{capture, cargo, forget_cargo_run};
use crate::{apt, lock};

/// The target that steps are built for.
pub const TARGET: &str = "wasm32-wasip2";

/// Which toolchain builds guests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Toolchain {
    /// The one that runs this command.
    Active,
    /// `/usr/bin/cargo` and a standard library that was built here.
    Debian,
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active => write!(f, "the active toolchain: cargo build --release --target {TARGET}"),
            Self::Debian => write!(f, "Debian's toolchain: cargo +{} build --release --target {TARGET}", debian::NAME),
        }
    }
}

impl Toolchain {
    /// This toolchain's cargo.
    pub fn cargo(self) -> Command {
        match self {
            Self::Active => cargo(),
            Self::Debian => {
                let mut command = Command::new(debian::CARGO);
                forget_cargo_run(&mut command);
                command.env("RUSTC", debian::RUSTC).env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTDOC");
                command
            }
        }
    }

    /// The compiler's version, as text that changes when it does.
    pub fn version(self) -> Result<String> {
        match self {
            Self::Active => rustc_says(&["-vV"]),
            Self::Debian => debian::version(),
        }
    }
}

/// Finds or makes a toolchain. The environment variable `WHARF_TOOLCHAIN` names one: `active` or `debian`.
pub fn obtain(layout: &Layout) -> Result<Toolchain> {
    let wanted = std::env::var("WHARF_TOOLCHAIN").unwrap_or_default();
    match wanted.as_str() {
        "" | "active" | "debian" => {}
        other => bail!("WHARF_TOOLCHAIN is '{other}': it may be `active` or `debian`"),
    }
    let (active, debian) = (wanted != "debian", wanted != "active");
    let ready = || {
        if active && active_has_target() {
            Some(Toolchain::Active)
        } else if debian && debian::is_ready() {
            Some(Toolchain::Debian)
        } else {
            None
        }
    };
    if let Some(toolchain) = ready() {
        return Ok(toolchain);
    }
    // Machine-wide, as what is made here is.
    let _lock = lock::take(&cargo_home().join(".wharf-toolchain.lock"), "preparing the toolchain")?;
    if let Some(toolchain) = ready() {
        return Ok(toolchain);
    }
    let mut failures = Vec::new();
    if active {
        match rustup::add_target() {
            Ok(()) if active_has_target() => return Ok(Toolchain::Active),
            Ok(()) => failures.push("rustup says that the target is there, and rustc does not find it".to_owned()),
            Err(error) => failures.push(format!("{error:#}")),
        }
    }
    if debian {
        if apt::available() {
            match debian::prepare(layout) {
                Ok(()) => return Ok(Toolchain::Debian),
                Err(error) => failures.push(format!("{error:#}")),
            }
        } else {
            failures.push("this is not Debian, so its packages cannot be used instead".to_owned());
        }
    }
    bail!(
        "no toolchain here builds for {TARGET}\n  - {}\nby hand: `rustup target add {TARGET}`, then run this again",
        failures.join("\n  - ")
    )
}

fn cargo_home() -> PathBuf {
    match std::env::var_os("CARGO_HOME") {
        Some(home) => home.into(),
        None => std::env::home_dir().unwrap_or_else(std::env::temp_dir).join(".cargo"),
    }
}

fn active_has_target() -> bool {
    let Ok(folder) = rustc_says(&["--print", "target-libdir", "--target", TARGET]) else { return false };
    let Ok(files) = std::fs::read_dir(folder.trim()) else { return false };
    files.flatten().any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

fn rustc_says(arguments: &[&str]) -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    capture(Command::new(rustc).args(arguments))
}

/// Where the active toolchain keeps `wasm-component-ld`, `rust-lld` and `gcc-ld/wasm-ld`.
pub fn linkers() -> Result<PathBuf> {
    let sysroot = rustc_says(&["--print", "sysroot"])?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(host()?).join("bin"))
}

/// The triple of this machine.
fn host() -> Result<String> {
    let version = rustc_says(&["-vV"])?;
    match version.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => bail!("`rustc -vV` does not name the host: is {} a rustc?", version.lines().next().unwrap_or("this")),
    }
}
