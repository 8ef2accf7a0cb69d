use crate::processes::{Exit, Printed};

/// A program as it was started, with the secrets in its environment in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramStart {
    /// Its name.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// What was set in its environment.
    pub env: Vec<(String, String)>,
    /// Where it started, if that was said.
    pub cwd: Option<String>,
    /// What it could read from standard input.
    pub stdin: Vec<u8>,
}

/// For tests: what a program prints.
impl Printed {
    /// A program that prints this to standard output and succeeds.
    pub fn stdout(text: impl Into<String>) -> Self {
        Self { exit: Exit::Code(0), stdout: text.into(), stderr: String::new() }
    }

    /// The same with this on standard error.
    #[must_use]
    pub fn with_stderr(mut self, text: impl Into<String>) -> Self {
        self.stderr = text.into();
        self
    }

    /// The same with this exit code.
    #[must_use]
    pub fn code(mut self, code: i32) -> Self {
        self.exit = Exit::Code(code);
        self
    }
}
