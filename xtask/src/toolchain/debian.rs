//! Debian's Rust (`rustc-web`, which is recent), a standard library for `wasm32-wasip2` that is built from its
//! source, a current C library from npm, and the linkers of rustup's toolchain.
//!
//! Debian has no such standard library as a package, and its `wasi-libc` is too old for std. Everything goes where
//! `/usr/bin/rustc` looks by itself, so that no flags are needed afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::{TARGET, host, linkers};
use crate::fingerprint::Fingerprint;
use crate::layout::Layout;
use crate::process::{capture, find_program, forget_cargo_run, run, say, succeeds};
use crate::{apt, wasi_libc};

/// What rustup calls this toolchain: `cargo +wasi build …`.
pub const NAME: &str = "wasi";
pub const RUSTC: &str = "/usr/bin/rustc";
pub const CARGO: &str = "/usr/bin/cargo";

const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
/// The oldest minor version of Rust 1 that builds the guests.
const OLDEST: u32 = 95;
const RUSTLIB: &str = "/usr/lib/rustlib";
/// What std for this target links, besides the C library itself.
const LIBC: [&str; 7] = [
    "crt1-command.o",
    "crt1-reactor.o",
    "libc.a",
    "libwasi-emulated-mman.a",
    "libwasi-emulated-signal.a",
    "libwasi-emulated-process-clocks.a",
    "libwasi-emulated-getpid.a",
];
const LINKERS: [&str; 3] = ["wasm-component-ld", "rust-lld", "gcc-ld/wasm-ld"];

/// Whether all of it is in place, for the version that is installed now.
pub fn is_ready() -> bool {
    Path::new(RUSTC).is_file()
        && Path::new(CARGO).is_file()
        && version().is_ok_and(|version| fingerprint(&version).matches(&stamp()))
        && host().is_ok_and(|host| LINKERS.iter().all(|linker| linker_folder(&host).join(linker).exists()))
}

/// What Debian's compiler says of itself.
pub fn version() -> Result<String> {
    capture(Command::new(RUSTC).arg("-vV"))
}

/// Installs and builds what is missing. Takes half a minute the first time.
pub fn prepare(layout: &Layout) -> Result<()> {
    apt::install(&PACKAGES, "building guests with Debian's Rust")?;
    let version = version()?;
    ensure_recent(&version)?;
    if !fingerprint(&version).matches(&stamp()) {
        let libc = wasi_libc::obtain(layout)?;
        let work = layout.tools().join("debian-std");
        build_std(&work, &libc)?;
        install_std(&work, &libc, &version)?;
    }
    link_linkers()?;
    if find_program(["rustup"]).is_some() && !succeeds(Command::new("rustup").args(["run", NAME, "rustc", "--version"]))
    {
        capture(Command::new("rustup").args(["toolchain", "link", NAME, "/usr"]))?;
    }
    ensure!(is_ready(), "Debian's toolchain was prepared and is still not complete: see {RUSTLIB}/{TARGET}");
    Ok(())
}

fn ensure_recent(version: &str) -> Result<()> {
    let first = version.lines().next().unwrap_or_default();
    let minor: Option<u32> =
        first.strip_prefix("rustc 1.").and_then(|rest| rest.split('.').next()).and_then(|minor| minor.parse().ok());
    match minor {
        Some(minor) if minor >= OLDEST => Ok(()),
        _ => bail!("{RUSTC} is `{first}`, and guests need 1.{OLDEST}: enable the distribution's security updates"),
    }
}

/// Compiles an empty crate together with std: what is wanted are the libraries that it depends on.
fn build_std(work: &Path, libc: &Path) -> Result<()> {
    say(format_args!("building the standard library for {TARGET} (half a minute, once)"));
    fs::create_dir_all(work.join("src")).with_context(|| format!("cannot create {}", work.display()))?;
    let manifest = "[package]\nname = \"sysroot\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n";
    fs::write(work.join("Cargo.toml"), manifest).context("cannot write the manifest of the empty crate")?;
    fs::write(work.join("src/lib.rs"), "#![no_std]\n").context("cannot write the empty crate")?;
    // Files of an older compiler beside those of this one would be installed with them.
    let target = work.join("target");
    if target.exists() {
        fs::remove_dir_all(&target).with_context(|| format!("cannot remove {}", target.display()))?;
    }
    let mut command = Command::new(CARGO);
    forget_cargo_run(&mut command);
    command
        .args(["build", "--quiet", "--release", "--target", TARGET])
        .arg("-Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test")
        .arg("--manifest-path")
        .arg(work.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .env("RUSTC", RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTUP_TOOLCHAIN")
        // Guests are built with LTO, which reads the libraries' bitcode. Unit separators: a path may hold spaces.
        .env("CARGO_ENCODED_RUSTFLAGS", format!("-Cembed-bitcode=yes\x1f-L\x1f{}", wasi_libc::lib(libc).display()));
    run(&mut command)
}

/// Puts the libraries together beside their place, then moves them there at once.
fn install_std(work: &Path, libc: &Path, version: &str) -> Result<()> {
    let stage = work.join("stage");
    if stage.exists() {
        fs::remove_dir_all(&stage).with_context(|| format!("cannot remove {}", stage.display()))?;
    }
    let lib = stage.join("lib");
    fs::create_dir_all(lib.join("self-contained")).with_context(|| format!("cannot create {}", lib.display()))?;
    let built = work.join("target").join(TARGET).join("release/deps");
    for entry in fs::read_dir(&built).with_context(|| format!("cannot read {}", built.display()))? {
        let file = entry.with_context(|| format!("cannot read {}", built.display()))?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libsysroot-") {
            copy(&file, &lib.join(name))?;
        }
    }
    for name in LIBC {
        copy(&wasi_libc::lib(libc).join(name), &lib.join("self-contained").join(name))?;
    }
    fingerprint(version).note(&stage.join("wharf-stamp"))?;
    let place = format!("{RUSTLIB}/{TARGET}");
    let next = format!("{place}.next");
    as_root(Command::new("rm").args(["-rf", &next]))?;
    as_root(Command::new("cp").arg("-r").arg(&stage).arg(&next))?;
    as_root(Command::new("rm").args(["-rf", &place]))?;
    as_root(Command::new("mv").args(["-T", &next, &place]))
}

/// Links the linkers of rustup's toolchain to where Debian's rustc looks. `wasm-ld` is copied: it looks for
/// `rust-lld` beside its own folder, and that must be Debian's.
fn link_linkers() -> Result<()> {
    let from = linkers()?;
    let to = linker_folder(&host()?);
    for name in LINKERS {
        let source = from.join(name);
        ensure!(
            source.is_file(),
            "{} is missing: the toolchain must be one of rustup's, which ship the linkers",
            source.display()
        );
        let place = to.join(name);
        as_root(Command::new("mkdir").arg("-p").arg(place.parent().unwrap_or(&to)))?;
        let mut command = if name == "gcc-ld/wasm-ld" {
            let mut command = Command::new("cp");
            command.arg("-f");
            command
        } else {
            let mut command = Command::new("ln");
            command.arg("-sf");
            command
        };
        as_root(command.arg(source).arg(place))?;
    }
    Ok(())
}

fn as_root(command: &mut Command) -> Result<()> {
    if apt::is_root() {
        return run(command);
    }
    let mut sudo = Command::new("sudo");
    sudo.arg("-n").arg(command.get_program()).args(command.get_args());
    run(&mut sudo)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

fn fingerprint(version: &str) -> Fingerprint {
    Fingerprint::of(&format!("{version}{}", wasi_libc::VERSION))
}

fn stamp() -> PathBuf {
    Path::new(RUSTLIB).join(TARGET).join("wharf-stamp")
}

fn linker_folder(host: &str) -> PathBuf {
    Path::new(RUSTLIB).join(host).join("bin")
}
