use super::masker::{MASK, Masker};
use super::scan::Context;
use crate::sanitize_lines;

/// How much more than what is held back must come before it is looked at again, as its divisor: so that a text which
/// comes byte by byte still takes linear time.
const PATIENCE: usize = 8;

/// Masks a text that comes in chunks, cut anywhere: the output is that of [`Masker::mask`] for the whole text. It holds
/// back no more than what may belong to a secret: a few bytes, or the longest form of a secret.
#[derive(Debug, Default)]
pub struct MaskStream {
    pending: Vec<u8>,
    /// So much of it was looked at and held back.
    held: usize,
    context: Context,
}

impl MaskStream {
    /// Takes the next chunk and answers what can be shown. Values that the masker learns count from the next chunk on.
    pub fn push(&mut self, masker: &Masker, chunk: &[u8]) -> Vec<u8> {
        self.pending.extend_from_slice(chunk);
        if self.pending.len() - self.held < self.held / PATIENCE {
            return Vec::new();
        }
        self.take(masker, false)
    }

    /// The text has ended: answers the rest. The stream is as new.
    pub fn finish(&mut self, masker: &Masker) -> Vec<u8> {
        let rest = self.take(masker, true);
        *self = Self::default();
        rest
    }

    /// The next part of a text whose parts are cut between characters, as it will be seen.
    pub fn push_seen(&mut self, masker: &Masker, part: &str, is_end: bool) -> String {
        let mut shown = self.push(masker, sanitize_lines(part).as_bytes());
        if is_end {
            shown.extend(self.finish(masker));
        }
        // What is shown ends between characters, too.
        String::from_utf8(shown).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    fn take(&mut self, masker: &Masker, is_end: bool) -> Vec<u8> {
        let found = masker.scan(&self.pending, is_end, &self.context);
        let safe = if is_end { self.pending.len() } else { found.safe };
        let mut shown = Vec::with_capacity(safe);
        let mut copied = 0;
        for (start, end) in found.ranges.into_iter().take_while(|(start, _)| *start < safe) {
            shown.extend_from_slice(&self.pending[copied..start]);
            // A range that goes on from what was shown before has its mask.
            if start > 0 || self.context.masked == 0 {
                shown.extend_from_slice(MASK.as_bytes());
            }
            copied = end.min(safe);
        }
        shown.extend_from_slice(&self.pending[copied..safe]);
        self.pending.drain(..safe);
        self.held = self.pending.len();
        self.context = found.context;
        shown
    }
}
