use std::time::Duration;

use wharf_model::{Change, Failure, StepStatus, StepSummary};

use super::change_lines::change_lines;
use super::item::failure_lines;
use super::{TerminalOptions, Verbosity};
use crate::{Line, Role, format_duration, sanitize};

/// Changes of a step that are kept for the listing.
const MOST_CHANGES: usize = 20_000;

/// How far a step is.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    pub(super) done: u64,
    pub(super) total: Option<u64>,
    pub(super) note: String,
}

/// How a step ended.
#[derive(Debug)]
pub(super) struct Ending<'a> {
    pub(super) status: StepStatus,
    pub(super) attempts: u32,
    pub(super) failure: Option<&'a Failure>,
    pub(super) reason: Option<&'a str>,
    pub(super) changes: usize,
    pub(super) duration: Duration,
}

/// A step as far as it has been seen.
#[derive(Debug)]
pub(super) struct StepView {
    pub(super) summary: StepSummary,
    /// Lines that are not written yet, with how often each came in a row.
    pub(super) lines: Vec<(Line, usize)>,
    /// Whether the header is written, so that lines are written as they come.
    pub(super) is_open: bool,
    pub(super) progress: Option<Progress>,
    /// Whether the step did anything beyond the sandbox's sight.
    reached_out: bool,
    changes: Vec<Change>,
    dropped: usize,
}

impl StepView {
    pub(super) fn new(summary: StepSummary) -> Self {
        Self {
            summary,
            lines: Vec::new(),
            is_open: false,
            progress: None,
            reached_out: false,
            changes: Vec::new(),
            dropped: 0,
        }
    }

    /// Notes that a request was sent or a program started: "unchanged" would say too much.
    pub(super) fn reaches_out(&mut self) {
        self.reached_out = true;
    }

    pub(super) fn add_change(&mut self, change: &Change, verbosity: Verbosity) {
        if self.changes.len() == MOST_CHANGES {
            self.dropped += 1;
            return;
        }
        let diff = if verbosity >= Verbosity::Verbose { change.diff.clone() } else { None };
        self.changes.push(Change { diff, detail: serde_json::Value::Null, ..change.clone() });
    }

    pub(super) fn add_line(&mut self, line: Line) {
        match self.lines.last_mut() {
            Some((last, times)) if *last == line => *times += 1,
            _ => self.lines.push((line, 1)),
        }
    }

    /// The lines that have gathered, and forgets them.
    pub(super) fn take_lines(&mut self, options: &TerminalOptions) -> Vec<Line> {
        std::mem::take(&mut self.lines).into_iter().map(|(line, times)| with_times(line, times, options)).collect()
    }

    /// The last `most` lines.
    pub(super) fn last_lines(&self, most: usize, options: &TerminalOptions) -> Vec<Line> {
        let from = self.lines.len().saturating_sub(most);
        self.lines[from..].iter().map(|(line, times)| with_times(line.clone(), *times, options)).collect()
    }

    /// Name and `uses`.
    pub(super) fn title(&self) -> Line {
        Line::new()
            .with(Role::Strong, sanitize(&self.summary.name))
            .with(Role::Faint, format!("  {}", sanitize(&self.summary.uses)))
    }

    /// How the step ended in one line, without its title, and its sign.
    pub(super) fn ending(&self, ending: &Ending<'_>, options: &TerminalOptions) -> ((Role, &'static str), Line) {
        let symbols = options.style.symbols;
        let (sign, word) = match ending.status {
            StepStatus::Succeeded if ending.changes == 0 && !self.reached_out => {
                ((Role::Good, symbols.done), "unchanged".to_owned())
            }
            StepStatus::Succeeded => ((Role::Good, symbols.done), String::new()),
            StepStatus::Failed => ((Role::Bad, symbols.failed), "failed".to_owned()),
            StepStatus::Skipped => ((Role::Faint, symbols.skipped), "skipped".to_owned()),
            StepStatus::Cancelled => ((Role::Warn, symbols.cancelled), "cancelled".to_owned()),
            StepStatus::NotStarted => ((Role::Faint, symbols.not_started), "not started".to_owned()),
        };
        let role = match ending.status {
            StepStatus::Failed => Role::Bad,
            StepStatus::Cancelled => Role::Warn,
            _ => Role::Faint,
        };
        let mut line = Line::new().with(role, word);
        if ending.attempts > 1 {
            let gap = if line.is_empty() { "" } else { ", " };
            line.push(Role::Faint, format!("{gap}{} attempts", ending.attempts));
        }
        if let Some(reason) = ending.reason {
            let gap = if line.is_empty() { "" } else { ": " };
            line.push(Role::Faint, format!("{gap}{}", sanitize(reason)));
        }
        (sign, line)
    }

    /// What follows the log when a step has ended: changes and why it failed.
    pub(super) fn tail(&self, ending: &Ending<'_>, options: &TerminalOptions) -> Vec<Line> {
        let mut lines = change_lines(&self.changes, self.dropped, options);
        lines.extend(ending.failure.into_iter().flat_map(failure_lines));
        lines
    }
}

/// The time that a step took; none where it never began.
pub(super) fn time_of(ending: &Ending<'_>) -> Line {
    match ending.status {
        StepStatus::Skipped | StepStatus::NotStarted => Line::new(),
        // As wide for every time, so that all else stays in its place.
        _ => Line::new().with(Role::Faint, format!("{:>6}", format_duration(ending.duration))),
    }
}

fn with_times(line: Line, times: usize, options: &TerminalOptions) -> Line {
    match times {
        1 => line,
        _ => line.with(Role::Faint, format!("  {}{times}", options.style.symbols.times)),
    }
}
