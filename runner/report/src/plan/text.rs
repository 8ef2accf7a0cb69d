use std::path::Path;

use wharf_model::{ChangeKind, Level, PlanCounts, PlanStatus, PowerKind, RunStatus};

use super::{PlanDocument, PlanProgram, PlanRequest, PlannedStep};
use crate::lock::lock_change_lines;
use crate::terminal::{Head, change_lines, failure_lines, log_lines, program_line, request_line};
use crate::{Line, Role, TerminalOptions, Verbosity, sanitize};

/// The plan for people: a line for each step and for each thing that it would change, with all differences if `diff` is
/// set; then what the steps may do, where secrets come from, and the command that does it.
pub fn plan_to_text(document: &PlanDocument, options: &TerminalOptions, diff: bool) -> String {
    let mut lines = Vec::new();
    if options.verbosity > Verbosity::Quiet {
        lines.push(head_line(document, options));
        lines.push(Line::new());
        for step in &document.steps {
            lines.extend(step_lines(step, options, diff));
        }
        lines.extend(power_lines(document, options));
        lines.extend(secret_lines(document));
        lines.push(Line::new());
    } else {
        let fails = |step: &&PlannedStep| step.status == PlanStatus::Failed || step.failure.is_some();
        document.steps.iter().filter(fails).for_each(|step| lines.extend(step_lines(step, options, false)));
    }
    lines.push(summary_line(document, options));
    let is_worth_it = options.verbosity > Verbosity::Quiet && document.status == RunStatus::Succeeded;
    if let Some(command) = document.command.as_ref().filter(|_| is_worth_it) {
        let line = Line::new().with(Role::Faint, "to do this: ").with(Role::Accent, command.as_str());
        lines.push(line.indented(2).solid());
    }
    let mut text = String::new();
    for line in lines {
        let wrapped = match options.surface.width() {
            Some(width) => line.wrapped(width, 4),
            None => vec![line],
        };
        for line in wrapped {
            text.push_str(options.style.render(&line).trim_end());
            text.push('\n');
        }
    }
    text
}

/// What is deployed where, and what is live there now.
fn head_line(document: &PlanDocument, options: &TerminalOptions) -> Line {
    let mut line = head(document).line(&options.style);
    let making: Vec<(&str, &str)> =
        document.steps.iter().filter_map(|step| Some((step.name.as_str(), step.live.as_deref()?))).collect();
    let live = making.iter().map(|(name, live)| {
        let live = if live.is_empty() { "nothing".into() } else { sanitize(live) };
        if making.len() == 1 { live.into_owned() } else { format!("{live} ({})", sanitize(name)) }
    });
    let live: Vec<String> = live.collect();
    match making.iter().any(|(_, live)| !live.is_empty()) {
        true => line.push(Role::Faint, format!("  live now: {}", live.join(", "))),
        false if making.is_empty() => {}
        false => line.push(Role::Faint, "  nothing is live yet"),
    }
    line
}

fn head(document: &PlanDocument) -> Head {
    Head {
        project: document.project.clone(),
        process: document.process.clone(),
        environment: document.environment.clone(),
        packages: document.packages.clone(),
    }
}

fn step_lines(step: &PlannedStep, options: &TerminalOptions, diff: bool) -> Vec<Line> {
    let (role, sign) = sign(step, options);
    let mut title = Line::new()
        .with(role, format!("{sign} "))
        .with(Role::Strong, sanitize(&step.name))
        .with(Role::Faint, format!("  {}", sanitize(&step.uses)));
    let word = word(step);
    if !word.is_empty() {
        title.push(Role::Text, format!("  {word}"));
    }
    // Where no step makes it provisional, the reason says what does.
    let is_of_secret = step.provisional && step.provisional_after.is_none();
    if let Some(reason) = step.reason.as_ref() {
        let (role, words) = if is_of_secret { (Role::Warn, "  provisional: ") } else { (Role::Faint, ": ") };
        title.push(role, format!("{words}{}", sanitize(reason)));
    }
    if step.provisional && !(is_of_secret && step.reason.is_some()) {
        let after =
            step.provisional_after.as_deref().map_or("a step before it".into(), |name| format!("`{}`", sanitize(name)));
        title.push(Role::Warn, format!("  provisional: {after} may change what it meets"));
    }
    let mut lines = vec![title];
    let verbosity = if diff { options.verbosity.max(Verbosity::Verbose) } else { options.verbosity };
    let mut below = change_lines(&step.changes, 0, &TerminalOptions { verbosity, ..options.clone() });
    for entry in &step.log {
        let least = if options.verbosity >= Verbosity::Verbose { Level::Debug } else { Level::Warn };
        if entry.level >= least {
            below.extend(log_lines(entry.level, &entry.message, &[], &options.style));
        }
    }
    for PlanRequest { method, url, status, error } in &step.requests {
        below.push(request_line(method, url, *status, error.as_deref(), &options.style));
    }
    for PlanProgram { path, args } in &step.programs {
        below.push(program_line(path, args).with(Role::Warn, "  outside the sandbox"));
    }
    for name in &step.revealed {
        below.push(Line::new().with(Role::Faint, format!("is shown the secret {}", sanitize(name))));
    }
    below.extend(step.failure.iter().flat_map(failure_lines));
    lines.extend(below.into_iter().map(|line| line.indented(4)));
    lines
}

/// The sign of a step: that of its changes if they are of one kind.
fn sign(step: &PlannedStep, options: &TerminalOptions) -> (Role, String) {
    let symbols = options.style.symbols;
    match step.status {
        PlanStatus::Failed => (Role::Bad, symbols.failed.into()),
        PlanStatus::Skipped => (Role::Faint, symbols.skipped.into()),
        PlanStatus::NotPlanned => (Role::Faint, symbols.not_started.into()),
        PlanStatus::Partial => (Role::Warn, "!".into()),
        PlanStatus::Deferred | PlanStatus::Checked => (Role::Accent, "?".into()),
        PlanStatus::Complete => {
            let all = |kind| step.changes.iter().all(|change| change.kind == kind);
            match () {
                // What a program outside the sandbox changes, nobody sees.
                () if !step.programs.is_empty() => (Role::Warn, "!".into()),
                () if step.changes.is_empty() => (Role::Good, "=".into()),
                () if all(ChangeKind::Create) => (Role::Good, "+".into()),
                () if all(ChangeKind::Delete) => (Role::Bad, "-".into()),
                () if step.changes.iter().any(|change| change.kind == ChangeKind::Other) => (Role::Warn, "!".into()),
                () => (Role::Warn, "~".into()),
            }
        }
    }
}

fn word(step: &PlannedStep) -> &'static str {
    match step.status {
        PlanStatus::Complete if step.changes.is_empty() && step.programs.is_empty() => "unchanged",
        PlanStatus::Complete => "",
        PlanStatus::Partial => "partial: what it does after this is not known",
        PlanStatus::Deferred => "deferred",
        PlanStatus::Skipped => "skipped",
        PlanStatus::Checked => "checked in the run",
        PlanStatus::Failed => "fails",
        PlanStatus::NotPlanned => "not planned",
    }
}

/// What each step may do, programs first: they are outside the sandbox.
fn power_lines(document: &PlanDocument, options: &TerminalOptions) -> Vec<Line> {
    let mut rows: Vec<(PowerKind, String, Option<&str>, Vec<&str>)> = Vec::new();
    let active = |step: &&PlannedStep| step.status != PlanStatus::Skipped;
    for step in document.steps.iter().filter(active) {
        for power in &step.powers {
            let value = shortened(power.kind, &power.value, &options.folder);
            match rows.iter_mut().find(|(kind, known, ..)| *kind == power.kind && *known == value) {
                Some((.., steps)) if steps.contains(&step.name.as_str()) => {}
                Some((.., steps)) => steps.push(&step.name),
                None => rows.push((power.kind, value, power.written.as_deref(), vec![&step.name])),
            }
        }
    }
    if rows.is_empty() {
        return Vec::new();
    }
    rows.sort_by_key(|(kind, ..)| PowerKind::ALL.iter().position(|known| known == kind));
    let width = rows.iter().map(|(_, value, ..)| value.chars().count()).max().unwrap_or_default().min(48);
    let mut title = Line::new().with(Role::Strong, "Powers");
    if document.lock.as_ref().is_some_and(Vec::is_empty) {
        title.push(Role::Faint, "  as recorded");
    }
    let mut lines = vec![Line::new(), title];
    for (kind, value, written, steps) in rows {
        let role = if kind == PowerKind::Run { Role::Warn } else { Role::Text };
        let mut line = Line::new().with(role, format!("{:10}", kind.as_str()));
        line.push(Role::Text, format!("{value:width$}"));
        line.push(Role::Text, format!("  {}", sanitize(&steps.join(", "))));
        if let Some(written) = written {
            line.push(Role::Faint, format!("  {}", sanitize(written)));
        }
        if kind == PowerKind::Run {
            line.push(Role::Warn, "  outside the sandbox");
        }
        lines.push(line.indented(2));
    }
    let changes = document.lock.iter().flatten();
    let mut differences: Vec<Line> = changes.flat_map(|change| lock_change_lines(change, &options.style)).collect();
    if !differences.is_empty() {
        lines.push(Line::new().with(Role::Warn, "not as recorded:").indented(2));
    }
    lines.extend(differences.drain(..).map(|line| line.indented(2)));
    lines
}

fn shortened(kind: PowerKind, value: &str, folder: &Path) -> String {
    let value = match kind {
        PowerKind::Read | PowerKind::Write => crate::fold::shorten_path(value, folder),
        _ => value.to_owned(),
    };
    sanitize(&value).into_owned()
}

fn secret_lines(document: &PlanDocument) -> Vec<Line> {
    if document.secrets.is_empty() {
        return Vec::new();
    }
    let width = document.secrets.iter().map(|secret| secret.name.chars().count()).max().unwrap_or_default().min(48);
    let mut lines = vec![Line::new(), Line::new().with(Role::Strong, "Secrets")];
    for secret in &document.secrets {
        let line = Line::new().with(Role::Text, format!("{:width$}", sanitize(&secret.name)));
        let mut line = line.with(Role::Faint, format!("  {}", sanitize(&secret.source)));
        if !secret.is_set {
            line.push(Role::Warn, "  not set");
        }
        lines.push(line.indented(2));
    }
    lines
}

fn summary_line(document: &PlanDocument, options: &TerminalOptions) -> Line {
    let symbols = options.style.symbols;
    let (role, sign, title) = match document.status {
        RunStatus::Cancelled => (Role::Warn, symbols.cancelled, "The plan was cancelled"),
        RunStatus::Failed => (Role::Bad, symbols.failed, "The run would fail"),
        RunStatus::Succeeded if document.counts.has_changes() => (Role::Good, symbols.done, "Plan"),
        RunStatus::Succeeded => (Role::Good, symbols.done, "Nothing would change"),
    };
    let line = Line::new().with(role, format!("{sign} ")).with(Role::Strong, title);
    let counts = counts_in_words(&document.counts);
    if counts.is_empty() { line } else { line.with(Role::Text, format!(": {counts}")) }
}

/// `2 to create, 1 to change; 1 withheld; 1 step is checked in the run`.
pub(super) fn counts_in_words(counts: &PlanCounts) -> String {
    let things = [
        (counts.create, "to create"),
        (counts.update, "to change"),
        (counts.delete, "to delete"),
        (counts.other, "to do outside"),
    ];
    let steps = [
        (counts.partial, "partial"),
        (counts.deferred, "deferred"),
        (counts.checked, "checked in the run"),
        (counts.skipped, "skipped"),
        (counts.failed, "failing"),
        (counts.not_planned, "not planned"),
    ];
    let words = |list: &[(usize, &str)]| -> Vec<String> {
        list.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect()
    };
    let things = words(&things).join(", ");
    let of_steps = words(&steps);
    let all = counts.complete + counts.partial + counts.deferred + counts.checked + counts.skipped;
    let all = all + counts.failed + counts.not_planned;
    let steps = match of_steps.as_slice() {
        [] => String::new(),
        list if all == 1 => format!("the step is {}", list.join(", ").trim_start_matches("1 ")),
        list => format!("of {all} steps: {}", list.join(", ")),
    };
    [things, steps].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}
