use std::path::PathBuf;

use crate::Style;

/// How much is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Warnings, failures and how the run ended.
    Quiet,
    /// What everyone wants to see.
    #[default]
    Normal,
    /// Also debug lines, every change with its difference, and outputs.
    Verbose,
    /// Everything.
    Trace,
}

/// What is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A file or a pipe: lines as they come, never wrapped.
    Plain,
    /// A terminal whose cursor can be moved.
    Terminal {
        /// Its columns; none asks the terminal each time.
        width: Option<usize>,
    },
}

impl Surface {
    /// What standard output of this process is.
    pub fn of_stdout() -> Self {
        use std::io::IsTerminal as _;
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if std::io::stdout().is_terminal() && !is_dumb { Surface::Terminal { width: None } } else { Surface::Plain }
    }

    /// The columns to fill; none where lines have no end.
    pub(crate) fn width(self) -> Option<usize> {
        match self {
            Surface::Plain => None,
            Surface::Terminal { width: Some(width) } => Some(width),
            Surface::Terminal { width: None } => Some(terminal_width()),
        }
    }
}

fn terminal_width() -> usize {
    terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0)).max(20)
}

/// The next useful command after a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Next {
    /// After success.
    pub succeeded: Option<String>,
    /// After failure.
    pub failed: Option<String>,
}

/// How a [`TerminalReporter`](crate::TerminalReporter) shows a run.
#[derive(Debug, Clone)]
pub struct TerminalOptions {
    /// What is written to.
    pub surface: Surface,
    /// Colours and symbols.
    pub style: Style,
    /// How much is shown.
    pub verbosity: Verbosity,
    /// Paths below this folder are shown relative to it.
    pub folder: PathBuf,
    /// The next useful command.
    pub next: Next,
}
