//! A current C library for WASI preview 1: inside a package of npm, pinned by `xtask/wasi-libc/package-lock.json`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::layout::Layout;
use crate::process::{run, say};
use crate::{lock, node};

/// Changes with the lock file.
pub const VERSION: &str = include_str!("../wasi-libc/package-lock.json");

/// The C library's archives and start files.
pub fn lib(libc: &Path) -> PathBuf {
    libc.join("lib/wasm32-wasip1")
}

/// The compiler's own helper functions for this target.
pub fn builtins(libc: &Path) -> PathBuf {
    libc.join("lib/wasm32-unknown-wasip1/libclang_rt.builtins.a")
}

/// Fetches and unpacks it once; answers the folder, which is also a sysroot for clang.
pub fn obtain(layout: &Layout) -> Result<PathBuf> {
    let place = layout.tools().join("wasi-libc");
    let stamp = place.join("package-lock.json");
    let ready = || fs::read_to_string(&stamp).is_ok_and(|text| text == VERSION);
    if ready() {
        return Ok(place);
    }
    let _lock = lock::take(&layout.tools().join("wasi-libc.lock"), "fetching the C library")?;
    if ready() {
        return Ok(place);
    }
    say("fetching a C library for WASI from npm");
    let work = layout.tools().join("wasi-libc.npm");
    node::install_packages(layout, &layout.path("xtask/wasi-libc"), &work)?;
    fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
    run(Command::new("tar")
        .arg("-xf")
        .arg(work.join("node_modules/@yowasp/clang/gen/llvm-resources.tar"))
        .arg("-C")
        .arg(&place)
        .args(["include/wasm32-wasip1", "lib"]))?;
    // The compiler in the package is large and of no use here.
    fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
    fs::write(&stamp, VERSION).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(place)
}
