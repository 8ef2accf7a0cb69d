use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::automaton::{Automaton, Needle};
use super::base64::{Encoded, url_safe};
use super::filter::Filter;
use super::forms::text_forms;
use super::scan::{Context, Found, scan};
use super::trail::MaskTrail;
use super::wrapped::Wrapped;
use crate::sanitize_lines;

/// What stands in the place of a secret.
pub const MASK: &str = "********";

/// Replaces secrets in text. Covers each value, each of its lines, its forms escaped for JSON, YAML, XML, addresses,
/// forms and shells, and its hexadecimal and base64 forms, base64 that is wrapped into lines too; where they overlap,
/// all of them. Lines of a value that are shorter than [`Masker::SHORTEST`] stay visible where the value is shown line
/// by line.
///
/// It goes over a text once: a filter of four-byte grams lets most of it pass, and the automaton of Aho and Corasick
/// looks at the rest. Time is linear in the text, whatever it says.
#[derive(Debug, Default)]
pub struct Masker {
    values: HashSet<String>,
    known: HashSet<Arc<str>>,
    filter: Filter,
    /// Each has at least twice as many needles as the next: adding a value seldom builds anew what is there, so that a
    /// step which adds thousands holds nobody up. Only what the filter holds up costs more with more of them.
    levels: Vec<Automaton>,
    wrapped: Wrapped,
}

impl Masker {
    /// The shortest text that is masked, in characters: shorter ones would hide innocent text. A value that is shorter
    /// is not masked at all; the engine refuses it as a secret.
    pub const SHORTEST: usize = 4;

    /// A masker of these values.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut masker = Self::default();
        let mut needles = Vec::new();
        for value in values {
            masker.collect(value, &mut needles);
        }
        masker.push(needles);
        masker
    }

    /// Masks one more value from now on. Nothing happens if it is known or shorter than [`Masker::SHORTEST`].
    pub fn add(&mut self, value: &str) {
        let mut needles = Vec::new();
        self.collect(value, &mut needles);
        self.push(needles);
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    /// The text as it will be seen, without control characters and escape sequences, with every secret replaced by
    /// [`MASK`]: a secret that such characters divide is whole once they are gone.
    pub fn mask_seen<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.mask_seen_behind(&mut MaskTrail::default(), text)
    }

    /// The same for a text that follows others, line by line; the trail is what they leave open, and afterwards what
    /// this one does.
    pub fn mask_seen_behind<'a>(&self, trail: &mut MaskTrail, text: &'a str) -> Cow<'a, str> {
        let mut before = trail.clone();
        let masked = self.mask_behind(trail, text);
        let seen = match sanitize_lines(&masked) {
            Cow::Borrowed(_) => return masked,
            Cow::Owned(seen) => seen,
        };
        let again = match self.mask_behind(&mut before, &seen) {
            Cow::Borrowed(_) => None,
            Cow::Owned(again) => Some(again),
        };
        *trail = MaskTrail::new([trail.places(), before.places()].concat());
        Cow::Owned(again.unwrap_or(seen))
    }

    /// The text with every secret replaced by [`MASK`].
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.mask_behind(&mut MaskTrail::default(), text)
    }

    fn mask_behind<'a>(&self, trail: &mut MaskTrail, text: &'a str) -> Cow<'a, str> {
        if self.is_empty() {
            return Cow::Borrowed(text);
        }
        let before = Context { trail: std::mem::take(trail).into_places(), ..Context::default() };
        let found = scan(self, text.as_bytes(), true, &before);
        *trail = MaskTrail::new(found.context.trail);
        if found.ranges.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut masked = String::with_capacity(text.len());
        let mut copied = 0;
        for (start, end) in found.ranges {
            masked.push_str(&text[copied..start]);
            masked.push_str(MASK);
            copied = end;
        }
        masked.push_str(&text[copied..]);
        Cow::Owned(masked)
    }

    /// The same value with every text in it masked, keys included. A text in which a secret is seen only without its
    /// control characters loses them, any other keeps them: it may be data.
    pub fn mask_json(&self, value: &serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            _ if self.is_empty() => value.clone(),
            Value::String(text) => {
                let seen = sanitize_lines(text);
                let is_seen = matches!((&seen, self.mask(&seen)), (Cow::Owned(_), Cow::Owned(_)));
                Value::String(if is_seen { self.mask_seen(text) } else { self.mask(text) }.into_owned())
            }
            Value::Array(items) => items.iter().map(|item| self.mask_json(item)).collect(),
            Value::Object(entries) => entries
                .iter()
                .map(|(key, value)| (self.mask_seen(key).into_owned(), self.mask_json(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Value::Number(number) => match self.mask(&number.to_string()) {
                Cow::Borrowed(_) => value.clone(),
                Cow::Owned(masked) => Value::String(masked),
            },
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    /// What a pass over a part of a text finds.
    pub(super) fn scan(&self, bytes: &[u8], is_end: bool, before: &Context) -> Found {
        if self.is_empty() {
            return Found { safe: bytes.len(), ..Found::default() };
        }
        scan(self, bytes, is_end, before)
    }

    pub(super) fn automata(&self) -> impl Iterator<Item = &Automaton> {
        self.levels.iter()
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    pub(super) fn wrapped(&self) -> &Wrapped {
        &self.wrapped
    }

    #[cfg(test)]
    pub(super) fn levels(&self) -> usize {
        self.levels.len()
    }

    /// Adds the forms of a value that are new to `needles`.
    fn collect(&mut self, value: &str, needles: &mut Vec<Needle>) {
        if value.chars().count() < Self::SHORTEST || !self.values.insert(value.to_owned()) {
            return;
        }
        let encoded = Encoded::new(value);
        let texts = text_forms(value).into_iter().map(|text| (text, false));
        let parts = encoded.parts.iter().flat_map(|part| [(part.clone(), true), (url_safe(part), true)]);
        for (text, is_base64) in texts.chain(parts) {
            if text.chars().take(Self::SHORTEST).count() < Self::SHORTEST {
                continue;
            }
            for needle in Needle::pieces(&text, is_base64) {
                if self.known.insert(Arc::clone(&needle.text)) {
                    needles.push(needle);
                }
            }
        }
        self.wrapped.add(encoded);
    }

    fn push(&mut self, mut needles: Vec<Needle>) {
        if needles.is_empty() {
            return;
        }
        self.filter.add(needles.iter());
        while let Some(last) = self.levels.pop_if(|last| last.len() < 2 * needles.len()) {
            needles.extend(last.into_needles());
        }
        self.levels.push(Automaton::new(needles));
    }
}
