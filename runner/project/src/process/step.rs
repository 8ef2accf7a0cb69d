use wharf_model::{Limit, Retry, Span, SpannedValue, Step, ValueKind, When};

use crate::process::fields::{Fields, items};
use crate::process::identity::{IdSource, Identities};
use crate::process::keys::{RETRY, STEP};
use crate::process::limits::limits;
use crate::process::powers::allow;
use crate::process::problems::Problems;
use crate::process::texts::{duration, flag, literal, number, text};
use crate::process::uses::uses;

/// Reads a step.
pub(crate) fn step(value: &SpannedValue, ids: &mut Identities, problems: &mut Problems) -> Option<Step> {
    let fields = Fields::of(value, &STEP, problems)?;
    let Some(uses_value) = fields.get("uses") else {
        if fields.get("steps").is_none() {
            let help = "write the step to use, such as `uses: write-file`; `wharf step list` shows the standard ones";
            problems.wrong_value("this step does not say what it uses", &head(value), help);
        }
        return None;
    };
    let uses = uses(uses_value, problems);
    let name = fields.get("name").map(|name| (literal(name, "`name`", problems), &name.span));
    let uses_name = uses.as_ref().map(|uses| uses_name(&uses.to_string()));
    let source = match (fields.get("id"), &name, &uses_name) {
        (Some(id), _, _) => Some(IdSource::Given(id)),
        (None, Some((Some(name), span)), _) => Some(IdSource::Name(name, span)),
        (None, None, Some(uses)) => Some(IdSource::Uses(uses, &uses_value.span)),
        _ => None,
    };
    let id = source.and_then(|source| ids.take(&source, problems));
    let with = fields.get_filled("with").cloned();
    if let Some(with) = &with
        && !matches!(with.kind, ValueKind::Map(_))
    {
        problems.wrong_kind("`with`", "a map of inputs", with);
    }
    let limits = fields.get_filled("limits").map(|value| limits(value, problems)).unwrap_or_default();
    let timeout = fields.get("timeout");
    if let Some(twice) = limits.iter().find(|setting| setting.limit == Limit::WallClock)
        && timeout.is_some()
    {
        problems.wrong_value(
            "`timeout` is set twice for this step",
            &twice.span,
            "keep the one of the two that is meant",
        );
    }
    let step = Step {
        id: id.clone().unwrap_or_default(),
        name: name.and_then(|(name, _)| name.map(str::to_owned)).or(uses_name).unwrap_or_default(),
        uses_span: uses_value.span.clone(),
        span: value.span.clone(),
        with,
        allow: fields.get_filled("allow").map(|value| allow(value, problems)).unwrap_or_default(),
        conditions: fields.get("if").map(|value| conditions(value, problems)).unwrap_or_default(),
        when: fields.get("when").and_then(|value| when(value, problems)).unwrap_or_default(),
        retry: fields.get_filled("retry").map(|value| retry(value, problems)).unwrap_or_default(),
        timeout: timeout.and_then(|value| duration(value, "`timeout`", problems)),
        limits,
        probe: fields.get("probe").and_then(|value| flag(value, "`probe`", problems)).unwrap_or_default(),
        disabled: fields.get("disabled").and_then(|value| flag(value, "`disabled`", problems)).unwrap_or_default(),
        uses: uses?,
    };
    id.map(|_| step)
}

/// The first line of an entry.
fn head(value: &SpannedValue) -> Span {
    let first = value.span.text().lines().next().unwrap_or_default().trim_end().len();
    Span { end: value.span.start + first, ..value.span.clone() }
}

/// The name of a step that has none: that of the component, without folders and ending.
fn uses_name(uses: &str) -> String {
    let file = uses.rsplit(['/', '\\']).next().unwrap_or(uses);
    file.strip_suffix(".wasm").unwrap_or(file).to_owned()
}

fn conditions(value: &SpannedValue, problems: &mut Problems) -> Vec<(String, Span)> {
    let values = match &value.kind {
        ValueKind::Scalar(_) => std::slice::from_ref(value),
        ValueKind::List(items) => items.as_slice(),
        ValueKind::Map(_) => {
            problems.not_yet("`any` and `not` in conditions are", &value.span);
            return Vec::new();
        }
        _ => {
            let help = "write the name of a variable or a quoted template, or leave `if` out";
            problems.wrong_value("`if` is empty, so that the step would always run", &value.span, help);
            return Vec::new();
        }
    };
    let mut conditions = Vec::new();
    for value in values {
        if let ValueKind::Map(_) = value.kind {
            problems.not_yet("`any` and `not` in conditions are", &value.span);
            continue;
        }
        let Some(condition) = text(value, "a condition", problems) else { continue };
        match condition.to_lowercase().as_str() {
            "true" => problems.wrong_value("a condition is the name of a variable", &value.span, "leave `if` out"),
            "false" => {
                problems.wrong_value("a condition is the name of a variable", &value.span, "write `disabled: true`");
            }
            _ => conditions.push((condition.to_owned(), value.span.clone())),
        }
    }
    conditions
}

fn when(value: &SpannedValue, problems: &mut Problems) -> Option<When> {
    match literal(value, "`when`", problems)? {
        "success" => Some(When::Success),
        "failure" => Some(When::Failure),
        "always" => Some(When::Always),
        other => {
            let help = "write `success`, `failure` or `always`; a condition on a variable is an `if`";
            problems.wrong_value(format!("`when` is `{other}`"), &value.span, help);
            None
        }
    }
}

fn retry(value: &SpannedValue, problems: &mut Problems) -> Retry {
    let mut retry = Retry::default();
    let Some(fields) = Fields::of(value, &RETRY, problems) else { return retry };
    match fields.get("attempts") {
        Some(value) => {
            let attempts = number(value, "`attempts`", 1, 1000, problems);
            retry.attempts = attempts.and_then(|number| u32::try_from(number).ok()).unwrap_or(retry.attempts);
        }
        None => problems.wrong_value(
            "`retry` does not say how many attempts there are",
            &head(value),
            "write `attempts`, the first one included, such as `retry: { attempts: 5 }`",
        ),
    }
    if let Some(backoff) = fields.get("backoff").and_then(|value| duration(value, "`backoff`", problems)) {
        retry.backoff = backoff;
    }
    retry
}

/// Reads a list of steps.
pub(crate) fn steps(value: &SpannedValue, what: &str, ids: &mut Identities, problems: &mut Problems) -> Vec<Step> {
    let items = items(value, what, problems).unwrap_or_default();
    items.iter().filter_map(|item| step(item, ids, problems)).collect()
}
