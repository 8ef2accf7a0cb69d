//! The automaton of Aho and Corasick. It knows more of each state than a library's would tell: how much of a text has
//! begun, which decides what a stream must hold back, and whether that text is base64.

use std::collections::HashMap;
use std::sync::Arc;

/// The longest needle, in bytes. A longer text is looked for piece by piece.
const LONGEST: usize = 512;
/// So many bytes are in a piece and in the next one: a line that ends in the first few bytes of one shows so much of the
/// other that it is seen.
const OVERLAP: usize = 16;
/// Of needles longer than this the automaton knows only the first [`HEAD`] bytes; the rest is compared.
const LONG: usize = 256;
/// See [`LONG`].
pub(super) const HEAD: usize = 32;

/// A text that is masked.
#[derive(Debug, Clone)]
pub(super) struct Needle {
    pub(super) text: Arc<str>,
    /// Whether it is base64: the characters beside it may hold a few bits of the secret.
    pub(super) is_base64: bool,
}

impl Needle {
    /// The pieces of a text; of most texts there is one.
    pub(super) fn pieces(text: &str, is_base64: bool) -> Vec<Needle> {
        let mut pieces = Vec::new();
        let mut start = 0;
        loop {
            let end = text.floor_char_boundary(start + LONGEST);
            pieces.push(Needle { text: text[start..end].into(), is_base64 });
            if end == text.len() {
                return pieces;
            }
            // The last one is as long as the others.
            start = text.floor_char_boundary(end - OVERLAP).min(text.ceil_char_boundary(text.len() - LONGEST));
        }
    }

    fn head(&self) -> &[u8] {
        let bytes = self.text.as_bytes();
        if bytes.len() > LONG { &bytes[..HEAD] } else { bytes }
    }
}

/// The state in which nothing has begun.
pub(super) const ROOT: u32 = 0;

/// What was read last, as far as it may be the beginning of a needle. Lengths are in bytes, 0 means none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Node {
    child: u32,
    sibling: u32,
    fail: u32,
    byte: u8,
    is_base64: bool,
    /// The length of what has begun.
    pub(super) depth: u32,
    /// The longest needle that ends here.
    pub(super) whole: u32,
    /// The longest needle in base64 that ends here.
    pub(super) whole_base64: u32,
    /// The longest beginning of a needle in base64 that ends here.
    pub(super) begun_base64: u32,
    /// The state of the head of long needles that ends here; the root for none. All heads are equally long.
    pub(super) head: u32,
}

/// Finds all needles in one pass. A node is 40 bytes; there are no more of them than the heads of the needles have bytes.
#[derive(Debug)]
pub(super) struct Automaton {
    needles: Vec<Needle>,
    nodes: Vec<Node>,
    /// The needles whose heads end in a state.
    long: HashMap<u32, Vec<u32>>,
    /// Where each byte leads from the root, which has the most children.
    first: Box<[u32; 256]>,
}

impl Automaton {
    pub(super) fn new(needles: Vec<Needle>) -> Self {
        let mut automaton = Self {
            needles: Vec::new(),
            nodes: vec![Node::default()],
            long: HashMap::new(),
            first: Box::new([ROOT; 256]),
        };
        for (index, needle) in (0..).zip(&needles) {
            automaton.insert(index, needle);
        }
        automaton.link();
        automaton.needles = needles;
        automaton
    }

    pub(super) fn len(&self) -> usize {
        self.needles.len()
    }

    pub(super) fn into_needles(self) -> Vec<Needle> {
        self.needles
    }

    fn insert(&mut self, index: u32, needle: &Needle) {
        let mut state = ROOT;
        let head = needle.head();
        for byte in head {
            let next = self.child(state, *byte);
            state = if next == ROOT { self.grow(state, *byte) } else { next };
            self.nodes[state as usize].is_base64 |= needle.is_base64;
        }
        let node = &mut self.nodes[state as usize];
        if head.len() < needle.text.len() {
            node.head = state;
            self.long.entry(state).or_default().push(index);
            return;
        }
        node.whole = node.depth;
        if needle.is_base64 {
            node.whole_base64 = node.depth;
        }
    }

    fn grow(&mut self, parent: u32, byte: u8) -> u32 {
        // Masking must fail loudly, not pass.
        let state = u32::try_from(self.nodes.len()).expect("the secrets of a run have less than 4 GiB");
        let above = &mut self.nodes[parent as usize];
        let sibling = std::mem::replace(&mut above.child, state);
        let depth = above.depth + 1;
        self.nodes.push(Node { sibling, byte, depth, ..Node::default() });
        if parent == ROOT {
            self.first[usize::from(byte)] = state;
        }
        state
    }

    /// Where to go on when a needle does not: shorter ones first.
    fn link(&mut self) {
        let mut queue = vec![ROOT];
        let mut next = 0;
        while let Some(&parent) = queue.get(next) {
            next += 1;
            let mut state = self.nodes[parent as usize].child;
            while state != ROOT {
                queue.push(state);
                let Node { byte, sibling, .. } = self.nodes[state as usize];
                let fail = if parent == ROOT { ROOT } else { self.step(self.nodes[parent as usize].fail, byte) };
                let shorter = self.nodes[fail as usize];
                let node = &mut self.nodes[state as usize];
                node.fail = fail;
                if node.head == ROOT {
                    node.head = shorter.head;
                }
                node.whole = node.whole.max(shorter.whole);
                node.whole_base64 = node.whole_base64.max(shorter.whole_base64);
                node.begun_base64 = if node.is_base64 { node.depth } else { shorter.begun_base64 };
                state = sibling;
            }
        }
    }

    fn child(&self, state: u32, byte: u8) -> u32 {
        if state == ROOT {
            return self.first[usize::from(byte)];
        }
        let mut child = self.nodes[state as usize].child;
        while child != ROOT && self.nodes[child as usize].byte != byte {
            child = self.nodes[child as usize].sibling;
        }
        child
    }

    /// The state after one more byte.
    pub(super) fn step(&self, mut state: u32, byte: u8) -> u32 {
        loop {
            let child = self.child(state, byte);
            if child != ROOT || state == ROOT {
                return child;
            }
            state = self.nodes[state as usize].fail;
        }
    }

    /// The needles with a head, each with what stands behind it.
    pub(super) fn long(&self, head: u32) -> impl Iterator<Item = (&Needle, &[u8])> {
        let needles = self.long.get(&head).into_iter().flatten().map(|index| &self.needles[*index as usize]);
        needles.map(|needle| (needle, &needle.text.as_bytes()[HEAD..]))
    }

    pub(super) fn node(&self, state: u32) -> &Node {
        &self.nodes[state as usize]
    }
}
