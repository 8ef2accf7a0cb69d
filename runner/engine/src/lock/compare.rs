use wharf_model::{ComponentPin, Diagnostic, LockChange, LockedPower, Span, Step, ValueKind};

use super::LockUse;

/// What is said of what is used and not recorded: each thing by itself where it is refused, else that there is something.
pub(crate) fn unrecorded(usage: &LockUse<'_>, changes: &[LockChange], steps: &[&Step], problems: &mut Vec<Diagnostic>) {
    let file_name = usage.file_name;
    let unrecorded: Vec<&LockChange> = changes.iter().filter(|change| change.is_unrecorded()).collect();
    if usage.is_strict {
        unrecorded.iter().for_each(|change| refuse(change, steps, file_name, problems));
    } else if !unrecorded.is_empty() {
        let problem = Diagnostic::warning("not-locked", format!("{file_name} does not record all that is used now"));
        problems.push(problem.help("`wharf lock --what-if` shows the difference, `wharf lock` records it"));
    }
}

fn refuse(change: &LockChange, steps: &[&Step], file_name: &str, problems: &mut Vec<Diagnostic>) {
    let mut refuse = |message: String, place: Option<&Span>, help: &[String]| {
        let problem = Diagnostic::error("not-locked", message);
        let problem = place.into_iter().fold(problem, Diagnostic::at);
        problems.push(help.iter().fold(problem, |problem, help| problem.help(help)));
    };
    let record = || "`wharf lock --what-if` shows the difference, `wharf lock` records it".to_owned();
    match change {
        LockChange::Component { uses, was_recorded, from, to, asks_for, .. } => {
            let step = steps.iter().find(|step| step.uses.to_string() == *uses);
            let place = step.map(|step| &step.uses_span);
            if !was_recorded {
                refuse(format!("`{uses}` is not recorded in {file_name}"), place, &[record()]);
                return;
            }
            if from != to {
                let message = format!("`{uses}` is not the one that {file_name} records");
                let is = format!("{} is recorded, this is {}", pin(from.as_ref()), pin(to.as_ref()));
                let help = format!("`wharf update {uses} --what-if` shows the difference, without it records it");
                refuse(message, place, &[is, help]);
            }
            if !asks_for.is_empty() {
                let kinds = asks_for.join("`, `");
                let message = format!("`{uses}` asks for `{kinds}`, which {file_name} does not record");
                refuse(message, place, &[record()]);
            }
        }
        LockChange::Step { id, used, uses, granted, was_recorded, .. } => {
            let Some(step) = steps.iter().find(|step| step.id == *id) else { return };
            if let Some(used) = used {
                let message = format!("`{id}` uses `{uses}`, and {file_name} records `{used}`");
                refuse(message, Some(&step.uses_span), &[record()]);
            } else if !was_recorded && granted.is_empty() {
                let message = format!("the step `{id}` is not recorded in {file_name}");
                refuse(message, Some(&step.uses_span), &[record()]);
            }
            for power in granted {
                let LockedPower { power: word, pattern } = power;
                let message =
                    format!("{file_name} does not record the power `{word}` over `{pattern}` for `{}`", step.name);
                refuse(message, Some(place_of(step, power)), &[record()]);
            }
        }
        LockChange::Package { .. } => {}
    }
}

/// Where a power is written: under `allow`, or as an input.
fn place_of<'a>(step: &'a Step, power: &LockedPower) -> &'a Span {
    let kind = power.power.strip_prefix("plan-").unwrap_or(&power.power);
    let allowed = step.allow.iter().filter(|allow| allow.kind.as_str() == kind).flat_map(|allow| &allow.patterns);
    let allowed = allowed.into_iter().find(|pattern| pattern.text == power.pattern).map(|pattern| &pattern.span);
    let inputs = step.with.as_ref().and_then(|with| match &with.kind {
        ValueKind::Map(entries) => Some(entries),
        _ => None,
    });
    let input = || {
        let mut values = inputs.into_iter().flatten().map(|(_, value)| value);
        let begins = |text: &str| text.starts_with(&power.pattern);
        values.find(|value| value.as_text().is_some_and(begins)).map(|value| &value.span)
    };
    allowed.or_else(input).unwrap_or(&step.uses_span)
}

fn pin(pin: Option<&ComponentPin>) -> String {
    match pin {
        // Enough to tell them apart; the whole digest stands in the lock.
        Some(pin) => format!("{} ({})", pin.version, pin.digest.chars().take(19).collect::<String>()),
        None => "a file of the project".into(),
    }
}
