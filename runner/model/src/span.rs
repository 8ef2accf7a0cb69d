use std::fmt;
use std::sync::Arc;

/// A text that a user wrote, kept so that messages can quote it.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The name as the user would write it: a relative path, or `<command line>`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A place in a [`SourceFile`].
#[derive(Clone, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub file: Arc<SourceFile>,
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Span {
    /// The place from byte `start` up to byte `end`, clamped to the text.
    pub fn new(file: Arc<SourceFile>, start: usize, end: usize) -> Self {
        let length = file.text.len();
        let start = start.min(length);
        Self { end: end.clamp(start, length), start, file }
    }

    /// Line and column of the first character, both from 1; columns count characters.
    pub fn line_and_column(&self) -> (usize, usize) {
        let before = &self.file.text[..floor_char_boundary(&self.file.text, self.start)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// The whole line in which the place begins, without its line end.
    pub fn line_text(&self) -> &str {
        let text = &self.file.text;
        let at = floor_char_boundary(text, self.start);
        let begin = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
        text[begin..end].trim_end_matches('\r')
    }

    /// The text of the place itself.
    pub fn text(&self) -> &str {
        let text = &self.file.text;
        &text[floor_char_boundary(text, self.start)..floor_char_boundary(text, self.end)]
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// `file:line:column`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_and_column();
        write!(f, "{}:{line}:{column}", self.file.name)
    }
}

fn floor_char_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_and_column_count_characters() {
        let file = Arc::new(SourceFile { name: "wharf.yaml".into(), text: "a: 1\nü: x\r\n".into() });
        let start = file.text.find('x').expect("the text has an x");
        let span = Span::new(file, start, start + 1);
        assert_eq!(span.to_string(), "wharf.yaml:2:4");
        assert_eq!(span.line_text(), "ü: x");
        assert_eq!(span.text(), "x");
    }
}
