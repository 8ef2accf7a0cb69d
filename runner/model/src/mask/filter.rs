//! What lets most of a text pass without a closer look.

use std::collections::HashSet;

use super::automaton::Needle;

/// How far behind a needle's beginning the four bytes may stand by which it is found.
pub(super) const MOST_OFFSET: usize = 12;
/// How many bytes are looked at together.
pub(super) const GRAM: usize = 4;

/// A set of four-byte grams as bits behind a hash: one of each needle. A place in a text whose gram is not in it is in
/// no needle's telling place.
#[derive(Debug, Default)]
pub(super) struct Filter {
    bits: Vec<u64>,
    shift: u32,
    grams: Vec<u32>,
    /// The same, for certain: a place that only shares its bit must not start the automaton.
    known: HashSet<u32>,
}

impl Filter {
    pub(super) fn add<'a>(&mut self, needles: impl Iterator<Item = &'a Needle>) {
        let old = self.grams.len();
        for gram in needles.map(telling) {
            if self.known.insert(gram) {
                self.grams.push(gram);
            }
        }
        // A few hundred bits for a gram: one place in a few hundred is looked at for nothing.
        let log = (self.grams.len() * 256).next_power_of_two().trailing_zeros().clamp(15, 22);
        if self.bits.len() != 1 << (log - 6) {
            self.shift = 32 - log;
            self.bits = vec![0; 1 << (log - 6)];
            for gram in &self.grams {
                set(&mut self.bits, slot(*gram, self.shift));
            }
        } else {
            for gram in &self.grams[old..] {
                set(&mut self.bits, slot(*gram, self.shift));
            }
        }
    }

    fn is_known(&self, gram: u32) -> bool {
        self.known.contains(&gram)
    }

    /// The first place from `from` on where four bytes are in the set.
    pub(super) fn find(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let rest = bytes.get(from..)?;
        let mask = self.bits.len().wrapping_sub(1);
        let bits = self.bits.as_slice();
        let has = |gram: u32| -> u64 {
            let slot = slot(gram, self.shift);
            (bits[(slot >> 6) & mask] >> (slot & 63)) & 1
        };
        let mut at = 0;
        // Four places share one load and one branch.
        while let Some(eight) = rest.get(at..at + 8) {
            let word = u64::from_le_bytes(eight.try_into().unwrap_or_default());
            let found = has(word as u32)
                | has((word >> 8) as u32) << 1
                | has((word >> 16) as u32) << 2
                | has((word >> 24) as u32) << 3;
            let mut found = found;
            while found != 0 {
                let offset = found.trailing_zeros();
                if self.is_known((word >> (8 * offset)) as u32) {
                    return Some(from + at + offset as usize);
                }
                found &= found - 1;
            }
            at += 4;
        }
        let last = rest.get(at..)?;
        let is_here = |gram: u32| has(gram) != 0 && self.is_known(gram);
        let offset = last.windows(GRAM).position(|gram| is_here(gram_at(gram)))?;
        Some(from + at + offset)
    }
}

fn set(bits: &mut [u64], slot: usize) {
    bits[slot >> 6] |= 1 << (slot & 63);
}

fn slot(gram: u32, shift: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> shift) as usize
}

fn gram_at(bytes: &[u8]) -> u32 {
    bytes.iter().take(GRAM).rev().fold(0, |gram, byte| gram << 8 | u32::from(*byte))
}

/// The gram by which a needle is found: of its first bytes those that are the rarest in logs.
fn telling(needle: &Needle) -> u32 {
    let bytes = needle.text.as_bytes();
    let end = bytes.len().min(MOST_OFFSET + GRAM);
    // Of base64 the beginning of eight bytes is looked for as well.
    let end = if needle.is_base64 { end.min(8) } else { end };
    let grams = bytes[..end].windows(GRAM);
    let rarest = grams.min_by_key(|gram| gram.iter().map(|byte| commonness(*byte)).sum::<u32>());
    gram_at(rarest.unwrap_or(bytes))
}

fn commonness(byte: u8) -> u32 {
    match byte {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b' ' | b'0' | b'1' => 6,
        b'a'..=b'z' | b'-' | b'.' | b'/' | b'=' | b':' | b'2' => 4,
        b'0'..=b'9' | b'"' | b',' | b'_' => 3,
        b'A'..=b'Z' => 2,
        _ => 1,
    }
}
