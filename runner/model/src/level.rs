use serde::{Deserialize, Serialize};

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// For the step's author.
    Trace,
    /// For who looks for a fault (`verbose` in Octopus' words).
    Debug,
    /// For everyone.
    Info,
    /// For everyone, and in the summary.
    Highlight,
    /// Something is odd.
    Warn,
    /// Something is wrong.
    Error,
}
