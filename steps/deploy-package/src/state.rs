use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};
use wharf_step::prelude::*;

/// The format that is written.
const FORMAT: u32 = 1;
/// How many runs are remembered.
const MOST_RUNS: usize = 16;

/// What the step knows of a site, in `.wharf/deploy.json`.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct State {
    format: u32,
    /// Releases by the names of their directories.
    pub releases: BTreeMap<String, Release>,
    /// The last runs that changed something, the newest one last.
    #[serde(default)]
    pub runs: Vec<Run>,
    /// Whether the directory was once seen with nothing in it that this step did not make. Only then may what comes into
    /// it be purged.
    #[serde(default)]
    pub owned: bool,
}

/// A release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Release {
    /// The higher, the later it was live for the last time.
    pub number: u64,
    /// The package's ID.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The package's digest.
    pub digest: String,
    /// The files that are not as they are in the package.
    pub substituted: Vec<String>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Run {
    /// Its idempotency key, by which a second attempt knows the first one.
    pub key: String,
    /// The release that was live when it began; empty if none was.
    pub previous: String,
}

impl State {
    /// Reads it; nothing is known if there is no file. One that cannot be understood is a warning: its releases are
    /// neither used nor removed. It is only said if `aloud`.
    pub fn read(path: &Path, aloud: bool) -> Result<Self> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Self::default());
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(state) if state.format > FORMAT => {
                Err(Error::failed(format!("{} was written by a newer version of this step", path.display()))
                    .with_help("update Wharf, or deploy into another directory"))
            }
            Ok(state) => Ok(state),
            Err(error) => {
                if aloud {
                    warn!("{} cannot be understood and is written anew ({error})", path.display());
                }
                Ok(Self::default())
            }
        }
    }

    /// Writes it.
    pub fn write(&mut self, path: &Path) -> Result {
        self.format = FORMAT;
        files::replace(path, serde_json::to_string_pretty(self)? + "\n", None)
    }

    /// What was live when the run with this key began, if one has changed something; empty if nothing was.
    pub fn previous(&self, key: &str) -> Option<&str> {
        self.runs.iter().find(|run| run.key == key).map(|run| run.previous.as_str())
    }

    /// Remembers what was live when a run began.
    pub fn remember(&mut self, key: String, previous: String) {
        self.runs.retain(|run| run.key != key);
        self.runs.push(Run { key, previous });
        self.runs.drain(..self.runs.len().saturating_sub(MOST_RUNS));
    }

    /// A number higher than all others.
    pub fn next_number(&self) -> u64 {
        self.releases.values().map(|release| release.number).max().unwrap_or(0) + 1
    }
}
