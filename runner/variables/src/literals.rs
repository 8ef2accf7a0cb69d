use foldhash::HashMap;
use wharf_model::SpannedValue;

use crate::path::key_of;
use crate::template::read_name;
use crate::tree::Tree;

/// System variables and outputs: values that are taken as they are and are never templates.
#[derive(Debug, Clone, Default)]
pub(crate) struct Literals {
    pub tree: Tree,
    entries: Vec<Literal>,
    by_key: HashMap<String, usize>,
}

/// A value that is taken as it is.
#[derive(Debug, Clone)]
pub(crate) struct Literal {
    /// The name to show.
    pub name: String,
    pub value: SpannedValue,
}

impl Literals {
    /// Keeps a value, in the place of one of the same name.
    pub fn set(&mut self, literal: Literal) {
        let key = key_of(&literal.name);
        if let Some(&entry) = self.by_key.get(&key) {
            self.entries[entry] = literal;
            return;
        }
        let entry = self.entries.len();
        if let Some(symbol) = read_name(&literal.name) {
            self.tree.add(&symbol, entry);
        }
        self.by_key.insert(key, entry);
        self.entries.push(literal);
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn contains(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    pub fn entry(&self, entry: usize) -> &Literal {
        &self.entries[entry]
    }

    pub fn iter(&self) -> impl Iterator<Item = &Literal> {
        self.entries.iter()
    }
}
