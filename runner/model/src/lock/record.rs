use serde::{Deserialize, Serialize};

use super::{ComponentPin, PackagePin};

/// `wharf.lock`: every component, every step's powers, and every version that a feed was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The version of the program that wrote it.
    pub wharf: String,
    /// The components, each once.
    pub components: Vec<LockedComponent>,
    /// The steps of all processes of the file.
    pub steps: Vec<LockedStep>,
    /// The packages of feeds.
    pub packages: Vec<LockedPackage>,
}

/// What stands behind a `uses`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedComponent {
    /// As the process file writes it.
    pub uses: String,
    /// Which bytes; none for a file of the project, which changes with it.
    pub pin: Option<ComponentPin>,
    /// The kinds of power that it asks for, in the order of [`PowerKind::ALL`](crate::PowerKind::ALL).
    pub powers: Vec<String>,
}

/// What a step is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedStep {
    /// The process in which it stands.
    pub process: String,
    /// Its identity.
    pub id: String,
    /// The component, as the process file writes it.
    pub uses: String,
    /// The powers, as the process file writes them: with their variables.
    pub powers: Vec<LockedPower>,
}

/// One granted pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LockedPower {
    /// The kind of power; `step` for the files and outputs of another step; `plan-http` and `plan-run` for what is
    /// allowed in a plan too.
    pub power: String,
    /// The pattern as the process file writes it, with its variables.
    pub pattern: String,
}

impl LockedPower {
    /// Every word that a power may have, those of [`PowerKind::ALL`](crate::PowerKind::ALL) first and in that order.
    pub const WORDS: [&str; 11] =
        ["run", "write", "read", "http", "env", "variables", "secrets", "packages", "step", "plan-http", "plan-run"];
}

/// Which version a feed had when it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedPackage {
    /// The reference in the process file.
    pub reference: String,
    /// The feed, as the process file calls it.
    pub feed: String,
    /// The package's ID.
    pub id: String,
    /// What was wanted, as the process file says once its variables are filled in: a version, a range, or nothing for
    /// the newest one.
    pub wanted: String,
    /// Whether prereleases were wanted.
    pub prerelease: bool,
    /// What the feed had.
    pub pin: PackagePin,
}

impl LockedPackage {
    /// Whether both answer the same question.
    pub fn is_same_wish(&self, other: &Self) -> bool {
        let Self { reference, feed, wanted, prerelease, .. } = other;
        (&self.reference, &self.feed, &self.wanted, &self.prerelease) == (reference, feed, wanted, prerelease)
            && self.id.eq_ignore_ascii_case(&other.id)
    }
}

impl Lock {
    /// The component of a `uses`.
    pub fn component(&self, uses: &str) -> Option<&LockedComponent> {
        self.components.iter().find(|component| component.uses == uses)
    }

    /// The step of a process.
    pub fn step(&self, process: &str, id: &str) -> Option<&LockedStep> {
        self.steps.iter().find(|step| step.process == process && step.id == id)
    }
}
