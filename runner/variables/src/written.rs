use std::sync::{Arc, OnceLock};

use foldhash::HashMap;
use wharf_model::{VariableDefinition, VariableSet};

use crate::path::{key_of, key_of_symbol};
use crate::template::read_name;
use crate::tree::Tree;

/// What users wrote and gave: sets of definitions, and where each name is defined.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    sets: Vec<Arc<VariableSet>>,
    index: OnceLock<Index>,
}

#[derive(Debug, Clone, Default)]
struct Index {
    groups: Vec<Group>,
    by_key: HashMap<String, usize>,
    tree: Tree,
}

/// All definitions of one name, over all sets.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// The key of the name.
    pub key: String,
    /// The definitions, by the number of the set and the number in it, in the order of the sets.
    places: Vec<(usize, usize)>,
}

impl Written {
    pub fn new(sets: Vec<Arc<VariableSet>>) -> Self {
        Self { sets, index: OnceLock::new() }
    }

    /// The sets, in the order given.
    pub fn sets(&self) -> &[Arc<VariableSet>] {
        &self.sets
    }

    /// Every name that is defined, in the order in which they were first written.
    pub fn groups(&self) -> &[Group] {
        &self.index().groups
    }

    /// The number of the group with this key.
    pub fn find(&self, key: &str) -> Option<usize> {
        self.index().by_key.get(key).copied()
    }

    /// The names as a tree; the entries are numbers of groups.
    pub fn tree(&self) -> &Tree {
        &self.index().tree
    }

    /// The definitions of a group with the numbers of their sets.
    pub fn definitions<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = (usize, &'a VariableDefinition)> {
        group.places.iter().map(|&(set, at)| (set, &self.sets[set].definitions[at]))
    }

    /// The name of a group in the spelling of its first definition.
    pub fn name(&self, group: &Group) -> &str {
        let (set, at) = group.places[0];
        self.sets[set].definitions[at].name.trim()
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut index = Index::default();
            for (number, set) in self.sets.iter().enumerate() {
                for (at, definition) in set.definitions.iter().enumerate() {
                    let symbol = read_name(&definition.name);
                    let key = symbol.as_ref().map_or_else(|| key_of(&definition.name), key_of_symbol);
                    match index.by_key.get(&key) {
                        Some(&group) => index.groups[group].places.push((number, at)),
                        None => {
                            if let Some(symbol) = symbol {
                                index.tree.add(&symbol, index.groups.len());
                            }
                            index.by_key.insert(key.clone(), index.groups.len());
                            index.groups.push(Group { key, places: vec![(number, at)] });
                        }
                    }
                }
            }
            index
        })
    }
}
