//! `cargo xtask guests`: the components that the tests run.

use anyhow::Result;

use crate::layout::Layout;
use crate::{build, foreign, toolchain};

/// Builds the Rust ones to `target/guests-out/<name>.wasm` and those in other languages to
/// `target/guests-out/foreign/<language>.wasm`, each unless nothing changed.
pub fn build(layout: &Layout) -> Result<()> {
    build_rust(layout)?;
    foreign::build(layout)
}

/// Builds those in Rust only.
pub fn build_rust(layout: &Layout) -> Result<()> {
    let toolchain = toolchain::obtain(layout)?;
    build::components(
        layout,
        toolchain,
        &build::Workspace {
            folder: &layout.path("tests/guests"),
            sources: &[layout.path("tests/guests-support"), layout.path("sdk/rust"), layout.path("wit")],
            out: &layout.guests_out(),
            what: "the guests of the tests",
        },
    )
}
