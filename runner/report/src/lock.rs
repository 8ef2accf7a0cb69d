use wharf_model::{ComponentPin, LockChange, LockedPower};

use crate::{Line, Role, Style, sanitize};

/// How what is used differs from what was recorded: a line for each thing, and below it its powers.
pub fn lock_changes_to_text(changes: &[LockChange], style: &Style) -> String {
    let lines = changes.iter().flat_map(|change| lock_change_lines(change, style));
    lines.map(|line| format!("{}\n", style.render(&line).trim_end())).collect()
}

/// One change of what is recorded.
pub(crate) fn lock_change_lines(change: &LockChange, style: &Style) -> Vec<Line> {
    let arrow = style.symbols.arrow;
    let mut lines = Vec::new();
    match change {
        LockChange::Component { uses, was_recorded, is_used, from, to, asks_for, gives_up } => {
            let mut line = title(*was_recorded, *is_used, "component", uses);
            match (from, to) {
                (Some(from), Some(to)) if from != to => {
                    let (old, new) = (short(from), short(to));
                    line.push(Role::Text, format!(" {} {arrow} {}", sanitize(&from.version), sanitize(&to.version)));
                    line.push(Role::Faint, format!("  {old} {arrow} {new}"));
                }
                (_, Some(pin)) | (Some(pin), None) => {
                    line.push(Role::Text, format!(" {}", sanitize(&pin.version)));
                    line.push(Role::Faint, format!("  {}", short(pin)));
                }
                (None, None) => line.push(Role::Faint, "  a file of the project"),
            }
            lines.push(line);
            if !asks_for.is_empty() {
                lines.push(power_line('+', "asks for", &asks_for.join(", ")));
            }
            if *is_used && !gives_up.is_empty() {
                lines.push(power_line('-', "no longer asks for", &gives_up.join(", ")));
            }
        }
        LockChange::Step { process, id, was_recorded, is_used, used, uses, granted, withdrawn } => {
            let mut line = title(*was_recorded, *is_used, "step", id);
            if process != "deploy" {
                line.push(Role::Text, format!(" of {}", sanitize(process)));
            }
            match used {
                Some(used) => line.push(Role::Text, format!("  {} {arrow} {}", sanitize(used), sanitize(uses))),
                None => line.push(Role::Faint, format!("  {}", sanitize(uses))),
            }
            lines.push(line);
            let of = |LockedPower { power, pattern }: &LockedPower| (format!("{power:10}"), pattern.clone());
            lines.extend(granted.iter().map(of).map(|(power, pattern)| power_line('+', &power, &pattern)));
            let withdrawn = withdrawn.iter().filter(|_| *is_used).map(of);
            lines.extend(withdrawn.map(|(power, pattern)| power_line('-', &power, &pattern)));
        }
        LockChange::Package { reference, feed, wanted, from, to, .. } => {
            let mut line = title(from.is_some(), to.is_some(), "package", reference);
            let version = match (from, to) {
                (Some(from), Some(to)) if from.version == to.version => {
                    format!("{}, with another content", sanitize(&to.version))
                }
                (Some(from), Some(to)) => format!("{} {arrow} {}", sanitize(&from.version), sanitize(&to.version)),
                (Some(pin), None) | (None, Some(pin)) => sanitize(&pin.version).into_owned(),
                (None, None) => String::new(),
            };
            line.push(Role::Text, format!(" {version}"));
            let wanted = if wanted.is_empty() { "the newest".to_owned() } else { sanitize(wanted).into_owned() };
            line.push(Role::Faint, format!("  {wanted} of feed {}", sanitize(feed)));
            lines.push(line);
        }
    }
    lines
}

fn title(was_recorded: bool, is_used: bool, what: &str, name: &str) -> Line {
    let (role, sign) = match (was_recorded, is_used) {
        (false, _) => (Role::Good, "+"),
        (true, true) => (Role::Warn, "~"),
        (true, false) => (Role::Bad, "-"),
    };
    let line = Line::new().with(role, format!("{sign} ")).with(Role::Text, format!("{what:9} "));
    line.with(Role::Strong, sanitize(name))
}

fn power_line(sign: char, word: &str, pattern: &str) -> Line {
    let is_run = word.trim() == "run" || pattern.split(", ").any(|kind| word == "asks for" && kind == "run");
    let role = match (sign, is_run) {
        ('+', true) => Role::Bad,
        ('+', _) => Role::Warn,
        _ => Role::Faint,
    };
    let line = Line::new().with(role, format!("{sign} ")).with(Role::Text, format!("{word} {}", sanitize(pattern)));
    line.indented(12)
}

/// Enough of a digest to tell two apart; the whole one stands in the lock.
fn short(pin: &ComponentPin) -> String {
    pin.digest.chars().take("sha256:".len() + 12).collect()
}
