use std::collections::HashMap;

/// How far the end of an index is looked for before all brackets of the text are paired.
const NEAR: usize = 1024;

/// Which `]` closes which `[`: found for all of a text at once when one is far away, so that a text full of `[` that
/// nothing closes takes linear work.
#[derive(Default)]
pub(super) struct Brackets {
    pairs: Option<HashMap<usize, usize>>,
}

impl Brackets {
    /// The place of the `]` that closes the `[` at `open`.
    pub fn closing(&mut self, text: &str, open: usize) -> Option<usize> {
        if let Some(pairs) = &self.pairs {
            return pairs.get(&open).copied();
        }
        let bytes = text.as_bytes();
        let near = bytes.len().min(open + NEAR);
        let mut level = 0usize;
        for (offset, byte) in bytes[open..near].iter().enumerate() {
            match byte {
                b'[' => level += 1,
                b']' => level -= 1,
                _ => continue,
            }
            if level == 0 {
                return Some(open + offset);
            }
        }
        let pairs = pair(bytes);
        self.pairs.insert(pairs).get(&open).copied()
    }
}

fn pair(bytes: &[u8]) -> HashMap<usize, usize> {
    let mut open = Vec::new();
    let mut pairs = HashMap::new();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'[' => open.push(at),
            b']' => {
                if let Some(open) = open.pop() {
                    pairs.insert(open, at);
                }
            }
            _ => {}
        }
    }
    pairs
}
