//! Writes the C bindings of a world: `c-bindings <wit folder> <world> <output folder>`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use wit_bindgen_core::{Files, wit_parser::Resolve};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [wit, world, out] = &arguments[..] else {
        bail!("usage: c-bindings <wit folder> <world> <output folder>");
    };
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit).with_context(|| format!("the WIT in {wit} is not valid"))?;
    let world = resolve.select_world(&[package], Some(world))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut files)?;
    for (name, content) in files.iter() {
        let path = PathBuf::from(out).join(name);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
