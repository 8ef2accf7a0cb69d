use wharf_model::{Diagnostic, Span, SpannedValue, ValueKind};

/// The most problems that are told at once.
const MAX_DIAGNOSTICS: usize = 100;

/// What is wrong with a file, collected while it is read.
#[derive(Default)]
pub(crate) struct Problems {
    pub diagnostics: Vec<Diagnostic>,
}

impl Problems {
    pub fn add(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// A value of another kind than its place asks for.
    pub fn wrong_kind(&mut self, what: &str, wanted: &str, value: &SpannedValue) {
        let message = format!("{what} must be {wanted}, but it is {}", kind_of(value));
        self.add(Diagnostic::error("wrong-type", message).at(&value.span));
    }

    /// A value that its place does not take.
    pub fn wrong_value(&mut self, message: impl Into<String>, span: &Span, help: impl Into<String>) {
        self.add(Diagnostic::error("wrong-value", message).at(span).help(help));
    }

    /// Something that a later version does.
    pub fn not_yet(&mut self, message: impl Into<String>, span: &Span) {
        self.add(Diagnostic::error("not-supported-yet", format!("{} not supported yet", message.into())).at(span));
    }

    /// All of them in the order of the file; of very many the first.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics;
        diagnostics.sort_by_key(|diagnostic| diagnostic.span.as_ref().map(|span| span.start));
        let more = diagnostics.len().saturating_sub(MAX_DIAGNOSTICS);
        if more > 0 {
            let tell =
                if diagnostics.iter().any(Diagnostic::is_error) { Diagnostic::error } else { Diagnostic::warning };
            diagnostics.truncate(MAX_DIAGNOSTICS);
            let place = diagnostics.last().and_then(|last| last.span.clone());
            let rest = tell("too-many-problems", format!("and {more} more problems"));
            diagnostics.push(Diagnostic { span: place, ..rest });
        }
        diagnostics
    }
}

/// What a value is, in words.
pub(crate) fn kind_of(value: &SpannedValue) -> &'static str {
    match &value.kind {
        ValueKind::Null => "empty",
        ValueKind::Scalar(_) => "text",
        ValueKind::List(_) => "a list",
        ValueKind::Map(_) => "a map",
        ValueKind::Unknown(_) => "not known yet",
    }
}
