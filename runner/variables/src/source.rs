use std::sync::Arc;

use wharf_model::{
    Scalar, ScalarStyle, Scope, SourceFile, Span, SpannedValue, ValueKind, VariableCandidate, VariableDefinition,
    VariableValue,
};

/// The definition of a variable that was given on the command line, as with `--variable name=text`: one value that holds
/// everywhere. The text is a template. Its place is column and line of a file called `--variable`.
pub fn command_line_value(name: &str, text: &str) -> VariableDefinition {
    let file = Arc::new(SourceFile { name: "--variable".into(), text: format!("{name}={text}") });
    let span = Span::new(file.clone(), name.len() + 1, file.text.len());
    let scalar = Scalar { text: text.to_owned(), style: ScalarStyle::Plain };
    let value = VariableValue::Plain(SpannedValue { kind: ValueKind::Scalar(scalar), span: span.clone() });
    VariableDefinition {
        name: name.to_owned(),
        span: Span::new(file, 0, name.len()),
        candidates: vec![VariableCandidate { value, scope: Scope::default(), span }],
    }
}

/// The span of a value that nobody wrote: all of a text that says what it is.
pub(crate) fn invented_span(what: &str, text: &str) -> Span {
    let file = Arc::new(SourceFile { name: what.to_owned(), text: text.to_owned() });
    Span::new(file, 0, text.len())
}
