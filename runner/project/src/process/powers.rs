use wharf_model::{Allow, AllowPattern, Diagnostic, HttpPattern, HttpReadRule, PowerKind, SpannedValue, did_you_mean};

use crate::process::fields::{Fields, entries};
use crate::process::keys::ALLOW_IN_PLAN;
use crate::process::problems::Problems;
use crate::process::texts::one_or_more;

/// Reads `allow`: for each kind of power, the patterns.
pub(crate) fn allow(value: &SpannedValue, problems: &mut Problems) -> Vec<Allow> {
    let mut allowed = Vec::new();
    for ((word, span), value) in entries(value, "`allow`", problems).unwrap_or_default() {
        if word == "plan" {
            allowed.extend(in_plan(value, problems));
            continue;
        }
        if word == "tcp" {
            problems.not_yet("the power `tcp` is", span);
            continue;
        }
        let Some(kind) = PowerKind::parse(word) else {
            let mut diagnostic = Diagnostic::error("unknown-power", format!("there is no power `{word}`")).at(span);
            let known = PowerKind::ALL.into_iter().map(PowerKind::as_str).chain(["plan"]);
            diagnostic.help.extend(did_you_mean(word, known));
            problems.add(diagnostic);
            continue;
        };
        let mut patterns = Vec::new();
        for (text, value) in one_or_more(value, &format!("`{word}`"), problems) {
            if kind == PowerKind::Http
                && !text.contains("#{")
                && let Err(error) = HttpPattern::parse(text)
            {
                problems.add(Diagnostic::error("bad-pattern", error.to_string()).at(&value.span));
                continue;
            }
            patterns.push(AllowPattern { text: text.to_owned(), span: value.span.clone() });
        }
        allowed.push(Allow { kind, span: span.clone(), patterns, in_plan: false });
    }
    allowed
}

/// Reads `plan` below `allow`: which requests are sent and which programs are started in a plan too.
fn in_plan(value: &SpannedValue, problems: &mut Problems) -> Vec<Allow> {
    let mut allowed = Vec::new();
    let Some(fields) = Fields::of(value, &ALLOW_IN_PLAN, problems) else { return allowed };
    for (key, kind) in [("http", PowerKind::Http), ("run", PowerKind::Run)] {
        let Some(((_, span), value)) = fields.entry(key) else { continue };
        let mut patterns = Vec::new();
        for (text, value) in one_or_more(value, &format!("`{key}`"), problems) {
            if kind == PowerKind::Http
                && let Err(reason) = check_rule(text)
            {
                problems.add(Diagnostic::error("bad-pattern", reason).at(&value.span));
                continue;
            }
            patterns.push(AllowPattern { text: text.to_owned(), span: value.span.clone() });
        }
        allowed.push(Allow { kind, span: span.clone(), patterns, in_plan: true });
    }
    allowed
}

fn check_rule(text: &str) -> Result<(), String> {
    let parts = HttpReadRule::split(text).map_err(|error| error.to_string())?;
    if parts.address.contains("#{") {
        return Ok(());
    }
    HttpPattern::parse(parts.address).map(drop).map_err(|error| error.to_string())
}
