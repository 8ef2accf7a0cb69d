use wharf_model::{Diagnostic, ExitCode};

/// Why a command ended without doing what it was asked for.
#[derive(Debug)]
pub enum CommandError {
    /// What the user wrote is wrong.
    Diagnostics(Vec<Diagnostic>),
    /// Anything else.
    Failed {
        /// One sentence, lower case.
        message: String,
        /// What to do.
        hints: Vec<String>,
        /// The exit code.
        code: ExitCode,
    },
}

impl CommandError {
    /// The command line or a file is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), hints: Vec::new(), code: ExitCode::Usage }
    }

    /// What was to be done failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), hints: Vec::new(), code: ExitCode::Failed }
    }

    /// The user did not want it any more.
    pub fn cancelled() -> Self {
        let message = "cancelled; nothing was changed".to_owned();
        Self::Failed { message, hints: Vec::new(), code: ExitCode::Cancelled }
    }

    /// The same, with what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Failed { hints, .. } = &mut self {
            hints.push(hint.into());
        }
        self
    }

    /// The exit code of the program.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed { code, .. } => *code,
            Self::Diagnostics(diagnostics) => exit_code_of(diagnostics),
        }
    }
}

impl std::fmt::Display for CommandError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed { message, .. } => f.write_str(message),
            Self::Diagnostics(diagnostics) => {
                let messages: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
                f.write_str(&messages.join("; "))
            }
        }
    }
}

impl From<Diagnostic> for CommandError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Diagnostics(vec![diagnostic])
    }
}

impl From<Vec<Diagnostic>> for CommandError {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self::Diagnostics(diagnostics)
    }
}

impl From<wharf_model::Failure> for CommandError {
    fn from(failure: wharf_model::Failure) -> Self {
        let error = Self::failed(failure.message);
        failure.help.into_iter().fold(error, Self::hint)
    }
}

/// The exit code for diagnostics: a cancel has its own, and so has a missing power if nothing else is wrong.
pub fn exit_code_of(diagnostics: &[Diagnostic]) -> ExitCode {
    if diagnostics.iter().any(|diagnostic| diagnostic.code == "cancelled") {
        return ExitCode::Cancelled;
    }
    let mut errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    // What a feed does or does not have, or what has changed since a plan, is no fault of what the user wrote.
    if errors.clone().next().is_some()
        && errors.clone().all(|error| matches!(error.code, "feed" | "package-cache" | "plan-outdated"))
    {
        return ExitCode::Failed;
    }
    match errors.next() {
        None => ExitCode::Done,
        Some(first) if first.code == "missing-grant" && errors.all(|error| error.code == first.code) => {
            ExitCode::PowerMissing
        }
        Some(_) => ExitCode::Usage,
    }
}
