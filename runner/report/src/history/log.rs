use wharf_model::{Event, EventKind, Level};

use crate::terminal::{failure_lines, log_lines};
use crate::{Line, Style};

/// The lines of one event of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The step's identity; none for the run itself.
    pub step: Option<String>,
    /// The lines.
    pub lines: Vec<Line>,
}

/// What an event says in a log: entries from a level on, and why a step failed. None if it says nothing.
pub fn log_line(event: &Event, least: Level, style: &Style) -> Option<LogLine> {
    match &event.kind {
        EventKind::Log { step, level, message, fields } if *level >= least => {
            Some(LogLine { step: step.clone(), lines: log_lines(*level, message, fields, style) })
        }
        EventKind::StepFinished { step, failure: Some(failure), .. } => {
            Some(LogLine { step: Some(step.clone()), lines: failure_lines(failure) })
        }
        _ => None,
    }
}
