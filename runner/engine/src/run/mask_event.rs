use wharf_model::{Change, EventKind, Failure, Masker};

/// The event with its texts as they will be seen, without control characters, and with every secret in them masked:
/// in this order, for a secret may be divided by such characters. Values of outputs keep them. Identities of runs and steps stay: consumers tell
/// events apart by them.
pub(super) fn mask_event(masker: &Masker, kind: EventKind) -> EventKind {
    let text = |text: String| masker.mask_seen(&text).into_owned();
    let texts = |list: Vec<String>| list.into_iter().map(text).collect::<Vec<_>>();
    match kind {
        EventKind::RunStarted { run, project, process, environment, mode, mut steps, packages } => {
            for step in &mut steps {
                step.name = text(std::mem::take(&mut step.name));
            }
            EventKind::RunStarted { run, project, process, environment, mode, steps, packages }
        }
        EventKind::Log { step, level, message, fields } => {
            let fields = fields.into_iter().map(|(name, value)| (text(name), text(value))).collect();
            EventKind::Log { step, level, message: text(message), fields }
        }
        EventKind::Progress { step, done, total, note } => EventKind::Progress { step, done, total, note: text(note) },
        EventKind::Change { step, change } => EventKind::Change { step, change: mask_change(masker, change) },
        EventKind::Output { step, name, value, sensitive } => {
            EventKind::Output { step, name, value: masker.mask_json(&value), sensitive }
        }
        EventKind::Artifact { step, name, bytes } => EventKind::Artifact { step, name: text(name), bytes },
        EventKind::Request { step, method, url, status, error } => {
            EventKind::Request { step, method: text(method), url: text(url), status, error: error.map(text) }
        }
        EventKind::Program { step, path, args } => EventKind::Program { step, path: text(path), args: texts(args) },
        EventKind::AttemptFailed { step, attempt, attempts, failure, retry_in } => {
            let failure = mask_failure(masker, failure);
            EventKind::AttemptFailed { step, attempt, attempts, failure, retry_in }
        }
        EventKind::StepFinished { step, status, attempts, failure, reason, changes, duration } => {
            let failure = failure.map(|failure| mask_failure(masker, failure));
            EventKind::StepFinished { step, status, attempts, failure, reason: reason.map(text), changes, duration }
        }
        // The name of a secret is no secret; the others hold numbers and identities.
        EventKind::Revealed { .. } | EventKind::StepStarted { .. } | EventKind::RunFinished { .. } => kind,
    }
}

fn mask_change(masker: &Masker, change: Change) -> Change {
    let text = |text: String| masker.mask_seen(&text).into_owned();
    Change {
        kind: change.kind,
        source: change.source,
        target: text(change.target),
        summary: text(change.summary),
        diff: change.diff.map(text),
        detail: masker.mask_json(&change.detail),
    }
}

fn mask_failure(masker: &Masker, failure: Failure) -> Failure {
    let text = |text: String| masker.mask_seen(&text).into_owned();
    Failure {
        code: failure.code,
        message: text(failure.message),
        help: failure.help.map(text),
        add: failure.add.map(text),
        input: failure.input.map(text),
        limit: failure.limit.map(text),
        retry_after_ms: failure.retry_after_ms,
    }
}
