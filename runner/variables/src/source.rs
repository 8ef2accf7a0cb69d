use std::sync::Arc;

use wharf_model::{Scalar, ScalarStyle, SourceFile, Span, SpannedValue, ValueKind};

/// A value given from outside of the process file. It wins over every definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// The variable's name.
    pub name: String,
    /// The value; texts in it are templates.
    pub value: SpannedValue,
    /// Where it was given, for messages: `--variable`, or a file's name.
    pub origin: String,
}

impl Override {
    /// A text, as in `--variable name=text`.
    pub fn text(name: impl Into<String>, text: impl Into<String>, origin: impl Into<String>) -> Self {
        let (name, text, origin) = (name.into(), text.into(), origin.into());
        let file = Arc::new(SourceFile { name: origin.clone(), text: format!("{name}={text}") });
        let span = Span::new(file.clone(), name.len() + 1, file.text.len());
        let style = ScalarStyle::Plain;
        Self { name, value: SpannedValue { kind: ValueKind::Scalar(Scalar { text, style }), span }, origin }
    }

    /// A value that was read from a file, as with `--variable-file`.
    pub fn value(name: impl Into<String>, value: SpannedValue, origin: impl Into<String>) -> Self {
        Self { name: name.into(), value, origin: origin.into() }
    }
}

/// The span of a value that nobody wrote: all of a text that says what it is.
pub(crate) fn invented_span(what: &str, text: &str) -> Span {
    let file = Arc::new(SourceFile { name: what.to_owned(), text: text.to_owned() });
    Span::new(file, 0, text.len())
}
