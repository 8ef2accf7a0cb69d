use std::time::Duration;

use super::TerminalOptions;
use super::step::{Progress, StepView};
use crate::{Line, Role, format_duration, sanitize};

/// Log lines of a running step that the live block shows.
const LAST_LINES: usize = 5;

/// The live block of one running step: what turns, its name and time, how far it is, and its last lines.
pub(super) fn live_lines(step: &StepView, elapsed: Duration, width: usize, options: &TerminalOptions) -> Vec<Line> {
    let symbols = options.style.symbols;
    let frame = (elapsed.as_millis() / 80) as usize % symbols.spinner.len();
    let mut head = Line::new().with(Role::Accent, symbols.spinner[frame]).with(Role::Text, " ");
    head.append(step.title());
    let time = Line::new().with(Role::Faint, format_duration(elapsed));
    let mut lines = vec![head.with_right(time, width, symbols.ellipsis)];
    let indented = |line: Line| line.indented(2).truncated(width, symbols.ellipsis);
    lines.extend(step.progress.iter().map(|progress| indented(progress_line(progress))));
    if !step.is_open {
        lines.extend(step.last_lines(LAST_LINES, options).into_iter().map(indented));
    }
    lines
}

fn progress_line(progress: &Progress) -> Line {
    let amount = match progress.total {
        Some(total) if total > 0 => {
            let percent = u128::from(progress.done.min(total)) * 100 / u128::from(total);
            format!("{percent:>3}%  {} of {total}", progress.done)
        }
        _ => progress.done.to_string(),
    };
    Line::new().with(Role::Accent, amount).with(Role::Text, format!("  {}", sanitize(&progress.note)))
}
