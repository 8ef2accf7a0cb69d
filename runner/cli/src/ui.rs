use std::io::{self, IsTerminal as _, Write};
use std::sync::OnceLock;

use serde_json::Value;
use wharf_model::{Diagnostic, ExitCode};
use wharf_report::{Line, Role, Style, diagnostics_to_json, diagnostics_to_text, sanitize};

use crate::arguments::{Global, Output};

/// Where a command writes: data to standard output, talk to standard error.
#[derive(Debug)]
pub struct Ui {
    pub output: Output,
    pub quiet: bool,
    pub out: Style,
    pub err: Style,
}

impl Ui {
    pub fn new(global: &Global) -> Self {
        Self {
            output: global.output.into(),
            quiet: global.quiet,
            out: Style::detect(global.color.into(), std::io::stdout().is_terminal()),
            err: Style::detect(global.color.into(), std::io::stderr().is_terminal()),
        }
    }

    /// Writes data that is text.
    pub fn text(&self, text: &str) {
        write_stdout(text);
    }

    /// Writes data as JSON: a document, or its items line by line.
    pub fn json(&self, document: &Value) {
        match (self.output, document) {
            (Output::Ndjson, Value::Array(items)) => items.iter().for_each(|item| write_stdout(&format!("{item}\n"))),
            (Output::Ndjson, _) => write_stdout(&format!("{document}\n")),
            (Output::Json | Output::Text, _) => write_stdout(&format!("{document:#}\n")),
        }
    }

    /// Says something to the user.
    pub fn say(&self, line: Line) {
        if !self.quiet {
            write_stderr(&format!("{}\n", self.err.render(&line)));
        }
    }

    /// Says what is odd.
    pub fn warn(&self, message: &str) {
        let line = Line::new().with(Role::Caution, "Warning").with(Role::Text, format!(": {}", sanitize(message)));
        write_stderr(&format!("{}\n", self.err.render(&line)));
    }

    /// Says what is wrong, and what to do.
    pub fn error(&self, message: &str, hints: &[String]) {
        if self.output != Output::Text {
            let mut object = serde_json::json!({ "severity": "error", "code": "error", "message": message });
            if !hints.is_empty() {
                object["help"] = serde_json::json!(hints);
            }
            self.json_to_stderr(&Value::Array(vec![object]));
            return;
        }
        let line = Line::new().with(Role::Alarm, "Error").with(Role::Text, format!(": {}", sanitize(message)));
        let mut text = format!("{}\n", self.err.render(&line));
        for hint in hints {
            let line = Line::new().with(Role::Accent, "Hint").with(Role::Text, format!(": {}", sanitize(hint)));
            text.push_str(&format!("{}\n", self.err.render(&line)));
        }
        write_stderr(&text);
    }

    /// Says what is wrong with what the user wrote, with its places; as JSON on standard error if JSON was asked for.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        if diagnostics.is_empty() {
            return;
        }
        match self.output {
            Output::Text => write_stderr(&diagnostics_to_text(diagnostics, &self.err, stderr_width())),
            Output::Json | Output::Ndjson => self.json_to_stderr(&diagnostics_to_json(diagnostics)),
        }
    }

    fn json_to_stderr(&self, items: &Value) {
        match (self.output, items) {
            (Output::Ndjson, Value::Array(items)) => items.iter().for_each(|item| write_stderr(&format!("{item}\n"))),
            _ => write_stderr(&format!("{items:#}\n")),
        }
    }
}

/// The columns of standard output; none if it is no terminal.
pub fn stdout_width() -> Option<usize> {
    let stdout = std::io::stdout();
    stdout
        .is_terminal()
        .then(|| terminal_size::terminal_size_of(&stdout))
        .flatten()
        .map(|(width, _)| usize::from(width.0))
}

/// The columns of standard error; none if it is no terminal.
pub fn stderr_width() -> Option<usize> {
    let stderr = std::io::stderr();
    stderr
        .is_terminal()
        .then(|| terminal_size::terminal_size_of(&stderr))
        .flatten()
        .map(|(width, _)| usize::from(width.0))
}

/// Writes to standard output. If nobody reads it any more there is nobody to tell; anything else that goes wrong is told
/// at the end, see [`after_output`].
pub fn write_stdout(text: &str) {
    let _ = WatchedStdout.write_all(text.as_bytes()).and_then(|()| WatchedStdout.flush());
}

/// The first error of standard output that is worth telling.
static OUTPUT_ERROR: OnceLock<String> = OnceLock::new();

/// Standard output, whose errors are remembered.
pub struct WatchedStdout;

impl Write for WatchedStdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write(bytes).inspect_err(remember)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush().inspect_err(remember)
    }
}

fn remember(error: &io::Error) {
    if !matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::Interrupted) {
        OUTPUT_ERROR.get_or_init(|| error.to_string());
    }
}

/// The exit code of the program: output that could not be written is a failure, told here.
pub fn after_output(code: ExitCode) -> ExitCode {
    let _ = WatchedStdout.flush();
    match OUTPUT_ERROR.get() {
        None => code,
        Some(error) => {
            write_stderr(&format!("Error: standard output cannot be written: {error}\n"));
            if code == ExitCode::Done { ExitCode::Failed } else { code }
        }
    }
}

/// Writes to standard error. If nobody reads it any more there is nobody to tell.
pub fn write_stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
