//! C, by clang: bindings from the WIT by a small tool of ours over `wit-bindgen-c`, the C library of `wasi_libc`, and
//! the component linker of rustup's toolchain.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use super::{Job, WORLD};
use crate::process::{capture, cargo, find_program};
use crate::{apt, toolchain, wasi_libc};

pub fn build(job: &Job) -> Result<()> {
    let libc = wasi_libc::obtain(job.layout)?;
    let clang = clang()?;
    let linkers = toolchain::linkers()?;
    capture(
        cargo()
            .args(["run", "--quiet", "--manifest-path"])
            .arg(job.source.join("bindings/Cargo.toml"))
            .arg("--target-dir")
            .arg(job.layout.path("target/guests-foreign/c-bindings"))
            .arg("--")
            .arg(job.wit)
            .arg(WORLD)
            .arg(job.work),
    )?;
    let name = WORLD.replace('-', "_");
    let mut objects = Vec::new();
    for source in [job.source.join("step.c"), job.work.join(format!("{name}.c"))] {
        let object = job.work.join(source.file_name().unwrap_or_default()).with_extension("o");
        capture(
            Command::new(&clang)
                .args(["--target=wasm32-wasip1", "-Os", "-Wall", "-Werror", "-c"])
                .arg(format!("--sysroot={}", libc.display()))
                .arg("-I")
                .arg(job.work)
                .arg(&source)
                .arg("-o")
                .arg(&object),
        )?;
        objects.push(object);
    }
    let lib = wasi_libc::lib(&libc);
    capture(
        Command::new(linkers.join("wasm-component-ld"))
            .arg("--wasm-ld-path")
            .arg(linkers.join("gcc-ld/wasm-ld"))
            .args(["--strip-all", "--no-entry", "-L"])
            .arg(&lib)
            .arg(lib.join("crt1-reactor.o"))
            .args(objects)
            .arg(job.work.join(format!("{name}_component_type.o")))
            .arg("-lc")
            .arg(wasi_libc::builtins(&libc))
            .arg("-o")
            .arg(job.out),
    )?;
    Ok(())
}

/// A clang that knows WebAssembly.
fn clang() -> Result<PathBuf> {
    const NAMES: [&str; 6] = ["clang-22", "clang-21", "clang-20", "clang-19", "clang-18", "clang"];
    let usable = || {
        let clang = find_program(NAMES)?;
        capture(Command::new(&clang).arg("--print-targets")).ok()?.contains("wasm32").then_some(clang)
    };
    if let Some(clang) = usable() {
        return Ok(clang);
    }
    if apt::available() && apt::install(&["clang-22"], "the guest in C").is_err() {
        apt::install(&["clang"], "the guest in C")?;
    }
    match usable() {
        Some(clang) => Ok(clang),
        None => bail!("a clang with the target wasm32 is needed: install LLVM's clang and run this again"),
    }
}
