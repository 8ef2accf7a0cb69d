use std::borrow::Cow;

use foldhash::HashMap;

use crate::template::{Step, Symbol};

/// Names as a tree: a node for each step of each name, the root being 0. Names are compared without regard to case.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// Numbers of the folded texts of steps.
    texts: HashMap<Box<str>, u32>,
    /// Children by parent, number of the text, and whether the step is an index.
    edges: HashMap<(u32, u32, bool), u32>,
}

/// A step of a name.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The step in the spelling in which it was first written.
    pub label: Box<str>,
    pub is_index: bool,
    parent: u32,
    /// What is kept under the name that ends here.
    pub entry: Option<usize>,
    /// The children in the order in which they came: indexes, and names.
    pub indexed: Vec<u32>,
    pub named: Vec<u32>,
}

impl Default for Tree {
    fn default() -> Self {
        let root =
            Node { label: "".into(), is_index: false, parent: 0, entry: None, indexed: Vec::new(), named: Vec::new() };
        Self { nodes: vec![root], texts: HashMap::default(), edges: HashMap::default() }
    }
}

impl Tree {
    pub fn node(&self, node: u32) -> &Node {
        &self.nodes[node as usize]
    }

    /// The child that a step leads to.
    pub fn child(&self, parent: u32, text: &str, is_index: bool) -> Option<u32> {
        let text = *self.texts.get(&*fold(text))?;
        self.edges.get(&(parent, text, is_index)).copied()
    }

    /// The node that a name leads to.
    pub fn find(&self, name: &Symbol<'_>) -> Option<u32> {
        name.steps.iter().try_fold(0, |here, step| match step {
            Step::Name(text) => self.child(here, text, false),
            Step::Index(text) => self.child(here, text.trim_end(), true),
            Step::Symbol(_) => None,
        })
    }

    /// Keeps an entry under a name; the last one that is kept under a name stays.
    pub fn add(&mut self, name: &Symbol<'_>, entry: usize) {
        let mut here = 0;
        for step in &name.steps {
            let (text, is_index) = match step {
                Step::Name(text) => (*text, false),
                Step::Index(text) => (text.trim_end(), true),
                Step::Symbol(_) => return,
            };
            here = self.step(here, text, is_index);
        }
        self.nodes[here as usize].entry = Some(entry);
    }

    fn step(&mut self, parent: u32, text: &str, is_index: bool) -> u32 {
        let folded = fold(text);
        let number = match self.texts.get(&*folded) {
            Some(&number) => number,
            None => {
                let number = self.texts.len() as u32;
                self.texts.insert(folded.into(), number);
                number
            }
        };
        if let Some(&child) = self.edges.get(&(parent, number, is_index)) {
            return child;
        }
        let child = self.nodes.len() as u32;
        self.nodes.push(Node {
            label: text.into(),
            is_index,
            parent,
            entry: None,
            indexed: Vec::new(),
            named: Vec::new(),
        });
        self.edges.insert((parent, number, is_index), child);
        let parent = &mut self.nodes[parent as usize];
        if is_index { &mut parent.indexed } else { &mut parent.named }.push(child);
        child
    }

    /// The name that ends at a node.
    pub fn name(&self, node: u32) -> String {
        let mut labels = Vec::new();
        let mut here = node;
        while here != 0 {
            let node = self.node(here);
            labels.push(node);
            here = node.parent;
        }
        let mut name = String::new();
        for node in labels.into_iter().rev() {
            match (node.is_index, name.is_empty()) {
                (true, _) => name.extend(["[", &*node.label, "]"]),
                (false, true) => name.push_str(&node.label),
                (false, false) => name.extend([".", &*node.label]),
            }
        }
        name
    }
}

/// A text as names are compared.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    let folded = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if folded { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::read_name;

    #[test]
    fn names_lead_to_their_entries_and_children_keep_their_order() {
        let mut tree = Tree::default();
        for (entry, name) in ["Foo[b].Name", "Foo[A].Name", "foo.a", "FOO"].into_iter().enumerate() {
            tree.add(&read_name(name).expect("a name"), entry);
        }
        let foo = tree.child(0, "fOO", false).expect("it was added");
        assert_eq!(tree.node(foo).entry, Some(3));
        let labels: Vec<_> = tree.node(foo).indexed.iter().map(|&child| &*tree.node(child).label).collect();
        assert_eq!(labels, ["b", "A"]);
        let leaf = tree.child(tree.child(foo, "a", true).expect("indexed"), "name", false).expect("named");
        assert_eq!((tree.node(leaf).entry, tree.name(leaf)), (Some(1), "Foo[A].Name".to_owned()));
        assert_eq!(tree.child(foo, "b", false), None);
    }
}
