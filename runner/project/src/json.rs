//! JSON with places. YAML 1.2 would read most of it, but neither tabs as indentation nor characters that are escaped as
//! two surrogates, as many programs write them.

use std::sync::Arc;

use wharf_model::{Diagnostic, Scalar, ScalarStyle, SourceFile, Span, SpannedValue, ValueKind};

use crate::yaml::{FileBounds, TreeBuilder};

/// Reads a JSON document. Keys are unique without regard to case, as in YAML.
pub(crate) fn read_json(file: &Arc<SourceFile>, bounds: &FileBounds) -> Result<SpannedValue, Diagnostic> {
    bounds.check_size(file)?;
    let start = if file.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let reader = Reader { file, bounds, tree: TreeBuilder::default(), open: Vec::new(), at: start, entries: 0 };
    reader.run()
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value, or the end of the list that has just begun.
    ValueOrEnd,
    Key,
    /// A key, or the end of the map that has just begun.
    KeyOrEnd,
    /// What follows a value.
    Divider,
}

struct Reader<'a> {
    file: &'a Arc<SourceFile>,
    bounds: &'a FileBounds,
    tree: TreeBuilder,
    /// The closing brackets of what is open.
    open: Vec<u8>,
    at: usize,
    entries: usize,
}

impl Reader<'_> {
    fn run(mut self) -> Result<SpannedValue, Diagnostic> {
        let mut next = Next::Value;
        loop {
            self.skip_blanks();
            if next == Next::Divider && self.open.is_empty() {
                break;
            }
            let Some(byte) = self.peek() else { return Err(self.problem("the text ends in the middle of it")) };
            next = match (next, byte) {
                (Next::ValueOrEnd, b']') | (Next::KeyOrEnd, b'}') => self.close()?,
                (Next::Divider, b']' | b'}') if self.open.last() == Some(&byte) => self.close()?,
                (Next::Divider, b',') => {
                    self.at += 1;
                    if self.open.last() == Some(&b'}') { Next::Key } else { Next::Value }
                }
                (Next::Divider, _) => {
                    let wanted = self.open.last().map_or(']', |bracket| char::from(*bracket));
                    return Err(self.problem(&format!("`,` or `{wanted}` is expected here")));
                }
                (Next::Key | Next::KeyOrEnd, b'"') => self.key()?,
                (Next::Key | Next::KeyOrEnd, _) => return Err(self.problem("a key in double quotes is expected here")),
                (Next::Value | Next::ValueOrEnd, _) => self.value(byte)?,
            };
        }
        if self.at < self.file.text.len() {
            return Err(self.problem("something follows the end of the document"));
        }
        let empty = || SpannedValue { kind: ValueKind::Null, span: Span::new(Arc::clone(self.file), 0, 0) };
        Ok(self.tree.root.unwrap_or_else(empty))
    }

    fn value(&mut self, byte: u8) -> Result<Next, Diagnostic> {
        let span = self.span(self.at, self.at + 1);
        self.count(&span)?;
        if matches!(byte, b'[' | b'{') {
            if self.open.len() >= self.bounds.depth {
                return Err(self.bounds.too_deep(&span));
            }
            self.at += 1;
            return match byte {
                b'[' => {
                    self.open.push(b']');
                    self.tree.open_list(span).map(|()| Next::ValueOrEnd)
                }
                _ => {
                    self.open.push(b'}');
                    self.tree.open_map(span).map(|()| Next::KeyOrEnd)
                }
            };
        }
        let value = if byte == b'"' { self.string()? } else { self.word()? };
        self.tree.add(value)?;
        Ok(Next::Divider)
    }

    fn key(&mut self) -> Result<Next, Diagnostic> {
        let key = self.string()?;
        self.count(&key.span)?;
        self.tree.add(key)?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.problem("`:` is expected behind a key"));
        }
        self.at += 1;
        Ok(Next::Value)
    }

    fn close(&mut self) -> Result<Next, Diagnostic> {
        self.at += 1;
        self.open.pop();
        self.tree.close(Some(self.at))?;
        Ok(Next::Divider)
    }

    fn string(&mut self) -> Result<SpannedValue, Diagnostic> {
        let start = self.at;
        let bytes = self.file.text.as_bytes();
        let mut end = start + 1;
        while let Some(&byte) = bytes.get(end) {
            match byte {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        let span = self.span(start, end + 1);
        match serde_json::from_str(span.text()) {
            Ok(text) => {
                self.at = end + 1;
                Ok(SpannedValue { kind: ValueKind::Scalar(Scalar { text, style: ScalarStyle::Quoted }), span })
            }
            Err(_) if end >= bytes.len() => Err(self.problem("a text without its closing quote begins here")),
            Err(_) => {
                let message = "this text has an escape or a control character that JSON does not know";
                Err(Diagnostic::error("json-syntax", message).at(&span))
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<SpannedValue, Diagnostic> {
        let rest = &self.file.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).unwrap_or(rest.len());
        let span = self.span(self.at, self.at + length);
        let text = rest[..length].to_owned();
        let kind = match text.as_str() {
            "null" => ValueKind::Null,
            "true" | "false" => ValueKind::Scalar(Scalar { text, style: ScalarStyle::Plain }),
            _ if serde_json::from_str::<serde_json::Number>(&text).is_ok() => {
                ValueKind::Scalar(Scalar { text, style: ScalarStyle::Plain })
            }
            _ => return Err(self.problem("a value is expected here")),
        };
        self.at += length;
        Ok(SpannedValue { kind, span })
    }

    fn count(&mut self, span: &Span) -> Result<(), Diagnostic> {
        self.entries += 1;
        if self.entries > self.bounds.entries { Err(self.bounds.too_many(span)) } else { Ok(()) }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.file.text.as_bytes().get(self.at).copied()
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(Arc::clone(self.file), start, end)
    }

    fn problem(&self, message: &str) -> Diagnostic {
        let length = self.file.text[self.at..].chars().next().map_or(0, char::len_utf8);
        Diagnostic::error("json-syntax", format!("this is no valid JSON: {message}"))
            .at(&self.span(self.at, self.at + length))
    }
}
