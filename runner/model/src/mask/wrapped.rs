//! Base64 that is wrapped into lines: a line that begins with a piece of a secret.

use std::collections::{HashMap, HashSet};

use super::base64::{Encoded, is_base64};

/// The shortest piece that is looked for in the base64 forms of secrets.
pub(super) const SHORTEST_PIECE: usize = 8;
/// So many places with the same beginning are looked at; where there are more, the piece is masked unseen: only secrets
/// that repeat themselves have so many.
const MOST_PLACES: usize = 256;
/// No place.
const NONE: u32 = u32::MAX;

/// The base64 forms of all values.
#[derive(Debug, Default)]
pub(super) struct Wrapped {
    /// One per line.
    forms: Vec<u8>,
    /// Where the last piece stands in the forms that begins with these digits.
    places: HashMap<[u8; SHORTEST_PIECE], u32>,
    /// For each place the one before it with the same digits.
    before: Vec<u32>,
    /// The last lines of values in base64 that is wrapped, which may be too short to be looked for anywhere else.
    last_lines: HashSet<String>,
    /// The longest form, in bytes.
    pub(super) longest: usize,
}

/// What the beginning of a line was found to be.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// How many bytes of the line belong to a secret.
    pub(super) length: usize,
    /// Where the secret goes on behind the piece, if it does.
    pub(super) goes_on: Vec<u32>,
}

impl Wrapped {
    pub(super) fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    pub(super) fn add(&mut self, encoded: Encoded) {
        for form in encoded.parts {
            let start = self.forms.len();
            self.longest = self.longest.max(form.len());
            self.forms.extend_from_slice(form.as_bytes());
            self.forms.push(b'\n');
            self.before.resize(self.forms.len(), NONE);
            for (offset, digits) in form.as_bytes().windows(SHORTEST_PIECE).enumerate() {
                let Ok(digits) = digits.try_into() else { continue };
                let Ok(place) = u32::try_from(start + offset) else { break };
                self.before[start + offset] = self.places.insert(digits, place).unwrap_or(NONE);
            }
        }
        self.last_lines.extend(encoded.last_lines);
    }

    /// What the beginning of a line is, given its first run of digits, what stands behind that on the line, and where
    /// secrets go on that were cut by the line end before it.
    pub(super) fn piece(&self, run: &[u8], behind: &[u8], trail: &[u32]) -> Piece {
        let mut piece = Piece::default();
        for place in trail {
            self.compare(run, *place, &mut piece);
        }
        if let Some(digits) = run.first_chunk::<SHORTEST_PIECE>() {
            let mut place = self.places.get(digits).copied().unwrap_or(NONE);
            for _ in 0..MOST_PLACES {
                if place == NONE {
                    break;
                }
                self.compare(run, place, &mut piece);
                place = self.before[place as usize];
            }
            if place != NONE {
                piece.length = piece.length.max(run.len().min(self.longest + 1));
            }
        }
        if piece.length == 0 && run.len() <= SHORTEST_PIECE && is_padding_to_the_end(behind) {
            let padding = behind.iter().take_while(|byte| **byte == b'=').count();
            let line = run.iter().copied().chain(std::iter::repeat_n(b'=', padding)).map(char::from);
            if self.last_lines.contains(&line.collect::<String>()) {
                piece.length = run.len();
            }
        }
        piece
    }

    /// Where secrets go on of which these digits are the beginning.
    pub(super) fn begun(&self, digits: &[u8]) -> Vec<u32> {
        let Some(first) = digits.first_chunk::<SHORTEST_PIECE>() else { return Vec::new() };
        let mut piece = Piece::default();
        let mut place = self.places.get(first).copied().unwrap_or(NONE);
        for _ in 0..MOST_PLACES {
            let Some(found) = Some(place).filter(|place| *place != NONE) else { break };
            if found == 0 || self.forms[found as usize - 1] == b'\n' {
                self.compare(digits, found, &mut piece);
            }
            place = self.before[found as usize];
        }
        piece.goes_on
    }

    /// Whether the run is what stands at a place, as far as either goes.
    fn compare(&self, run: &[u8], place: u32, piece: &mut Piece) {
        let form = &self.forms[place as usize..];
        let same = run.iter().zip(form).take_while(|(ours, theirs)| ours == theirs).count();
        let is_over = form.get(same) == Some(&b'\n');
        if same == run.len() && !is_over {
            piece.goes_on.push(place + u32::try_from(same).unwrap_or_default());
        }
        if same > 0 && (same == run.len() || is_over) {
            // The digit behind the piece may hold a few bits of the secret.
            piece.length = piece.length.max(run.len().min(same + 1));
        }
    }
}

/// How many of the next bytes are padding.
pub(super) fn padding(behind: &[u8]) -> usize {
    behind.iter().take(2).take_while(|byte| **byte == b'=').count()
}

/// Whether nothing but padding stands on the rest of the line.
pub(super) fn is_padding_to_the_end(behind: &[u8]) -> bool {
    matches!(behind[padding(behind)..], [] | [b'\n', ..] | [b'\r'] | [b'\r', b'\n', ..])
}

/// How many of the first bytes are digits of base64.
pub(super) fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_base64(**byte)).count()
}
