use std::sync::Arc;

use wharf_model::{SourceFile, Span};

/// Turns the parser's places, which count characters, into bytes of the file.
pub(crate) struct Places {
    file: Arc<SourceFile>,
    /// The byte at which each character begins; none if every character is one byte.
    bytes: Option<Vec<usize>>,
}

impl Places {
    pub fn new(file: Arc<SourceFile>) -> Self {
        let bytes = (!file.text.is_ascii()).then(|| file.text.char_indices().map(|(at, _)| at).collect());
        Self { file, bytes }
    }

    pub fn byte(&self, character: usize) -> usize {
        match &self.bytes {
            None => character.min(self.file.text.len()),
            Some(bytes) => bytes.get(character).copied().unwrap_or(self.file.text.len()),
        }
    }

    pub fn span(&self, span: saphyr_parser::Span) -> Span {
        self.between(self.byte(span.start.index()), self.byte(span.end.index()))
    }

    pub fn between(&self, start: usize, end: usize) -> Span {
        Span::new(self.file.clone(), start, end)
    }

    pub fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }
}

/// The byte behind the closing quote of a scalar that begins with its quote at `start`. The parser's own end is behind
/// the blanks and the comment that follow.
pub(crate) fn quoted_end(text: &str, start: usize, end: usize) -> usize {
    let bytes = &text.as_bytes()[start..end];
    let quote = bytes.first().copied();
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        let escaped = match quote {
            Some(b'"') => byte == b'\\',
            _ => byte == b'\'' && bytes.get(at + 1) == Some(&b'\''),
        };
        at += if escaped { 2 } else { 1 };
        if !escaped && Some(byte) == quote {
            return start + at;
        }
    }
    end
}

/// Where a scalar stands: no comment can begin inside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Region {
    pub start: usize,
    pub end: usize,
    /// Whether it is written without quotes.
    pub plain: bool,
    /// The bracket of the `[…]` or `{…}` in which it stands.
    pub bracket: Option<char>,
}
