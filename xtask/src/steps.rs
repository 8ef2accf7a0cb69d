//! `cargo xtask steps`: the standard steps, which the `wharf` binary embeds.

use anyhow::Result;

use crate::layout::Layout;
use crate::{build, toolchain};

/// Builds them to `target/steps/<name>.wasm` unless nothing changed.
pub fn build(layout: &Layout) -> Result<()> {
    let toolchain = toolchain::obtain(layout)?;
    build::components(
        layout,
        toolchain,
        &build::Workspace {
            folder: &layout.path("steps"),
            sources: &[layout.path("sdk/rust"), layout.path("wit")],
            out: &layout.steps_out(),
            what: "the standard steps",
        },
    )
}
