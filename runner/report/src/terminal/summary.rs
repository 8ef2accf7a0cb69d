use std::time::Duration;

use wharf_model::{Counts, RunStatus};

use super::TerminalOptions;
use super::head::Head;
use crate::{Line, Role, format_duration, sanitize};

/// Highlights that are shown again.
const MOST_HIGHLIGHTS: usize = 20;

/// What is gathered for the end of a run.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Highlighted log lines.
    pub(super) highlights: Vec<String>,
    /// Names of the steps that failed, and why.
    pub(super) failures: Vec<(String, String)>,
    /// Warnings in the log.
    pub(super) warnings: usize,
    /// Effects that the plan by which the run went did not show.
    pub(super) unplanned: usize,
}

impl Gathered {
    pub(super) fn highlight(&mut self, message: &str) {
        let lines = message.lines().map(|line| sanitize(line).into_owned());
        self.highlights.extend(lines.take((MOST_HIGHLIGHTS + 1).saturating_sub(self.highlights.len())));
    }
}

/// The end of a run: how it ended, what it changed, what mattered, and the next useful command.
pub(super) fn summary_lines(
    head: &Head,
    gathered: &Gathered,
    status: RunStatus,
    counts: &Counts,
    duration: Duration,
    options: &TerminalOptions,
) -> Vec<Line> {
    let symbols = options.style.symbols;
    let (role, symbol) = match status {
        RunStatus::Succeeded => (Role::Good, symbols.done),
        RunStatus::Failed => (Role::Bad, symbols.failed),
        RunStatus::Cancelled => (Role::Warn, symbols.cancelled),
    };
    let preposition = if status == RunStatus::Succeeded { "in" } else { "after" };
    let mut lines = vec![
        Line::new()
            .with(role, format!("{symbol} "))
            .with(Role::Strong, title(head, status))
            .with(Role::Faint, format!(" {preposition} {}", format_duration(duration))),
        counts_line(counts, gathered.warnings).indented(2),
    ];
    if gathered.unplanned > 0 {
        let (what, were) = if gathered.unplanned == 1 { ("effect", "was") } else { ("effects", "were") };
        let text = format!("! {} {what} {were} not as planned", gathered.unplanned);
        lines.push(Line::new().with(Role::Warn, text).indented(2));
    }
    for (name, message) in &gathered.failures {
        let line = Line::new().with(Role::Bad, format!("{} ", symbols.failed)).with(Role::Strong, sanitize(name));
        lines.push(line.with(Role::Text, format!(": {message}")).indented(2));
    }
    for highlight in gathered.highlights.iter().take(MOST_HIGHLIGHTS) {
        let line = Line::new().with(Role::Good, format!("{} ", symbols.highlight));
        lines.push(line.with(Role::Text, highlight.as_str()).indented(2));
    }
    if gathered.highlights.len() > MOST_HIGHLIGHTS {
        lines.push(Line::new().with(Role::Faint, "and more highlights in the log above").indented(2));
    }
    let next = match status {
        RunStatus::Succeeded => options.next.succeeded.as_ref(),
        RunStatus::Failed | RunStatus::Cancelled => options.next.failed.as_ref(),
    };
    if let Some(command) = next {
        lines.push(Line::new().with(Role::Faint, "next: ").with(Role::Accent, command.as_str()).indented(2));
    }
    lines
}

fn title(head: &Head, status: RunStatus) -> String {
    let subject = head.subject();
    let environment = head.environment.as_deref().map(sanitize);
    let deploys = head.process == "deploy";
    let place = match (&environment, deploys) {
        (Some(environment), true) => format!(" to {environment}"),
        (Some(environment), false) => format!(" in {environment}"),
        (None, _) => String::new(),
    };
    let process = if deploys { "deployment".into() } else { sanitize(&head.process) };
    match status {
        RunStatus::Succeeded if deploys => format!("Deployed {subject}{place}"),
        RunStatus::Succeeded => format!("Ran {process} of {subject}{place}"),
        RunStatus::Failed => format!("The {process} of {subject}{place} failed"),
        RunStatus::Cancelled => format!("The {process} of {subject}{place} was cancelled"),
    }
}

fn counts_line(counts: &Counts, warnings: usize) -> Line {
    let ran = counts.changed + counts.done + counts.unchanged + counts.failed + counts.cancelled;
    let total = ran + counts.skipped + counts.not_started;
    let steps = plural(total, "step");
    let mut parts: Vec<(Role, String)> = Vec::new();
    if counts.changed > 0 {
        parts.push((Role::Text, format!("{} changed ({})", counts.changed, plural(counts.changes, "change"))));
    }
    for (count, role, word) in [
        (counts.done, Role::Text, "done"),
        (counts.unchanged, Role::Text, "unchanged"),
        (counts.failed, Role::Bad, "failed"),
        (counts.cancelled, Role::Warn, "cancelled"),
        (counts.skipped, Role::Text, "skipped"),
        (counts.not_started, Role::Text, "not started"),
    ] {
        if count > 0 {
            parts.push((role, format!("{count} {word}")));
        }
    }
    if warnings > 0 {
        parts.push((Role::Warn, plural(warnings, "warning")));
    }
    let mut line = Line::new().with(Role::Text, steps);
    for (index, (role, text)) in parts.into_iter().enumerate() {
        line.push(Role::Text, if index == 0 { ": " } else { ", " });
        line.push(role, text);
    }
    line
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
