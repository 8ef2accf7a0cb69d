//! Embeds the standard steps: every `*.wasm` in `target/steps`, or in the folder that `WHARF_STEPS_DIR` names.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};

fn main() {
    println!("cargo::rerun-if-env-changed=WHARF_STEPS_DIR");
    let folder = match env::var_os("WHARF_STEPS_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../target/steps"),
    };
    println!("cargo::rerun-if-changed={}", folder.display());
    let steps = steps_in(&folder);
    if steps.is_empty() {
        println!(
            "cargo::warning=built without standard steps: there are none in {}; run `cargo xtask steps`",
            folder.display()
        );
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut code = String::from("[\n");
    for (name, path) in steps {
        println!("cargo::rerun-if-changed={}", path.display());
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let digest: String = Sha256::digest(&bytes).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        // The very bytes that were hashed are embedded, whatever becomes of the file until the compiler reads it.
        let path = out.join(format!("{name}.wasm"));
        fs::write(&path, &bytes).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        let _ = writeln!(
            code,
            "    EmbeddedStep {{ name: {name:?}, bytes: include_bytes!({path:?}), digest: \"sha256:{digest}\" }},"
        );
    }
    code.push_str("]\n");
    let out = out.join("standard_steps.rs");
    fs::write(&out, code).unwrap_or_else(|error| panic!("cannot write {}: {error}", out.display()));
}

/// Names and files of the steps in a folder, sorted.
fn steps_in(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut steps: Vec<(String, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm") && path.is_file())
        .filter_map(|path| Some((path.file_stem()?.to_str()?.to_owned(), path)))
        .collect();
    steps.sort();
    steps
}
