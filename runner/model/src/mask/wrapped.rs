//! Base64 that is wrapped into lines: a line that begins with a piece of a secret.

use std::collections::HashSet;

use super::base64::{Encoded, is_base64, standard};

/// The shortest piece that is looked for in the base64 forms of secrets.
pub(super) const SHORTEST_PIECE: usize = 8;
/// So many places with the same beginning are looked at; where there are more, the piece is masked unseen: only secrets
/// that repeat themselves have so many.
const MOST_PLACES: usize = 256;
/// No place.
const NONE: u32 = u32::MAX;

/// The base64 forms of all values, in the standard alphabet.
#[derive(Debug, Default)]
pub(super) struct Wrapped {
    /// One per line.
    forms: Vec<u8>,
    /// For each hash of the first digits of a piece, the last place in the forms that has it. A power of two of them.
    places: Vec<u32>,
    /// For each place the one before it with the same hash. So a byte of the forms costs some 10 bytes.
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
            self.longest = self.longest.max(form.len());
            self.forms.extend_from_slice(form.as_bytes());
            self.forms.push(b'\n');
        }
        let mut from = self.before.len();
        if self.places.len() < self.forms.len() {
            self.places = vec![NONE; (self.forms.len() * 3 / 2).next_power_of_two()];
            from = 0;
        }
        self.before.resize(self.forms.len(), NONE);
        for place in from..self.forms.len() {
            let digits = self.forms[place..].first_chunk::<SHORTEST_PIECE>().filter(|digits| !digits.contains(&b'\n'));
            let (Some(digits), Ok(index)) = (digits, u32::try_from(place)) else { continue };
            let slot = self.slot(*digits);
            self.before[place] = std::mem::replace(&mut self.places[slot], index);
        }
        self.last_lines.extend(encoded.last_lines);
    }

    fn slot(&self, digits: [u8; SHORTEST_PIECE]) -> usize {
        let hash = u64::from_le_bytes(digits).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        usize::try_from(hash).unwrap_or_default() & (self.places.len() - 1)
    }

    /// The places in the forms that begin with these digits, the last ones first.
    fn places(&self, digits: &[u8]) -> impl Iterator<Item = u32> {
        let first = digits.first_chunk().map(|digits: &[u8; SHORTEST_PIECE]| digits.map(standard));
        let last = first.filter(|_| !self.is_empty()).map_or(NONE, |first| self.places[self.slot(first)]);
        let is_one = |place: &u32| *place != NONE;
        let before = move |place: &u32| Some(self.before[*place as usize]).filter(is_one);
        let places = std::iter::successors(Some(last).filter(is_one), before);
        places
            .filter(move |place| first.is_some_and(|first| self.forms[*place as usize..].first_chunk() == Some(&first)))
    }

    /// What the beginning of a line is, given its first run of digits, what stands behind that on the line, and where
    /// secrets go on that were cut by the line end before it.
    pub(super) fn piece(&self, run: &[u8], behind: &[u8], trail: &[u32]) -> Piece {
        let mut piece = Piece::default();
        for place in trail {
            self.compare(run, *place, &mut piece);
        }
        let mut places = self.places(run);
        for place in places.by_ref().take(MOST_PLACES) {
            self.compare(run, place, &mut piece);
        }
        if places.next().is_some() {
            piece.length = piece.length.max(run.len().min(self.longest + 1));
        }
        if piece.length == 0 && run.len() <= SHORTEST_PIECE && is_padding_to_the_end(behind) {
            let padding = behind.iter().take_while(|byte| **byte == b'=').count();
            let digits = run.iter().map(|digit| standard(*digit));
            let line = digits.chain(std::iter::repeat_n(b'=', padding)).map(char::from);
            if self.last_lines.contains(&line.collect::<String>()) {
                piece.length = run.len();
            }
        }
        piece
    }

    /// Where secrets go on of which these digits are a piece.
    pub(super) fn begun(&self, digits: &[u8]) -> Vec<u32> {
        let mut piece = Piece::default();
        for place in self.places(digits).take(MOST_PLACES) {
            self.compare(digits, place, &mut piece);
        }
        piece.goes_on
    }

    /// Whether the run is what stands at a place, as far as either goes.
    fn compare(&self, run: &[u8], place: u32, piece: &mut Piece) {
        let form = &self.forms[place as usize..];
        let same = run.iter().zip(form).take_while(|(ours, theirs)| standard(**ours) == **theirs).count();
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
