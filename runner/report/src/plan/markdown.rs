use std::path::Path;

use wharf_model::{LockChange, PlanStatus, RunStatus};

use super::text::counts_in_words;
use super::{PlanDocument, PlannedStep};
use crate::fold::shorten_path;
use crate::lock::lock_change_lines;
use crate::{Style, sanitize};

/// Bytes of all differences together: pull requests take no more than some sixty thousand.
const MOST_DIFF_BYTES: usize = 30_000;

/// The plan as GitHub-flavoured Markdown, for a pull request or a build's summary. Paths below `folder` are relative to it.
pub fn plan_to_markdown(document: &PlanDocument, folder: &Path) -> String {
    let mut text = String::new();
    let place = document.environment.as_deref().map(|name| format!(" → {}", escaped(name))).unwrap_or_default();
    text.push_str(&format!("### Plan: {}{place}\n\n", escaped(&document.project)));
    let title = match document.status {
        RunStatus::Cancelled => "The plan was cancelled",
        RunStatus::Failed => "**The run would fail**",
        RunStatus::Succeeded if document.counts.has_changes() => "The run would do this",
        RunStatus::Succeeded => "Nothing would change",
    };
    let counts = counts_in_words(&document.counts);
    text.push_str(title);
    if !counts.is_empty() {
        text.push_str(&format!(": {counts}"));
    }
    text.push_str(".\n\n| | step | plan |\n|---|---|---|\n");
    for step in &document.steps {
        text.push_str(&format!("| {} | {} | {} |\n", sign(step), escaped(&step.name), cell(step, folder)));
    }
    let mut left = MOST_DIFF_BYTES;
    for step in &document.steps {
        for change in &step.changes {
            let Some(diff) = change.diff.as_ref().filter(|diff| !diff.is_empty()) else { continue };
            if diff.len() > left {
                text.push_str("\nMore differences are left out: `wharf plan --diff` shows them.\n");
                return text;
            }
            left -= diff.len();
            let fence = fence_for(diff);
            text.push_str(&format!(
                "\n<details><summary><code>{}</code></summary>\n\n{fence}diff\n{}\n{fence}\n\n</details>\n",
                html(&shorten_path(&change.target, folder)),
                sanitize_lines(diff)
            ));
        }
    }
    let unrecorded: Vec<&LockChange> = document.lock.iter().flatten().filter(|change| change.is_unrecorded()).collect();
    if !unrecorded.is_empty() {
        let lines = unrecorded.iter().flat_map(|change| lock_change_lines(change, &Style::plain()));
        let lines: Vec<String> = lines.map(|line| Style::plain().render(&line).trim_end().to_owned()).collect();
        let lines = lines.join("\n");
        let fence = fence_for(&lines);
        text.push_str(&format!("\n**Not as recorded in the lock:**\n\n{fence}\n{lines}\n{fence}\n"));
    }
    if let Some(command) = &document.command {
        text.push_str(&format!("\nTo do this: `{}`\n", sanitize(command)));
    }
    text
}

fn sign(step: &PlannedStep) -> &'static str {
    match step.status {
        PlanStatus::Failed => "❌",
        PlanStatus::Partial => "⚠️",
        PlanStatus::Deferred | PlanStatus::Checked => "❔",
        PlanStatus::Skipped | PlanStatus::NotPlanned => "⏭️",
        PlanStatus::Complete if !step.programs.is_empty() => "⚠️",
        PlanStatus::Complete if step.changes.is_empty() => "✅",
        PlanStatus::Complete => "✏️",
    }
}

fn cell(step: &PlannedStep, folder: &Path) -> String {
    let mut parts = Vec::new();
    let word = match step.status {
        PlanStatus::Complete if step.changes.is_empty() && step.programs.is_empty() => "unchanged",
        PlanStatus::Complete => "",
        PlanStatus::Partial => "partial",
        PlanStatus::Deferred => "deferred",
        PlanStatus::Skipped => "skipped",
        PlanStatus::Checked => "checked in the run",
        PlanStatus::Failed => "fails",
        PlanStatus::NotPlanned => "not planned",
    };
    if !word.is_empty() {
        let reason = step.reason.as_deref().map(|reason| format!(": {}", escaped(reason))).unwrap_or_default();
        parts.push(format!("{word}{reason}"));
    }
    if step.provisional {
        let after =
            step.provisional_after.as_deref().map(|name| format!(": {} may change what it meets", escaped(name)));
        let after = after.or_else(|| step.reason.as_deref().map(|reason| format!(": {}", escaped(reason))));
        parts.push(format!("provisional{}", after.unwrap_or_default()));
    }
    for change in step.changes.iter().take(20) {
        let summary =
            if change.summary.is_empty() { String::new() } else { format!(" ({})", escaped(&change.summary)) };
        let target = shorten_path(&change.target, folder);
        parts.push(format!("`{}` {}{summary}", change.kind.sign(), escaped(&target)));
    }
    if step.changes.len() > 20 {
        parts.push(format!("and {} more", step.changes.len() - 20));
    }
    for request in &step.requests {
        parts.push(format!("sent {} {}", escaped(&request.method), escaped(&request.url)));
    }
    for program in &step.programs {
        parts.push(format!("ran {}, outside the sandbox", escaped(&program.path)));
    }
    if let Some(failure) = &step.failure {
        parts.push(escaped(&failure.message));
    }
    parts.join("<br>")
}

/// Text in a cell of a table: nothing in it is Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in sanitize(text).chars() {
        match character {
            '\n' | '\r' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // Nobody is notified of a plan.
            '@' => escaped.push_str("&#64;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn html(text: &str) -> String {
    sanitize(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn sanitize_lines(text: &str) -> String {
    text.lines().map(|line| sanitize(line).into_owned()).collect::<Vec<_>>().join("\n")
}

/// A fence that is longer than any in the text.
fn fence_for(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}
