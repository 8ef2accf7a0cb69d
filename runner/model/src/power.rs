use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of power over the world outside the sandbox. The words follow Deno's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PowerKind {
    /// Running programs of the machine, which are outside the sandbox: always shown first.
    Run,
    /// Creating and changing files.
    Write,
    /// Reading files.
    Read,
    /// Sending HTTP requests.
    Http,
    /// Reading environment variables.
    Env,
    /// Reading variables of the run beyond the step's inputs.
    Variables,
    /// Holding the value of a secret.
    Secrets,
    /// Reading and extracting packages.
    Packages,
}

impl PowerKind {
    /// All kinds, `run` first.
    pub const ALL: [PowerKind; 8] = [
        PowerKind::Run,
        PowerKind::Write,
        PowerKind::Read,
        PowerKind::Http,
        PowerKind::Env,
        PowerKind::Variables,
        PowerKind::Secrets,
        PowerKind::Packages,
    ];

    /// The word in the process file.
    pub fn as_str(self) -> &'static str {
        match self {
            PowerKind::Run => "run",
            PowerKind::Write => "write",
            PowerKind::Read => "read",
            PowerKind::Http => "http",
            PowerKind::Env => "env",
            PowerKind::Variables => "variables",
            PowerKind::Secrets => "secrets",
            PowerKind::Packages => "packages",
        }
    }

    /// The kind of this word, if there is one.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for PowerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
