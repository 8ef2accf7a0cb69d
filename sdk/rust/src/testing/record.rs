use serde_json::Value;

use crate::{ChangeKind, Level};

/// A log entry that a step wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// How much it matters.
    pub level: Level,
    /// The text.
    pub message: String,
    /// Names and values behind it.
    pub fields: Vec<(String, String)>,
}

/// How far a step said it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Units done.
    pub done: u64,
    /// Of so many.
    pub total: Option<u64>,
    /// What it is doing.
    pub note: String,
}

/// A change that a step reported.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedChange {
    /// What was done.
    pub kind: ChangeKind,
    /// The thing.
    pub target: String,
    /// Summary, before and after.
    pub detail: Value,
}
