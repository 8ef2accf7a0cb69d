//! Building a workspace of guests: every `cdylib` of it becomes a component, named like its folder.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::fingerprint::Fingerprint;
use crate::layout::Layout;
use crate::lock;
use crate::process::{say, show};
use crate::toolchain::{TARGET, Toolchain};

/// What to build, and from what.
pub struct Workspace<'a> {
    /// The workspace's folder.
    pub folder: &'a Path,
    /// Folders besides its own that it is built from.
    pub sources: &'a [PathBuf],
    /// Where the components go, as `<name>.wasm`.
    pub out: &'a Path,
    /// What the components are, for people.
    pub what: &'a str,
}

/// Builds the workspace's components unless nothing changed since the last time.
pub fn components(layout: &Layout, toolchain: Toolchain, workspace: &Workspace) -> Result<()> {
    let Workspace { folder, out, what, .. } = *workspace;
    let manifest = folder.join("Cargo.toml");
    if !manifest.is_file() {
        bail!("{} is missing: {what} are crates of that workspace", manifest.display());
    }
    let mut sources = Fingerprint::of(&format!("{}{}", toolchain.version()?, flags(layout).to_string_lossy()));
    for source in std::iter::once(folder).chain(workspace.sources.iter().map(PathBuf::as_path)) {
        sources = sources.with(source)?;
    }
    // Beside the folder, not in it: what is in it is what was built.
    let stamp = out.with_extension("stamp");
    let _lock = lock::take(&out.with_extension("lock"), &format!("building {what}"))?;
    if out.is_dir() && sources.matches(&stamp) {
        return Ok(());
    }
    say(format_args!("building {what} for {TARGET}"));
    let built = compile(layout, toolchain, &manifest)?;
    place(&built, out)?;
    sources.note(&stamp)?;
    say(format_args!("{} components in {}", built.len(), out.display()));
    Ok(())
}

/// Paths of this machine stay out of the components, so that they are the same everywhere; messages keep them.
fn flags(layout: &Layout) -> OsString {
    let mut flags = OsString::from("--remap-path-scope=object\x1f--remap-path-prefix=");
    flags.push(layout.root());
    flags.push("=/wharf");
    let cargo_home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    if let Some(home) = cargo_home {
        flags.push("\x1f--remap-path-prefix=");
        flags.push(home);
        flags.push("=/cargo");
    }
    flags
}

/// Runs cargo and answers the components by name.
fn compile(layout: &Layout, toolchain: Toolchain, manifest: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut command = toolchain.cargo();
    command
        .args(["build", "--release", "--workspace", "--target", TARGET])
        .args(["--message-format", "json-render-diagnostics", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(layout.guests_target())
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags(layout))
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let shown = show(&command);
    let mut child = command.spawn().with_context(|| format!("cannot start `{shown}`"))?;
    let mut built = BTreeMap::new();
    for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(BufReader::lines) {
        let line = line.with_context(|| format!("cannot read what `{shown}` prints"))?;
        if let Some((name, file)) = component(&line) {
            built.insert(name, file);
        }
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(built)
}

/// The component that a message of cargo tells of: the name of its crate's folder, and the file.
fn component(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    let kinds = message["target"]["kind"].as_array()?;
    if !kinds.iter().any(|kind| kind == "cdylib") {
        return None;
    }
    let file =
        message["filenames"].as_array()?.iter().filter_map(Value::as_str).find(|file| file.ends_with(".wasm"))?;
    let folder = Path::new(message["manifest_path"].as_str()?).parent()?;
    Some((folder.file_name()?.to_str()?.to_owned(), file.into()))
}

/// Copies the components to their place and removes those that are built no longer. A component that did not change
/// keeps its file time, so that nothing that embeds it is built again.
fn place(built: &BTreeMap<String, PathBuf>, out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    for (name, file) in built {
        install(file, &out.join(format!("{name}.wasm")))?;
    }
    for entry in fs::read_dir(out).with_context(|| format!("cannot read {}", out.display()))? {
        let path = entry.with_context(|| format!("cannot read {}", out.display()))?.path();
        let is_built = path.file_stem().and_then(|name| name.to_str()).is_some_and(|name| built.contains_key(name));
        if path.is_file() && !is_built {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Puts a file where others may be reading it: they see the old one or the new one, whole.
pub fn install(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let next = to.with_extension("next");
    fs::write(&next, bytes).with_context(|| format!("cannot write {}", next.display()))?;
    fs::rename(&next, to).with_context(|| format!("cannot write {}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_named_like_their_folder_and_libraries_are_none() {
        let of = |kind: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/repo/steps/write-file/Cargo.toml",
                "target":{{"kind":["{kind}"]}},"filenames":["/repo/out/write_file.wasm"]}}"#
            )
        };
        assert_eq!(component(&of("cdylib")), Some(("write-file".into(), "/repo/out/write_file.wasm".into())));
        assert_eq!(component(&of("rlib")), None);
        assert_eq!(component(r#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(component("warning: not JSON"), None);
    }

    #[test]
    fn placing_keeps_the_time_of_what_is_the_same_and_removes_what_is_no_longer_built() {
        let folder = tempfile::tempdir().unwrap();
        let (from, out) = (folder.path().join("a.wasm"), folder.path().join("out"));
        fs::write(&from, "component").unwrap();
        let built = BTreeMap::from([("a".to_owned(), from.clone())]);
        place(&built, &out).unwrap();
        let modified = || fs::metadata(out.join("a.wasm")).unwrap().modified().unwrap();
        let first = modified();

        fs::write(out.join("gone.wasm"), "old").unwrap();
        place(&built, &out).unwrap();
        assert_eq!(modified(), first);
        assert!(!out.join("gone.wasm").exists());

        fs::write(&from, "another component").unwrap();
        place(&built, &out).unwrap();
        assert_eq!(fs::read_to_string(out.join("a.wasm")).unwrap(), "another component");
    }
}
