use serde_json::Value;
use wharf_model::{Span, SpannedValue, ValueKind};

/// A value of the inputs on its way through the check, with where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    pub json: &'a Value,
    /// What the user wrote; none for a default.
    pub source: Option<&'a SpannedValue>,
    /// Where problems are shown: that of the value, or of the nearest value around it.
    pub span: &'a Span,
    pub name: Name<'a>,
}

/// The name of a value, as `expect.status` or `headers[0]`.
#[derive(Clone, Copy)]
pub(crate) enum Name<'a> {
    Root,
    Key(&'a Name<'a>, &'a str),
    Item(&'a Name<'a>, usize),
}

impl Name<'_> {
    pub fn is_root(&self) -> bool {
        matches!(self, Name::Root)
    }

    pub fn depth(&self) -> usize {
        match self {
            Name::Root => 0,
            Name::Key(parent, _) | Name::Item(parent, _) => parent.depth() + 1,
        }
    }
}

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Name::Root => Ok(()),
            Name::Key(Name::Root, key) => f.write_str(key),
            Name::Key(parent, key) => write!(f, "{parent}.{key}"),
            Name::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl<'a> Node<'a> {
    /// Whether only the run can know this value.
    pub fn is_unknown(&self) -> bool {
        self.source.is_some_and(|source| matches!(source.kind, ValueKind::Unknown(_)))
    }

    /// What the user wrote under a key, with the place of the key.
    pub fn source_of(&self, key: &str) -> Option<(&'a Span, &'a SpannedValue)> {
        match &self.source?.kind {
            ValueKind::Map(entries) => {
                entries.iter().find(|((name, _), _)| name == key).map(|((_, span), value)| (span, value))
            }
            _ => None,
        }
    }

    /// What the user wrote as an item.
    pub fn source_at(&self, index: usize) -> Option<&'a SpannedValue> {
        match &self.source?.kind {
            ValueKind::List(items) => items.get(index),
            _ => None,
        }
    }
}

/// The value at a JSON pointer, or the last one on the way there that the user wrote.
pub(crate) fn at_pointer<'a>(root: &'a SpannedValue, pointer: &str) -> &'a SpannedValue {
    let mut here = root;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let next = match &here.kind {
            ValueKind::Map(entries) => entries.iter().find(|((key, _), _)| *key == part).map(|(_, value)| value),
            ValueKind::List(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => break,
        }
    }
    here
}
