//! Guests in other languages, built from the WIT alone: the proof that the contract needs no SDK.

mod c;
mod javascript;
mod python;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::fingerprint::Fingerprint;
use crate::layout::Layout;
use crate::process::say;
use crate::{build, lock};

/// The world that they implement.
const WORLD: &str = "plain-step";

/// What a language's build gets.
struct Job<'a> {
    layout: &'a Layout,
    /// `tests/guests-foreign/<language>`.
    source: &'a Path,
    /// The contract.
    wit: &'a Path,
    /// A folder for what is made on the way.
    work: &'a Path,
    /// The component to write.
    out: &'a Path,
}

type Language = (&'static str, fn(&Job) -> Result<()>);

const LANGUAGES: [Language; 3] = [("c", c::build), ("javascript", javascript::build), ("python", python::build)];

/// Builds each language's guest to `target/guests-out/foreign/<language>.wasm` unless nothing changed.
pub fn build(layout: &Layout) -> Result<()> {
    let folder = layout.guests_out().join("foreign");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for language in LANGUAGES {
        build_one(layout, &folder, language).with_context(|| format!("the guest in {} was not built", language.0))?;
    }
    Ok(())
}

fn build_one(layout: &Layout, folder: &Path, (language, build): Language) -> Result<()> {
    let source = layout.path("tests/guests-foreign").join(language);
    let wit = layout.path("wit");
    let sources = Fingerprint::of(WORLD).with(&source)?.with(&wit)?.with(&layout.path("xtask/src/foreign"))?;
    let stamp = folder.join(format!("{language}.stamp"));
    let out = folder.join(format!("{language}.wasm"));
    let work: PathBuf = layout.path("target/guests-foreign").join(language);
    let _lock = lock::take(&work.with_extension("lock"), &format!("building the guest in {language}"))?;
    if out.is_file() && sources.matches(&stamp) {
        return Ok(());
    }
    say(format_args!("building the guest in {language}"));
    fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;
    let built = work.join("component.wasm");
    build(&Job { layout, source: &source, wit: &wit, work: &work, out: &built })?;
    build::install(&built, &out)?;
    sources.note(&stamp)
}
