use std::collections::HashMap;

use wharf_model::{Diagnostic, Span, SpannedKey, SpannedValue, ValueKind};

/// Builds values from events; the stack is its own, so that deep files cost no stack of the machine.
#[derive(Default)]
pub(crate) struct TreeBuilder {
    open: Vec<Open>,
    pub root: Option<SpannedValue>,
}

enum Open {
    List { items: Vec<SpannedValue>, span: Span },
    Map { entries: Vec<(SpannedKey, SpannedValue)>, seen: HashMap<String, Span>, key: Option<SpannedKey>, span: Span },
}

impl TreeBuilder {
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    pub fn open_list(&mut self, span: Span) -> Result<(), Diagnostic> {
        self.refuse_as_key(&span)?;
        self.open.push(Open::List { items: Vec::new(), span });
        Ok(())
    }

    pub fn open_map(&mut self, span: Span) -> Result<(), Diagnostic> {
        self.refuse_as_key(&span)?;
        self.open.push(Open::Map { entries: Vec::new(), seen: HashMap::new(), key: None, span });
        Ok(())
    }

    /// Ends the innermost list or map. Its place ends with its last entry, or for `[…]` and `{…}` behind the bracket.
    pub fn close(&mut self, bracket: Option<usize>) -> Result<(), Diagnostic> {
        let (kind, mut span, last) = match self.open.pop() {
            Some(Open::List { items, span }) => {
                let last = items.last().map(|item| item.span.end);
                (ValueKind::List(items), span, last)
            }
            Some(Open::Map { entries, span, .. }) => {
                let last = entries.last().map(|(_, value)| value.span.end);
                (ValueKind::Map(entries), span, last)
            }
            None => return Ok(()),
        };
        span.end = bracket.or(last).unwrap_or(span.end).max(span.start);
        self.add(SpannedValue { kind, span })
    }

    /// Adds a finished value; in a map, keys and values take turns.
    pub fn add(&mut self, value: SpannedValue) -> Result<(), Diagnostic> {
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some(Open::List { items, .. }) => items.push(value),
            Some(Open::Map { entries, seen, key, .. }) => match key.take() {
                Some(key) => entries.push((key, value)),
                None => *key = Some(new_key(value, seen)?),
            },
        }
        Ok(())
    }

    fn refuse_as_key(&self, span: &Span) -> Result<(), Diagnostic> {
        match self.open.last() {
            Some(Open::Map { key: None, .. }) => {
                Err(Diagnostic::error("key-not-text", "a key must be text, not a list or a map")
                    .at(span)
                    .help("quote a value that begins with `{` or `[`"))
            }
            _ => Ok(()),
        }
    }
}

fn new_key(value: SpannedValue, seen: &mut HashMap<String, Span>) -> Result<SpannedKey, Diagnostic> {
    let span = value.span;
    let text = match value.kind {
        ValueKind::Scalar(scalar) => scalar.text,
        // `null:` and `~:` are keys of this text; nothing at all is none.
        _ => span.text().to_owned(),
    };
    if text.is_empty() {
        return Err(Diagnostic::error("key-empty", "a key is missing before `:`").at(&span));
    }
    if text == "<<" {
        return Err(Diagnostic::error("yaml-merge", "merge keys (`<<`) are not supported")
            .at(&span)
            .help("write the entries out"));
    }
    if let Some(first) = seen.insert(text.to_lowercase(), span.clone()) {
        let (line, column) = first.line_and_column();
        let spelled = match first.text().trim_matches(['"', '\'']) == text {
            true => String::new(),
            false => format!(" as `{}`; keys that differ only by case are the same", first.text()),
        };
        return Err(Diagnostic::error("duplicate-key", format!("the key `{text}` is there twice"))
            .at(&span)
            .help(format!("it is first at line {line}, column {column}{spelled}")));
    }
    Ok((text, span))
}
