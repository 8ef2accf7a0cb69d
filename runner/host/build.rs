//! Lists the guests of the tests, so that one without a test does not compile (`tests/all/main.rs`).

use std::path::Path;
use std::{env, fs};

fn main() {
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests");
    println!("cargo::rerun-if-changed={}", guests.display());
    let entries = fs::read_dir(&guests).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .map(|name| name.replace('-', "_"))
        .collect();
    names.sort();
    let out = Path::new(&env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("every_guest.rs");
    let text = format!(
        "/// Fails to compile if a guest has no test of its name.\n#[macro_export]\nmacro_rules! every_guest {{ ($check:ident) => {{ $check! {{ {} }} }} }}\n",
        names.join(" ")
    );
    fs::write(out, text).expect("OUT_DIR is writable");
}
