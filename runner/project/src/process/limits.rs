use wharf_model::{Diagnostic, Limit, LimitSetting, Limits, SpannedValue, did_you_mean};

use crate::process::amount;
use crate::process::fields::entries;
use crate::process::problems::Problems;
use crate::process::texts::{duration, literal_of, number};

/// Reads `limits`.
pub(crate) fn limits(value: &SpannedValue, problems: &mut Problems) -> Vec<LimitSetting> {
    let mut settings = Vec::new();
    for ((name, span), value) in entries(value, "`limits`", problems).unwrap_or_default() {
        match Limits::by_name(name) {
            Ok(limit) => {
                let value = limit_value(limit, value, problems);
                settings.extend(value.map(|value| LimitSetting { limit, value, span: span.clone() }));
            }
            Err(error) => {
                let mut diagnostic = Diagnostic::error("unknown-limit", error.to_string()).at(span);
                let names: Vec<&str> = Limit::ALL.into_iter().map(Limit::name).collect();
                diagnostic.help.extend(did_you_mean(name, names.iter().copied()));
                if diagnostic.help.is_empty() {
                    diagnostic.help.push(format!("the limits are `{}`", names.join("`, `")));
                }
                problems.add(diagnostic);
            }
        }
    }
    settings
}

fn limit_value(limit: Limit, value: &SpannedValue, problems: &mut Problems) -> Option<u64> {
    let what = format!("the limit `{limit}`");
    if limit.is_time() {
        let time = duration(value, &what, problems)?;
        return Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    }
    if !limit.is_bytes() {
        return number(value, &what, 0, u64::MAX, problems);
    }
    let text = literal_of(value, &what, "a size", problems)?;
    match amount::size(text) {
        Ok(bytes) => Some(bytes),
        Err(reason) => {
            let help = "write a size such as `512MiB` or `10MB`";
            problems.wrong_value(format!("{what} is `{text}`, which {reason}"), &value.span, help);
            None
        }
    }
}
