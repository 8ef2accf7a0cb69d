use std::collections::HashMap;
use std::path::PathBuf;

use wharf_model::{
    Change, EventKind, Failure, Level, MASK, MaskTrail, Masker, PackageSummary, PowerSummary, RunArguments,
    SecretSummary, StepSummary,
};

/// What the log entries of a step leave open for the next one of the same level: lines of wrapped base64 come as one
/// entry each, those of a program's two streams with a level of their own.
pub(super) type LogTrails = HashMap<Level, MaskTrail>;

/// The event with its texts as they will be seen, without control characters, and with every secret in them masked: in
/// this order, for a secret may be divided by such characters. Values of outputs keep them. Identities of runs and steps
/// and digests stay: consumers tell things apart by them.
pub(super) fn mask_event(masker: &Masker, trails: &mut LogTrails, kind: EventKind) -> EventKind {
    let text = |text: String| masker.mask_seen(&text).into_owned();
    let path = |path: PathBuf| PathBuf::from(text(path.to_string_lossy().into_owned()));
    let texts = |list: Vec<String>| list.into_iter().map(text).collect::<Vec<_>>();
    match kind {
        EventKind::RunStarted { run, project, process, environment, mode, steps, packages, resumed, arguments } => {
            let steps = steps
                .into_iter()
                .map(|StepSummary { id, name, uses, digest }| StepSummary {
                    id,
                    name: text(name),
                    uses: text(uses),
                    digest,
                })
                .collect();
            let packages = packages
                .into_iter()
                .map(|PackageSummary { reference, id, version, digest, bytes }| PackageSummary {
                    reference: text(reference),
                    id: text(id),
                    version: text(version),
                    digest,
                    bytes,
                })
                .collect();
            EventKind::RunStarted {
                run,
                project: text(project),
                process: text(process),
                environment: environment.map(text),
                mode,
                steps,
                packages,
                resumed,
                arguments: arguments.map(|arguments| RunArguments {
                    file: path(arguments.file),
                    process: text(arguments.process),
                    environment: arguments.environment.map(text),
                    variables: texts(arguments.variables),
                    variable_files: arguments.variable_files.into_iter().map(path).collect(),
                    lenient: arguments.lenient,
                    packages: texts(arguments.packages),
                }),
            }
        }
        EventKind::Granted { powers, secrets, lock } => {
            let power = |PowerSummary { kind, value, written, input }| PowerSummary {
                kind,
                value: text(value),
                written: written.map(text),
                input,
            };
            let powers = powers.into_iter().map(|(step, powers)| (step, powers.into_iter().map(power).collect()));
            let secrets = secrets.into_iter().map(|secret| SecretSummary {
                name: text(secret.name),
                source: text(secret.source),
                is_set: secret.is_set,
            });
            // What was recorded is what is written in the process file, and stands in the lock for all to read.
            EventKind::Granted { powers: powers.collect(), secrets: secrets.collect(), lock }
        }
        EventKind::StepStarted { step, attempt, inputs } => EventKind::StepStarted { step, attempt, inputs },
        EventKind::StepKept { step } => EventKind::StepKept { step },
        EventKind::Log { step, level, message, fields } => {
            let fields = fields.into_iter().map(|(name, value)| (text(name), text(value))).collect();
            let message = masker.mask_seen_behind(trails.entry(level).or_default(), &message).into_owned();
            EventKind::Log { step, level, message, fields }
        }
        EventKind::Progress { step, done, total, note } => EventKind::Progress { step, done, total, note: text(note) },
        EventKind::Change { step, change } => EventKind::Change { step, change: mask_change(masker, change) },
        EventKind::Output { step, name, value, sensitive, sealed } => {
            EventKind::Output { step, name: text(name), value: masker.mask_json(&value), sensitive, sealed }
        }
        EventKind::Artifact { step, name, bytes } => EventKind::Artifact { step, name: text(name), bytes },
        EventKind::Request { step, method, url, status, error } => {
            EventKind::Request { step, method: text(method), url: text(url), status, error: error.map(text) }
        }
        EventKind::Program { step, path, args } => EventKind::Program { step, path: text(path), args: texts(args) },
        EventKind::Revealed { step, name } => EventKind::Revealed { step, name: text(name) },
        EventKind::AttemptFailed { step, attempt, attempts, failure, retry_in } => {
            let failure = mask_failure(masker, failure);
            EventKind::AttemptFailed { step, attempt, attempts, failure, retry_in }
        }
        EventKind::StepFinished { step, status, attempts, failure, reason, changes, duration } => {
            let failure = failure.map(|failure| mask_failure(masker, failure));
            EventKind::StepFinished { step, status, attempts, failure, reason: reason.map(text), changes, duration }
        }
        EventKind::RunFinished { status, counts, duration } => EventKind::RunFinished { status, counts, duration },
        EventKind::StepPlanned {
            step,
            status,
            provisional,
            provisional_after,
            live,
            failure,
            reason,
            changes,
            duration,
        } => {
            let failure = failure.map(|failure| mask_failure(masker, failure));
            let reason = reason.map(text);
            EventKind::StepPlanned {
                step,
                status,
                provisional,
                provisional_after: provisional_after.map(text),
                live: live.map(text),
                failure,
                reason,
                changes,
                duration,
            }
        }
        EventKind::Unplanned { step, kind, target, otherwise } => {
            EventKind::Unplanned { step, kind, target: text(target), otherwise }
        }
        EventKind::PlanFinished { status, counts, duration } => EventKind::PlanFinished { status, counts, duration },
    }
}

fn mask_change(masker: &Masker, change: Change) -> Change {
    let text = |text: String| masker.mask_seen(&text).into_owned();
    let Change { kind, source, target, summary, diff, detail } = change;
    Change {
        kind,
        source,
        target: text(target),
        summary: text(summary),
        diff: diff.map(|diff| text(mask_diff(masker, &diff))),
        detail: masker.mask_json(&detail),
    }
}

/// A diff with its lines masked behind the sign that each begins with, which would hide where a line of base64 begins.
/// What stood in the place of a secret was most likely one too, of which nobody knows any more: it is masked with it.
fn mask_diff(masker: &Masker, diff: &str) -> String {
    let mut trail = MaskTrail::default();
    let mut masked = String::with_capacity(diff.len());
    // Lines that were removed and have not met yet what took their place.
    let mut removed: Vec<(String, &str)> = Vec::new();
    let mut holds_secret = false;
    let settle = |masked: &mut String, removed: &mut Vec<(String, &str)>, added: &str, holds_secret: bool| {
        for (line, end) in removed.drain(..) {
            masked.push('-');
            masked.push_str(if holds_secret { MASK } else { &line });
            masked.push_str(end);
        }
        masked.push_str(added);
    };
    let mut added = String::new();
    for line in diff.split_inclusive('\n') {
        let sign = usize::from(line.starts_with(['+', '-', ' ']));
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        let text = masker.mask_seen_behind(&mut trail, &line[sign..]);
        match &line[..sign] {
            "-" => {
                if !added.is_empty() {
                    settle(&mut masked, &mut removed, &added, holds_secret);
                    added.clear();
                    holds_secret = false;
                }
                removed.push((text.into_owned(), end));
            }
            "+" => {
                holds_secret |= text != line[sign..];
                added.push('+');
                added.push_str(&text);
                added.push_str(end);
            }
            other => {
                settle(&mut masked, &mut removed, &added, holds_secret);
                added.clear();
                holds_secret = false;
                masked.push_str(other);
                masked.push_str(&text);
                masked.push_str(end);
            }
        }
    }
    settle(&mut masked, &mut removed, &added, holds_secret);
    masked
}

pub(super) fn mask_failure(masker: &Masker, failure: Failure) -> Failure {
    let text = |text: String| masker.mask_seen(&text).into_owned();
    let Failure { code, message, help, add, input, limit, retry_after_ms } = failure;
    Failure {
        code,
        message: text(message),
        help: help.map(text),
        add: add.map(text),
        input: input.map(text),
        limit: limit.map(text),
        retry_after_ms,
    }
}

#[cfg(test)]
mod tests {
    use wharf_model::{
        ChangeKind, ChangeSource, Counts, FailureCode, PlanCounts, PlanStatus, PowerKind, RunMode, RunStatus,
        StepStatus,
    };

    use super::*;

    const SECRET: &str = "hunter2 \"hunter\"";

    fn secret() -> String {
        format!("before {SECRET} behind")
    }

    fn failure() -> Failure {
        Failure {
            code: FailureCode::Failed,
            message: secret(),
            help: Some(secret()),
            add: Some(secret()),
            input: Some(secret()),
            limit: Some(secret()),
            retry_after_ms: Some(1),
        }
    }

    fn change() -> Change {
        Change {
            kind: ChangeKind::Update,
            source: ChangeSource::Step,
            target: secret(),
            summary: secret(),
            diff: Some(format!("+{}", secret())),
            detail: serde_json::json!({ secret(): [secret()] }),
        }
    }

    /// The event of the kind that follows, with the secret in every text that is no identity; none behind the last.
    /// Neither this match nor what it makes leaves anything out: a new kind or field must be put in here.
    fn following(kind: Option<&EventKind>) -> Option<EventKind> {
        let step = || "a".to_owned();
        Some(match kind {
            None => EventKind::RunStarted {
                run: "r".into(),
                project: secret(),
                process: secret(),
                environment: Some(secret()),
                mode: RunMode::Apply,
                steps: vec![StepSummary { id: step(), name: secret(), uses: secret(), digest: "d".into() }],
                packages: vec![PackageSummary {
                    reference: secret(),
                    id: secret(),
                    version: secret(),
                    digest: "d".into(),
                    bytes: 1,
                }],
                resumed: false,
                arguments: Some(RunArguments {
                    file: secret().into(),
                    process: secret(),
                    environment: Some(secret()),
                    variables: vec![secret()],
                    variable_files: vec![secret().into()],
                    lenient: false,
                    packages: vec![secret()],
                }),
            },
            Some(EventKind::RunStarted { .. }) => EventKind::StepStarted { step: step(), attempt: 1, inputs: None },
            Some(EventKind::StepStarted { .. }) => EventKind::Log {
                step: Some(step()),
                level: Level::Info,
                message: secret(),
                fields: vec![(secret(), secret())],
            },
            Some(EventKind::Log { .. }) => EventKind::Progress { step: step(), done: 1, total: None, note: secret() },
            Some(EventKind::Progress { .. }) => EventKind::Change { step: step(), change: change() },
            Some(EventKind::Change { .. }) => EventKind::Output {
                step: step(),
                name: secret(),
                value: serde_json::json!([secret(), { secret(): secret() }]),
                sensitive: false,
                sealed: None,
            },
            Some(EventKind::Output { .. }) => EventKind::Artifact { step: step(), name: secret(), bytes: 1 },
            Some(EventKind::Artifact { .. }) => EventKind::Request {
                step: step(),
                method: secret(),
                url: secret(),
                status: None,
                error: Some(secret()),
            },
            Some(EventKind::Request { .. }) => {
                EventKind::Program { step: step(), path: secret(), args: vec![secret(), secret()] }
            }
            Some(EventKind::Program { .. }) => EventKind::Revealed { step: step(), name: secret() },
            Some(EventKind::Revealed { .. }) => {
                EventKind::AttemptFailed { step: step(), attempt: 1, attempts: 2, failure: failure(), retry_in: 1 }
            }
            Some(EventKind::AttemptFailed { .. }) => EventKind::StepFinished {
                step: step(),
                status: StepStatus::Failed,
                attempts: 1,
                failure: Some(failure()),
                reason: Some(secret()),
                changes: 1,
                duration: 1,
            },
            Some(EventKind::StepFinished { .. }) => {
                EventKind::RunFinished { status: RunStatus::Failed, counts: Counts::default(), duration: 1 }
            }
            Some(EventKind::RunFinished { .. }) => EventKind::Granted {
                powers: vec![(
                    step(),
                    vec![PowerSummary {
                        kind: PowerKind::Read,
                        value: secret(),
                        written: Some(secret()),
                        input: Some("/path".into()),
                    }],
                )],
                secrets: vec![SecretSummary { name: secret(), source: secret(), is_set: true }],
                lock: None,
            },
            Some(EventKind::Granted { .. }) => EventKind::StepPlanned {
                step: step(),
                status: PlanStatus::Failed,
                provisional: true,
                provisional_after: Some(secret()),
                live: Some(secret()),
                failure: Some(failure()),
                reason: Some(secret()),
                changes: 1,
                duration: 1,
            },
            Some(EventKind::StepPlanned { .. }) => {
                EventKind::PlanFinished { status: RunStatus::Failed, counts: PlanCounts::default(), duration: 1 }
            }
            Some(EventKind::PlanFinished { .. }) => {
                EventKind::Unplanned { step: step(), kind: ChangeKind::Create, target: secret(), otherwise: true }
            }
            Some(EventKind::Unplanned { .. }) => EventKind::StepKept { step: step() },
            Some(EventKind::StepKept { .. }) => return None,
        })
    }

    #[test]
    fn no_text_of_any_event_shows_a_secret() {
        let masker = Masker::new([SECRET]);
        let mut kinds = Vec::new();
        while let Some(kind) = following(kinds.last()) {
            kinds.push(kind);
        }
        assert_eq!(kinds.len(), 18);
        for kind in kinds {
            let shown = serde_json::to_string(&kind).expect("an event is JSON");
            let masked = mask_event(&masker, &mut LogTrails::default(), kind);
            let text = serde_json::to_string(&masked).expect("an event is JSON");
            assert!(!text.contains("hunter"), "{text}");
            // What stands around it is shown, as often.
            assert_eq!(text.matches("before ").count(), shown.matches("before ").count(), "{text}");
        }
    }

    #[test]
    fn lines_of_base64_in_a_diff_are_masked_behind_their_sign() {
        let value = "a value that is so long that its base64 does not fit into one line of 64 columns";
        let lines = "YSB2YWx1ZSB0aGF0IGlzIHNvIGxvbmcgdGhhdCBpdHMgYmFzZTY0IGRvZXMgbm90\nIGZpdCBpbnRvIG9uZSBsaW5lIG9mIDY0IGNvbHVtbnM=";
        let masker = Masker::new([value]);
        let diff: String = lines.lines().map(|line| format!("+{line}\n")).collect();
        assert_eq!(mask_diff(&masker, &format!(" old\n{diff}")), " old\n+********\n+********\n");
    }

    #[test]
    fn what_a_secret_takes_the_place_of_is_masked_with_it() {
        let masker = Masker::new(["much-hidden"]);
        let diff = "@@ -1,4 +1,4 @@\n a\n-pw=OldPassw0rd\n+pw=much-hidden\n b\n-plain\n+other\n";
        let masked = "@@ -1,4 +1,4 @@\n a\n-********\n+pw=********\n b\n-plain\n+other\n";
        assert_eq!(mask_diff(&masker, diff), masked);
        assert_eq!(mask_diff(&masker, "-a\n-b\n+c\n\\ No newline"), "-a\n-b\n+c\n\\ No newline");
    }
}
