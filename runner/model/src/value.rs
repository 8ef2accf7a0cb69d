use crate::Span;

/// How a scalar was written; a plain one may be a number or a boolean, the others are always text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a block (`|` or `>`).
    Block,
}

/// A scalar with its source text: `1.10` stays `1.10`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text, after YAML's unquoting.
    pub text: String,
    /// How it was written.
    pub style: ScalarStyle,
}

/// What a [`SpannedValue`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueKind {
    /// Nothing, `~` or `null`.
    Null,
    /// Text, a number or a boolean: what it is taken for is decided by the schema that it has to satisfy.
    Scalar(Scalar),
    /// A list.
    List(Vec<SpannedValue>),
    /// A map, in the order written; keys are unique without regard to case.
    Map(Vec<(SpannedKey, SpannedValue)>),
}

/// A key of a map with its place.
pub type SpannedKey = (String, Span);

/// A value of the process file, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpannedValue {
    /// What it is.
    pub kind: ValueKind,
    /// Where it stands.
    pub span: Span,
}

impl SpannedValue {
    /// The scalar's text, if it is a scalar.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The value under a key, compared exactly, if it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&SpannedValue> {
        match &self.kind {
            ValueKind::Map(entries) => entries.iter().find(|((name, _), _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }
}
