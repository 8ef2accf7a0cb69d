use std::time::Duration;

use wharf_model::{PackageSummary, StepStatus};

use super::{RunRecord, RunState, StepRecord};
use crate::terminal::Head;
use crate::{Line, Role, Style, Table, format_bytes, format_duration, sanitize};

/// A run in a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its identity.
    pub run: String,
    /// When it began, in words.
    pub when: String,
    /// The project.
    pub project: String,
    /// The process.
    pub process: String,
    /// The environment, if there is one.
    pub environment: Option<String>,
    /// The packages.
    pub packages: Vec<PackageSummary>,
    /// How it stands.
    pub state: RunState,
    /// How long it took, if that is known.
    pub duration: Option<Duration>,
}

/// Runs as a table, a row each.
pub fn runs_to_text(rows: &[RunRow], style: &Style, width: Option<usize>) -> String {
    let mut table = Table::new(&["run", "began", "what", "state", "took"]);
    for row in rows {
        let head = head(&row.project, &row.process, row.environment.as_deref(), &row.packages);
        let duration = row.duration.map(format_duration).unwrap_or_default();
        table.row(vec![
            Line::new().with(Role::Strong, sanitize(&row.run)),
            Line::new().with(Role::Text, row.when.as_str()),
            head.line(style),
            Line::new().with(role(row.state), row.state.as_str()),
            Line::new().with(Role::Faint, duration),
        ]);
    }
    table.cut(2, 12, 0, width, style.symbols.ellipsis);
    table.render(style, 0, width)
}

/// A run with its steps: how each ended, what it set and kept, and why it failed.
pub fn record_to_text(record: &RunRecord, state: RunState, when: &str, style: &Style, width: Option<usize>) -> String {
    let head = head(&record.project, &record.process, record.environment.as_deref(), &record.packages);
    let mut lines = vec![head.line(style)];
    let mut line = Line::new().with(role(state), state.as_str());
    let took = format_duration(Duration::from_micros(record.duration));
    line.push(Role::Faint, format!("  began {when}, took {took}  {}", sanitize(&record.run)));
    lines.push(line);
    lines.push(Line::new());
    record.steps.iter().for_each(|step| lines.extend(step_lines(step, style)));
    let mut text = String::new();
    for line in lines {
        let wrapped = match width {
            Some(width) => line.wrapped(width, 4),
            None => vec![line],
        };
        wrapped.iter().for_each(|line| text.push_str(&format!("{}\n", style.render(line).trim_end())));
    }
    text
}

fn step_lines(step: &StepRecord, style: &Style) -> Vec<Line> {
    let symbols = style.symbols;
    let (role, sign, word) = match step.status {
        Some(StepStatus::Succeeded) if step.changes > 0 => (Role::Good, symbols.done, changes(step.changes)),
        Some(StepStatus::Succeeded) => (Role::Good, symbols.done, String::new()),
        Some(StepStatus::Failed) => (Role::Bad, symbols.failed, "failed".into()),
        Some(StepStatus::Skipped) => (Role::Faint, symbols.skipped, "skipped".into()),
        Some(StepStatus::Cancelled) => (Role::Warn, symbols.cancelled, "cancelled".into()),
        Some(StepStatus::NotStarted) => (Role::Faint, symbols.not_started, "not started".into()),
        None if step.has_begun => (Role::Warn, symbols.open, "not at its end".into()),
        None => (Role::Faint, symbols.not_started, "not begun".into()),
    };
    let mut title = Line::new().with(role, format!("{sign} "));
    title.push(Role::Strong, sanitize(&step.name));
    title.push(Role::Faint, format!("  {}", sanitize(&step.uses)));
    if !word.is_empty() {
        title.push(Role::Text, format!("  {word}"));
    }
    if let Some(reason) = &step.reason {
        title.push(Role::Faint, format!(": {}", sanitize(reason)));
    }
    if step.attempts > 1 {
        title.push(Role::Warn, format!("  {} attempts", step.attempts));
    }
    if step.duration > 0 {
        title.push(Role::Faint, format!("  {}", format_duration(Duration::from_micros(step.duration))));
    }
    let mut lines = vec![title];
    if step.unplanned > 0 {
        let text = format!("! {} not as planned", step.unplanned);
        lines.push(Line::new().with(Role::Warn, text).indented(4));
    }
    if let Some(failure) = &step.failure {
        lines.extend(crate::terminal::failure_lines(failure).into_iter().map(|line| line.indented(4)));
    }
    for (name, value) in &step.outputs {
        let shown = match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let first = shown.lines().next().unwrap_or_default();
        let end = if first.len() < shown.len() { style.symbols.ellipsis } else { "" };
        let line = Line::new().with(Role::Faint, format!("{} = ", sanitize(name)));
        lines.push(line.with(Role::Text, format!("{}{end}", sanitize(first))).indented(4));
    }
    for (name, bytes) in &step.artifacts {
        let text = format!("kept {} ({})", sanitize(name), format_bytes(*bytes));
        lines.push(Line::new().with(Role::Faint, text).indented(4));
    }
    lines
}

fn changes(count: usize) -> String {
    if count == 1 { "1 change".into() } else { format!("{count} changes") }
}

fn role(state: RunState) -> Role {
    match state {
        RunState::Succeeded => Role::Good,
        RunState::Failed => Role::Bad,
        RunState::Cancelled | RunState::Interrupted => Role::Warn,
        RunState::Running => Role::Accent,
    }
}

fn head(project: &str, process: &str, environment: Option<&str>, packages: &[PackageSummary]) -> Head {
    Head {
        project: project.to_owned(),
        process: process.to_owned(),
        environment: environment.map(str::to_owned),
        packages: packages.to_vec(),
    }
}
