//! A site in a temporary directory, and what a test sees of it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use wharf_step::prelude::*;
use wharf_step::testing::Host;

use crate::DeployPackage;

/// The files of the package `Shop`.
pub type Files<'a> = &'a [(&'a str, &'a str)];

pub const FILES: Files<'static> = &[("index.html", "<h1>Shop</h1>"), ("conf/app.ini", "url=#{Url}\r\n")];

/// Where packages are deployed in a test.
pub struct TestSite {
    /// Holds the temporary directory.
    _machine: Host,
    pub into: PathBuf,
    runs: u32,
}

impl TestSite {
    pub fn new() -> Self {
        let machine = Host::new();
        let into = machine.work().join("site");
        Self { _machine: machine, into, runs: 0 }
    }

    /// A host with the package for one run.
    pub fn host(&mut self, version: &str, files: Files<'_>) -> Host {
        self.runs += 1;
        Host::new()
            .package("Shop", version, files)
            .variable("Url", "http://one")
            .idempotency_key(&self.runs.to_string())
    }

    pub fn inputs(&self) -> Value {
        json!({"package": "Shop", "into": self.into, "substitute": ["**/*.ini"]})
    }

    /// Deploys, and answers what was said.
    pub fn deploy(&mut self, version: &str) -> String {
        let host = self.host(version, FILES);
        self.run(&host, self.inputs())
    }

    pub fn run(&self, host: &Host, inputs: Value) -> String {
        let before = host.log_text().len();
        let error = host.run::<DeployPackage>(inputs).err();
        let error = error.map(|error| format!("{error:?}\n")).unwrap_or_default();
        let site = self.into.to_str().expect("the path is UTF-8");
        format!("{}{error}", &host.log_text()[before..]).replace(site, "<into>")
    }

    /// Every file and link below the site, but not the step's own state.
    pub fn tree(&self) -> String {
        let mut text = String::new();
        list(&self.into, &self.into, &mut text);
        text
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.into.join(path)).expect("the file is there")
    }

    /// Everything about everything below the site that a change would change.
    pub fn fingerprint(&self) -> Vec<(PathBuf, std::time::SystemTime)> {
        let mut all = Vec::new();
        fingerprint(&self.into, &mut all);
        all
    }
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).map(|entries| entries.flatten().map(|entry| entry.path()).collect());
    let mut entries: Vec<PathBuf> = entries.unwrap_or_default();
    entries.sort();
    entries
}

fn list(root: &Path, directory: &Path, text: &mut String) {
    for path in entries(directory) {
        let name = path.strip_prefix(root).expect("it is below").display().to_string();
        if name == ".wharf" {
            continue;
        }
        if let Ok(target) = fs::read_link(&path) {
            writeln!(text, "{name} -> {}", target.display()).expect("text takes text");
        } else if path.is_dir() {
            list(root, &path, text);
        } else {
            let content = fs::read_to_string(&path).expect("it is readable");
            writeln!(text, "{name}: {}", content.trim_end()).expect("text takes text");
        }
    }
}

fn fingerprint(path: &Path, all: &mut Vec<(PathBuf, std::time::SystemTime)>) {
    let metadata = fs::symlink_metadata(path).expect("it is there");
    all.push((path.to_owned(), metadata.modified().expect("it has a time")));
    if metadata.is_dir() {
        entries(path).iter().for_each(|path| fingerprint(path, all));
    }
}
