use wharf_model::{Allow, AllowPattern, Diagnostic, HttpPattern, PowerKind, SpannedValue, did_you_mean};

use crate::process::fields::entries;
use crate::process::problems::Problems;
use crate::process::texts::one_or_more;

/// Reads `allow`: for each kind of power, the patterns.
pub(crate) fn allow(value: &SpannedValue, problems: &mut Problems) -> Vec<Allow> {
    let mut allowed = Vec::new();
    for ((word, span), value) in entries(value, "`allow`", problems).unwrap_or_default() {
        if word == "tcp" {
            problems.not_yet("the power `tcp` is", span);
            continue;
        }
        let Some(kind) = PowerKind::parse(word) else {
            let mut diagnostic = Diagnostic::error("unknown-power", format!("there is no power `{word}`")).at(span);
            diagnostic.help.extend(did_you_mean(word, PowerKind::ALL.map(PowerKind::as_str)));
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
        allowed.push(Allow { kind, span: span.clone(), patterns });
    }
    allowed
}
