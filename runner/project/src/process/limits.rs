use wharf_model::{
    Diagnostic, FeedLimit, FeedLimitSetting, Limit, LimitSetting, LimitUnit, Limits, SpannedKey, SpannedValue,
    did_you_mean,
};

use crate::process::amount;
use crate::process::fields::entries;
use crate::process::problems::Problems;
use crate::process::texts::{duration, literal_of, number};

/// Reads `limits` of a step or of `defaults`.
pub(crate) fn limits(value: &SpannedValue, problems: &mut Problems) -> Vec<LimitSetting> {
    let mut settings = Vec::new();
    for (key, value) in entries(value, "`limits`", problems).unwrap_or_default() {
        let Ok(limit) = Limits::by_name(&key.0) else {
            unknown(key, &Limit::ALL.map(Limit::name), problems);
            continue;
        };
        let value = limit_value(limit.name(), limit.unit(), 0, value, problems);
        settings.extend(value.map(|value| LimitSetting { limit, value, span: key.1.clone() }));
    }
    settings
}

/// Reads `limits` of a feed.
pub(crate) fn feed_limits(value: &SpannedValue, problems: &mut Problems) -> Vec<FeedLimitSetting> {
    let mut settings = Vec::new();
    for (key, value) in entries(value, "`limits`", problems).unwrap_or_default() {
        let Some(limit) = FeedLimit::by_name(&key.0) else {
            unknown(key, &FeedLimit::ALL.map(FeedLimit::name), problems);
            continue;
        };
        let value = limit_value(limit.name(), limit.unit(), 1, value, problems);
        settings.extend(value.map(|value| FeedLimitSetting { limit, value, span: key.1.clone() }));
    }
    settings
}

fn unknown((name, span): &SpannedKey, names: &[&str], problems: &mut Problems) {
    let mut diagnostic = Diagnostic::error("unknown-limit", format!("there is no limit `{name}`")).at(span);
    diagnostic.help.extend(did_you_mean(name, names.iter().copied()));
    if diagnostic.help.is_empty() {
        diagnostic.help.push(format!("the limits are `{}`", names.join("`, `")));
    }
    problems.add(diagnostic);
}

fn limit_value(name: &str, unit: LimitUnit, least: u64, value: &SpannedValue, problems: &mut Problems) -> Option<u64> {
    let what = format!("the limit `{name}`");
    match unit {
        LimitUnit::Time => {
            let time = duration(value, &what, problems)?;
            Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
        }
        LimitUnit::Count => number(value, &what, least, u64::MAX, problems),
        LimitUnit::Bytes => {
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
    }
}
