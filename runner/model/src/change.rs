use serde::{Deserialize, Serialize};

/// What was done to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It was not there before.
    Create,
    /// It was changed in place.
    Update,
    /// It was removed and made anew.
    Replace,
    /// It is gone.
    Delete,
    /// Anything else.
    Other,
}

impl ChangeKind {
    /// The sign in listings.
    pub fn sign(self) -> char {
        match self {
            ChangeKind::Create => '+',
            ChangeKind::Update => '~',
            ChangeKind::Replace => '±',
            ChangeKind::Delete => '-',
            ChangeKind::Other => '!',
        }
    }
}

/// Who saw a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeSource {
    /// The sandbox itself, in the file system: certain.
    Files,
    /// The step says so, of a remote system.
    Step,
    /// The sandbox withheld it in a plan: a request that was not sent, a program that was not started.
    Withheld,
}

impl Change {
    /// What was withheld, so that it can be known again: of a program all that it was started with, of anything else the
    /// target.
    pub fn effect(&self) -> String {
        if self.detail.get("program").is_some() { self.detail.to_string() } else { self.target.clone() }
    }
}

/// One change that a step made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What was done.
    pub kind: ChangeKind,
    /// Who saw it.
    pub source: ChangeSource,
    /// The thing, as a user would name it; for files the machine's path.
    pub target: String,
    /// More in a few words, such as `12 files` or `-> releases/1.0.78`; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// A unified diff of a text file, without its header; absent where there is none to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// The step's own detail; null for none.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub detail: serde_json::Value,
}
