use crate::{PowerKind, Span};

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing stops.
    Warning,
    /// Nothing runs before this is mended.
    Error,
}

/// A message about something that a user wrote: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable name in kebab case, such as `unknown-key`: for scripts and for looking it up.
    pub code: &'static str,
    /// One sentence, lower case, without a full stop.
    pub message: String,
    /// Where it stands, if it stands somewhere.
    pub span: Option<Span>,
    /// What to do about it, a sentence each.
    pub help: Vec<String>,
    /// The exact lines to add to the process file, where a power is missing.
    pub add: Option<String>,
    /// The power that those lines grant, where it is known which one is meant.
    pub grant: Option<MissingGrant>,
}

/// A power that a step needs and does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingGrant {
    /// The step.
    pub step: String,
    /// The kind.
    pub kind: PowerKind,
    /// The pattern, as it would be written under `allow`.
    pub pattern: String,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            span: None,
            help: Vec::new(),
            add: None,
            grant: None,
        }
    }

    /// A warning without a place.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// The same, at a place.
    pub fn at(mut self, span: &Span) -> Self {
        self.span = Some(span.clone());
        self
    }

    /// The same, with one more sentence of help.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The same, with the lines to add to the process file.
    pub fn with_grant(mut self, lines: impl Into<String>) -> Self {
        self.add = Some(lines.into());
        self
    }

    /// The same, with the power that the lines grant.
    pub fn granting(mut self, grant: MissingGrant) -> Self {
        self.grant = Some(grant);
        self
    }

    /// Whether it stops a run.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
