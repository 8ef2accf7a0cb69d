use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Limit;

/// Why a step failed: the codes of `wharf:step`, and behind them those that only the host gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureCode {
    /// What the user wrote is wrong.
    Invalid,
    /// A power was not granted.
    Denied,
    /// Granted, but not in plan mode.
    Withheld,
    /// A value that only the run can know.
    NotYetKnown,
    /// What was named does not exist.
    NotFound,
    /// Trying again later may help.
    Transient,
    /// A limit was reached; `limit` names it.
    Limit,
    /// The run was cancelled.
    Cancelled,
    /// The step did what it could and failed.
    Failed,
    /// Anything else that the step says.
    Other,
    /// The time of the attempt was up.
    TimedOut,
    /// The component trapped: a bug of the step.
    Trapped,
    /// The component cannot be loaded or is no step.
    BadComponent,
    /// A bug of Wharf itself.
    Internal,
}

impl FailureCode {
    /// Whether another attempt is worth it.
    pub fn is_transient(self) -> bool {
        matches!(self, FailureCode::Transient | FailureCode::TimedOut)
    }
}

/// How a step failed, as it is shown to people and to programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failure {
    /// Why.
    pub code: FailureCode,
    /// One sentence, lower case.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The exact lines to add to the process file, if a power is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add: Option<String>,
    /// The input that is meant, as a JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The limit that was reached, such as `memory`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// When another attempt is worth it, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Failure {
    /// A failure with nothing but its reason.
    pub fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, add: None, input: None, limit: None, retry_after_ms: None }
    }

    /// A limit was reached: names it and says how to raise it. `what` is what happened, such as
    /// `the response is too long`.
    pub fn limit(limit: Limit, value: u64, what: impl fmt::Display) -> Self {
        let more = limit.written(value.saturating_mul(2).max(1));
        // The time of an attempt has a key of its own in a step.
        let line = match limit {
            Limit::WallClock => format!("timeout: {more}"),
            _ => format!("limits: {{ {limit}: {more} }}"),
        };
        let mut failure =
            Self::new(FailureCode::Limit, format!("{what}: the limit `{limit}` is {}", limit.written(value)))
                .with_help(format!("raise it in the step, or for all of them under `defaults`: `{line}`"));
        failure.limit = Some(limit.name().to_owned());
        failure
    }

    /// A power is missing: with the line to add to the step.
    pub fn denied(message: impl Into<String>, add: impl Into<String>) -> Self {
        let mut failure = Self::new(FailureCode::Denied, message);
        failure.add = Some(add.into());
        failure
    }

    /// A run goes by a plan that did not show this. `what` is what did not happen, such as `the request POST https://…`.
    pub fn unplanned(what: impl fmt::Display) -> Self {
        Self::new(FailureCode::Withheld, format!("{what} is not in the plan"))
            .with_help("plan again and look at it, or let `--unplanned list` go on and tell")
    }

    /// The same, with what to do about it.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_named_with_the_line_that_raises_it() {
        let failure = Failure::limit(Limit::HttpBody, 1 << 20, "the response is too long");
        assert_eq!(failure.message, "the response is too long: the limit `http-body` is 1MiB");
        assert_eq!(
            failure.help.as_deref(),
            Some("raise it in the step, or for all of them under `defaults`: `limits: { http-body: 2MiB }`")
        );
        assert_eq!(failure.limit.as_deref(), Some("http-body"));
        let failure = Failure::limit(Limit::WallClock, 1000, "it took too long");
        assert_eq!(
            failure.help.as_deref(),
            Some("raise it in the step, or for all of them under `defaults`: `timeout: 2s`")
        );
    }
}
