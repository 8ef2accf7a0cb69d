use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// The outputs of one step that the run may bring.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    /// What stands before the output's name, as it is shown.
    pub prefix: String,
    /// Their names; none if any name may come.
    pub names: Option<Vec<String>>,
}

/// What was declared, by the key in front of the names. Clones share one list, of which each sees what was there when it
/// was made, and what it adds itself: a process of a thousand steps makes a clone for each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declarations {
    shared: Arc<RwLock<List>>,
    /// How much of the list is seen here.
    seen: usize,
}

#[derive(Debug, Default)]
struct List {
    entries: Vec<(String, Declared)>,
    /// Where the entries of a key are, in rising order; the last one that is seen holds.
    by_key: HashMap<String, Vec<usize>>,
}

impl List {
    fn push(&mut self, key: String, declared: Declared) {
        self.by_key.entry(key.clone()).or_default().push(self.entries.len());
        self.entries.push((key, declared));
    }

    fn find(&self, key: &str, seen: usize) -> Option<&Declared> {
        let at = *self.by_key.get(key)?.iter().rfind(|&&at| at < seen)?;
        Some(&self.entries[at].1)
    }
}

impl Declarations {
    pub fn is_empty(&self) -> bool {
        self.seen == 0
    }

    /// Declares these, in the place of what the key stood for before.
    pub fn set(&mut self, key: String, declared: Declared) {
        let beside = {
            let mut list = self.shared.write().unwrap_or_else(PoisonError::into_inner);
            if list.entries.len() == self.seen {
                list.push(key, declared);
                self.seen = list.entries.len();
                return;
            }
            // A clone has gone on by itself.
            let mut own = List::default();
            list.entries[..self.seen].iter().for_each(|(key, declared)| own.push(key.clone(), declared.clone()));
            own.push(key, declared);
            own
        };
        self.seen = beside.entries.len();
        self.shared = Arc::new(RwLock::new(beside));
    }

    /// What `look` answers about the declaration of a key, if there is one.
    pub fn look<T>(&self, key: &str, look: impl FnOnce(&Declared) -> T) -> Option<T> {
        self.read().find(key, self.seen).map(look)
    }

    /// All names of which it is known how they are called, as they are shown.
    pub fn names(&self) -> Vec<String> {
        let list = self.read();
        let holds = |at: usize, key: &str| list.by_key[key].iter().rfind(|&&other| other < self.seen) == Some(&at);
        let seen = list.entries[..self.seen].iter().enumerate().filter(|(at, (key, _))| holds(*at, key));
        seen.flat_map(|(_, (_, declared))| {
            declared.names.iter().flatten().map(|name| format!("{}.{name}", declared.prefix))
        })
        .collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, List> {
        self.shared.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(name: &str) -> Declared {
        Declared { prefix: "Step[a].Output".into(), names: Some(vec![name.into()]) }
    }

    #[test]
    fn each_clone_sees_its_own_time_and_its_own_additions() {
        let mut first = Declarations::default();
        first.set("a".into(), declared("one"));
        let early = first.clone();
        first.set("b".into(), declared("two"));
        first.set("a".into(), declared("three"));
        let mut other = early.clone();
        other.set("b".into(), declared("four"));
        let shown = |these: &Declarations| these.names().join(" ");
        assert_eq!(shown(&early), "Step[a].Output.one");
        assert_eq!(shown(&first), "Step[a].Output.two Step[a].Output.three");
        assert_eq!(shown(&other), "Step[a].Output.one Step[a].Output.four");
        assert_eq!(early.look("b", |_| ()), None);
        assert_eq!(other.look("b", |found| found.names.clone()), Some(Some(vec!["four".to_owned()])));
        assert!(!early.is_empty() && Declarations::default().is_empty());
    }
}
