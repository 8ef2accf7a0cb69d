use serde::{Deserialize, Serialize};

use super::{Lock, LockedComponent, LockedPackage, LockedPower, LockedStep};

/// Which bytes a component has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentPin {
    /// The step's own version.
    pub version: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// The contract that it speaks, such as `wharf:step@0.1.0`; none if it says nothing to the host.
    pub world: Option<String>,
}

/// Which version of a package, and which bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackagePin {
    /// The exact version, as the feed writes it.
    pub version: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

/// How what is used now differs from what was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum LockChange {
    /// A component came, went, or is another one.
    Component {
        /// As the process file writes it.
        uses: String,
        /// Whether it was recorded.
        was_recorded: bool,
        /// Whether it is used.
        is_used: bool,
        /// What was recorded.
        from: Option<ComponentPin>,
        /// What is used.
        to: Option<ComponentPin>,
        /// Kinds of power that it asks for and that are not recorded.
        asks_for: Vec<String>,
        /// Kinds of power that are recorded and that it no longer asks for.
        gives_up: Vec<String>,
    },
    /// A step came, went, or is granted something else.
    Step {
        /// The process.
        process: String,
        /// The step.
        id: String,
        /// Whether it was recorded.
        was_recorded: bool,
        /// Whether it is in the process.
        is_used: bool,
        /// The component that was recorded, if that is another one.
        used: Option<String>,
        /// The component.
        uses: String,
        /// Powers that are not recorded.
        granted: Vec<LockedPower>,
        /// Powers that are recorded and no longer granted.
        withdrawn: Vec<LockedPower>,
    },
    /// A package came, went, or has another version or content.
    Package {
        /// The reference in the process file.
        reference: String,
        /// The feed.
        feed: String,
        /// The ID.
        id: String,
        /// What is wanted of the feed; empty for the newest.
        wanted: String,
        /// What was recorded.
        from: Option<PackagePin>,
        /// What is used.
        to: Option<PackagePin>,
    },
}

impl LockChange {
    /// Whether something is used that was not recorded. The other changes are of what is recorded and no longer used.
    pub fn is_unrecorded(&self) -> bool {
        match self {
            Self::Component { was_recorded, is_used, from, to, asks_for, .. } => {
                *is_used && (!was_recorded || from != to || !asks_for.is_empty())
            }
            Self::Step { was_recorded, is_used, used, granted, .. } => {
                *is_used && (!was_recorded || used.is_some() || !granted.is_empty())
            }
            Self::Package { to, .. } => to.is_some(),
        }
    }
}

impl LockChange {
    /// Whether it is about something that is used now.
    pub fn is_of_what_is_used(&self) -> bool {
        match self {
            Self::Component { is_used, .. } | Self::Step { is_used, .. } => *is_used,
            Self::Package { to, .. } => to.is_some(),
        }
    }
}

impl Lock {
    /// How `now` differs from what is recorded here: components first, then steps and packages, in their own order, what
    /// is gone last.
    pub fn changes(&self, now: &Lock) -> Vec<LockChange> {
        let components = now.components.iter().filter_map(|new| component(self.component(&new.uses), Some(new)));
        let old = self.components.iter().filter(|old| now.component(&old.uses).is_none());
        let components = components.chain(old.filter_map(|old| component(Some(old), None)));
        let steps = now.steps.iter().filter_map(|new| step(self.step(&new.process, &new.id), Some(new)));
        let old = self.steps.iter().filter(|old| now.step(&old.process, &old.id).is_none());
        let steps = steps.chain(old.filter_map(|old| step(Some(old), None)));
        let known =
            |lock: &Lock, one: &LockedPackage| lock.packages.iter().find(|other| other.is_same_wish(one)).cloned();
        let packages = now.packages.iter().filter_map(|new| package(known(self, new).as_ref(), Some(new)));
        let old = self.packages.iter().filter(|old| known(now, old).is_none());
        let packages = packages.chain(old.filter_map(|old| package(Some(old), None)));
        components.chain(steps).chain(packages).collect()
    }
}

fn component(old: Option<&LockedComponent>, new: Option<&LockedComponent>) -> Option<LockChange> {
    if old == new {
        return None;
    }
    let powers = |one: Option<&LockedComponent>| one.map(|one| one.powers.clone()).unwrap_or_default();
    let pin = |one: Option<&LockedComponent>| one.and_then(|one| one.pin.clone());
    Some(LockChange::Component {
        uses: old.or(new)?.uses.clone(),
        was_recorded: old.is_some(),
        is_used: new.is_some(),
        from: pin(old),
        to: pin(new),
        asks_for: without(powers(new), &powers(old)),
        gives_up: without(powers(old), &powers(new)),
    })
}

fn step(old: Option<&LockedStep>, new: Option<&LockedStep>) -> Option<LockChange> {
    let powers = |one: Option<&LockedStep>| one.map(|one| one.powers.clone()).unwrap_or_default();
    let one = new.or(old)?;
    let granted = without(powers(new), &powers(old));
    let withdrawn = without(powers(old), &powers(new));
    let used = old.filter(|old| new.is_some_and(|new| new.uses != old.uses)).map(|old| old.uses.clone());
    if old.is_some() && new.is_some() && used.is_none() && granted.is_empty() && withdrawn.is_empty() {
        return None;
    }
    Some(LockChange::Step {
        process: one.process.clone(),
        id: one.id.clone(),
        was_recorded: old.is_some(),
        is_used: new.is_some(),
        used,
        uses: one.uses.clone(),
        granted,
        withdrawn,
    })
}

fn package(old: Option<&LockedPackage>, new: Option<&LockedPackage>) -> Option<LockChange> {
    let one = new.or(old)?;
    let pin = |one: Option<&LockedPackage>| one.map(|one| one.pin.clone());
    (pin(old) != pin(new)).then(|| LockChange::Package {
        reference: one.reference.clone(),
        feed: one.feed.clone(),
        id: one.id.clone(),
        wanted: one.wanted.clone(),
        from: pin(old),
        to: pin(new),
    })
}

fn without<T: PartialEq>(all: Vec<T>, some: &[T]) -> Vec<T> {
    all.into_iter().filter(|one| !some.contains(one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(kinds: &[&str], patterns: &[&str]) -> Lock {
        let power = |pattern: &&str| LockedPower { power: "http".into(), pattern: (*pattern).into() };
        Lock {
            wharf: "1".into(),
            components: vec![LockedComponent {
                uses: "./notify.wasm".into(),
                pin: None,
                powers: kinds.iter().map(|kind| (*kind).into()).collect(),
            }],
            steps: vec![LockedStep {
                process: "deploy".into(),
                id: "notify".into(),
                uses: "./notify.wasm".into(),
                powers: patterns.iter().map(power).collect(),
            }],
            packages: Vec::new(),
        }
    }

    #[test]
    fn what_is_new_is_unrecorded_and_what_is_gone_is_told() {
        let old = lock(&["http"], &["https://a", "https://b"]);
        assert_eq!(old.changes(&old), []);
        let new = lock(&["http", "run"], &["https://b", "https://c"]);
        let changes = old.changes(&new);
        assert!(changes.iter().all(LockChange::is_unrecorded));
        let LockChange::Component { asks_for, gives_up, .. } = &changes[0] else { panic!("{changes:?}") };
        assert_eq!((asks_for.as_slice(), gives_up.len()), (["run".to_owned()].as_slice(), 0));
        let LockChange::Step { granted, withdrawn, .. } = &changes[1] else { panic!("{changes:?}") };
        assert_eq!(granted[0].pattern, "https://c");
        assert_eq!(withdrawn[0].pattern, "https://a");
        let fewer = lock(&[], &["https://a"]);
        assert_eq!(old.changes(&fewer).iter().filter(|change| change.is_unrecorded()).count(), 0);
        assert_eq!(old.changes(&fewer).len(), 2);
        assert!(old.changes(&Lock::default()).iter().all(|change| !change.is_unrecorded()));
    }
}
