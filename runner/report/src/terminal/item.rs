use std::path::Path;

use wharf_model::{ChangeKind, Failure, Level};

use super::Verbosity;
use crate::fold::shorten_path;
use crate::{Line, Role, Style, format_bytes, sanitize};

/// Whether a log entry of this level is shown.
pub(super) fn is_shown(level: Level, verbosity: Verbosity) -> bool {
    let least = match verbosity {
        Verbosity::Quiet => Level::Warn,
        Verbosity::Normal => Level::Info,
        Verbosity::Verbose => Level::Debug,
        Verbosity::Trace => Level::Trace,
    };
    level >= least
}

/// The lines of a log entry; the fields stand behind the last one.
pub(crate) fn log_lines(level: Level, message: &str, fields: &[(String, String)], style: &Style) -> Vec<Line> {
    let role = if level <= Level::Debug { Role::Faint } else { Role::Text };
    let mut lines: Vec<Line> = message.lines().map(|text| Line::new().with(role, sanitize(text))).collect();
    if lines.is_empty() {
        lines.push(Line::new());
    }
    let prefix = match level {
        Level::Trace | Level::Debug | Level::Info => None,
        Level::Highlight => Some((Role::Good, format!("{} ", style.symbols.highlight))),
        Level::Warn => Some((Role::Caution, "warning: ".to_owned())),
        Level::Error => Some((Role::Alarm, "error: ".to_owned())),
    };
    if let Some((role, prefix)) = prefix {
        let first = std::mem::take(&mut lines[0]);
        lines[0].push(role, prefix);
        lines[0].append(first);
    }
    if let Some(last) = lines.last_mut() {
        for (name, value) in fields {
            let gap = if last.is_empty() { "" } else { "  " };
            last.push(Role::Faint, format!("{gap}{}={}", sanitize(name), sanitize(value)));
        }
    }
    lines
}

/// A request that was sent or refused. One that went as it should is not worth more than a glance.
pub(crate) fn request_line(method: &str, url: &str, status: Option<u16>, error: Option<&str>, style: &Style) -> Line {
    let line =
        Line::new().with(Role::Faint, format!("{} {} {} ", sanitize(method), sanitize(url), style.symbols.arrow));
    match (status, error) {
        (_, Some(error)) => line.with(Role::Warn, sanitize(error)),
        (Some(status @ 400..), None) => line.with(Role::Warn, status.to_string()),
        (Some(status), None) => line.with(Role::Faint, status.to_string()),
        (None, None) => line.with(Role::Faint, "no answer"),
    }
}

/// A program that was started.
pub(crate) fn program_line(path: &str, args: &[String]) -> Line {
    let mut command = sanitize(path).into_owned();
    for arg in args {
        let first = arg.lines().next().unwrap_or_default();
        let shown = sanitize(first);
        let long = shown.chars().count() > 60 || first.len() < arg.len();
        let shown: String = shown.chars().take(60).collect();
        let end = if long { "…" } else { "" };
        let quote = if shown.is_empty() || shown.contains(' ') { "\"" } else { "" };
        command.push_str(&format!(" {quote}{shown}{end}{quote}"));
    }
    Line::new().with(Role::Faint, format!("runs {command}"))
}

/// The value of a secret that was revealed.
pub(super) fn revealed_line(name: &str) -> Line {
    Line::new().with(Role::Faint, format!("was shown the secret {}", sanitize(name)))
}

/// What was done though the plan by which the run goes did not show it.
pub(super) fn unplanned_line(kind: ChangeKind, target: &str, otherwise: bool, folder: &Path) -> Line {
    let words = if otherwise { "otherwise than planned: " } else { "not in the plan: " };
    let target = if target.starts_with('/') { shorten_path(target, folder) } else { target.to_owned() };
    let line = Line::new().with(Role::Warn, format!("! {words}"));
    line.with(Role::Text, format!("{} {}", kind.sign(), sanitize(&target)))
}

/// An output.
pub(super) fn output_line(name: &str, value: &serde_json::Value) -> Line {
    let shown = match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let first = shown.lines().next().unwrap_or_default();
    let end = if first.len() < shown.len() { "…" } else { "" };
    Line::new().with(Role::Faint, format!("output {} = {}{end}", sanitize(name), sanitize(first)))
}

/// A file that was kept.
pub(super) fn artifact_line(name: &str, bytes: u64) -> Line {
    Line::new().with(Role::Faint, format!("kept {} ({})", sanitize(name), format_bytes(bytes)))
}

/// An attempt that failed and is followed by another.
pub(super) fn attempt_line(attempt: u32, attempts: u32, failure: &Failure, retry_in: u64) -> Line {
    let wait = crate::format_duration(std::time::Duration::from_millis(retry_in));
    Line::new()
        .with(Role::Warn, format!("attempt {attempt} of {attempts} failed: "))
        .with(Role::Text, first_line(&failure.message))
        .with(Role::Faint, format!("  next in {wait}"))
}

/// Why a step failed, what to do, and the lines to add.
pub(crate) fn failure_lines(failure: &Failure) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut message = failure.message.lines();
    let first = sanitize(message.next().unwrap_or_default()).into_owned();
    lines.push(Line::new().with(Role::Alarm, "error: ").with(Role::Text, first));
    lines.extend(message.map(|text| Line::new().with(Role::Text, format!("  {}", sanitize(text)))));
    if let Some(help) = &failure.help {
        lines.push(Line::new().with(Role::Accent, "help: ").with(Role::Text, first_line(help)));
        lines.extend(help.lines().skip(1).map(|text| Line::new().with(Role::Text, format!("  {}", sanitize(text)))));
    }
    if let Some(add) = &failure.add {
        lines.push(Line::new().with(Role::Accent, "add to this step in the process file:"));
        lines.extend(add.lines().map(|text| Line::new().with(Role::Good, format!("  {}", sanitize(text))).solid()));
    }
    lines
}

/// The first line of a message, safe to show.
pub(super) fn first_line(message: &str) -> String {
    sanitize(message.lines().next().unwrap_or_default()).into_owned()
}
