use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use wharf_model::{
    CancelToken, Change, Component, EventKind, Failure, FailureCode, PowerKind, RunMode, Secret, StepCall, StepRunner,
    TouchedPath,
};
use wharf_variables::Variables;

use super::emitter::Emitter;
use super::observer::{AttemptObserver, Output, Tally, Watch};
use super::wait::wait;
use crate::planned_run::{PlanKey, StepPlan};
use crate::{ScheduledStep, idempotency_key};

/// How long a step may go on after a cancel.
const GRACE: Duration = Duration::from_secs(10);
/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// A step with all that its attempts need.
pub(super) struct Attempts<'a> {
    pub(super) scheduled: &'a ScheduledStep,
    pub(super) component: &'a Arc<Component>,
    pub(super) inputs: &'a Value,
    pub(super) secrets: &'a Arc<[Secret]>,
    pub(super) variables: &'a Arc<Variables>,
    pub(super) run_id: &'a str,
    /// Where artifacts are kept; none in a plan.
    pub(super) artifacts: Option<PathBuf>,
    pub(super) mode: RunMode,
    pub(super) cancel: &'a CancelToken,
    /// What a plan showed of the step, if the run goes by one.
    pub(super) planned: Option<Arc<StepPlan>>,
    /// Whether what it does is to be kept.
    pub(super) records: bool,
    /// Under which digests and outputs are kept.
    pub(super) key: Option<&'a PlanKey>,
    /// Attempts that were made before this run went on.
    pub(super) before: u32,
}

/// What became of a step.
pub(super) struct Attempted {
    pub(super) result: Result<(), Failure>,
    pub(super) attempts: u32,
    pub(super) changes: usize,
    /// Those of the last attempt by what they do.
    pub(super) tally: Tally,
    /// Whether a request was sent or a program started.
    pub(super) reached_out: bool,
    /// Whether the last attempt has started a program.
    pub(super) started_program: bool,
    pub(super) outputs: Vec<Output>,
    /// The names of secrets whose value the step was shown.
    pub(super) revealed: Vec<String>,
    /// What the last attempt changed and touched, where that is kept.
    pub(super) effects: Vec<Change>,
    pub(super) touched: Vec<TouchedPath>,
    pub(super) touched_more: bool,
}

impl Attempts<'_> {
    /// Runs attempts until one succeeds, fails for good, or was the last.
    pub(super) fn run(&self, runner: &dyn StepRunner, emitter: &Arc<Emitter>) -> Attempted {
        let attempts = self.most_attempts();
        let mut changes = 0;
        let mut reached_out = false;
        let mut attempt = self.before + 1;
        loop {
            let inputs = self.key.map(|key| fingerprint(key, self.component, self.inputs, self.secrets));
            emitter.emit(EventKind::StepStarted { step: self.scheduled.step.id.clone(), attempt, inputs });
            let watch = Watch { records: self.records, key: self.key.cloned(), planned: self.planned.clone() };
            let observer = Arc::new(AttemptObserver::new(Arc::clone(emitter), &self.scheduled.step.id, watch));
            let result = run_caught(runner, self.call(attempt), &observer)
                .map_err(|failure| undeclared(failure, self.component));
            let trace = observer.end();
            changes += trace.changes;
            reached_out |= trace.reached_out;
            let goes_on = match &result {
                Err(failure) if self.is_worth_another(failure, attempt) => {
                    let pause =
                        pause_after(self.scheduled.step.retry.backoff, attempt - self.before, failure.retry_after_ms);
                    emitter.emit(EventKind::AttemptFailed {
                        step: self.scheduled.step.id.clone(),
                        attempt,
                        attempts,
                        failure: failure.clone(),
                        retry_in: u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                    });
                    let cancelled = wait(pause, self.cancel);
                    !cancelled
                }
                _ => false,
            };
            if !goes_on {
                return Attempted {
                    result,
                    attempts: attempt,
                    changes,
                    tally: trace.tally,
                    started_program: trace.started_program,
                    reached_out,
                    outputs: trace.outputs,
                    revealed: trace.revealed,
                    effects: trace.effects,
                    touched: trace.touched,
                    touched_more: trace.touched_more,
                };
            }
            attempt += 1;
        }
    }

    fn is_worth_another(&self, failure: &Failure, attempt: u32) -> bool {
        failure.code.is_transient() && attempt < self.most_attempts() && !self.cancel.is_cancelled()
    }

    /// A plan shows what the first attempt does.
    fn most_attempts(&self) -> u32 {
        match self.mode {
            RunMode::Apply => self.before + self.scheduled.step.retry.attempts.max(1),
            RunMode::Plan => 1,
        }
    }

    fn call(&self, attempt: u32) -> StepCall {
        StepCall {
            component: Arc::clone(self.component),
            step_id: self.scheduled.step.id.clone(),
            step_name: self.scheduled.step.name.clone(),
            attempt,
            idempotency_key: idempotency_key(self.run_id, &self.scheduled.step.id),
            mode: self.mode,
            inputs: self.inputs.clone(),
            grants: Arc::clone(&self.scheduled.grants),
            limits: self.scheduled.limits.clone(),
            variables: Arc::clone(self.variables) as _,
            secrets: Arc::clone(self.secrets),
            packages: Arc::clone(&self.scheduled.packages),
            artifacts: self.artifacts.clone(),
            cancel: self.cancel.clone(),
            grace: GRACE,
            planned: self.planned.clone().map(|planned| planned as _),
        }
    }
}

/// The digest of what a step does its work with.
pub(super) fn fingerprint(key: &PlanKey, component: &Component, inputs: &Value, secrets: &[Secret]) -> String {
    let inputs = inputs.to_string();
    key.digest(&[component.digest.as_str(), &Secret::resolve(secrets, &inputs)])
}

/// The wait after an attempt: it doubles each time, and is no shorter than what the failure asks for.
fn pause_after(backoff: Duration, attempt: u32, retry_after_ms: Option<u64>) -> Duration {
    let doubled = backoff.saturating_mul(2_u32.saturating_pow(attempt - 1));
    doubled.max(Duration::from_millis(retry_after_ms.unwrap_or(0))).min(LONGEST_WAIT)
}

/// The same failure; if its grant would have no effect, because the step does not ask for such a power, with what would.
fn undeclared(mut failure: Failure, component: &Component) -> Failure {
    let description = &component.description;
    let granted = failure.add.as_deref().and_then(|add| add.trim_start().strip_prefix("allow:"));
    let word = granted.and_then(|rest| rest.trim_start_matches([' ', '\n', '{']).split_once(':')).map(|(word, _)| word);
    let kind = PowerKind::ALL.into_iter().find(|kind| Some(kind.as_str()) == word);
    if let Some(kind) = kind.filter(|kind| !description.powers.contains(kind)) {
        failure.add = None;
        failure.help = Some(format!(
            "a grant would have no effect: `{}` does not ask for the power `{kind}`; declare it in the step, as with `powers({kind})` in `#[step]`, and grant it then",
            description.name
        ));
    }
    failure
}

/// A panic while a step runs is that step's failure, not the run's end.
fn run_caught(runner: &dyn StepRunner, call: StepCall, observer: &Arc<AttemptObserver>) -> Result<(), Failure> {
    let observer = Arc::clone(observer);
    catch_unwind(AssertUnwindSafe(|| runner.run(call, observer))).unwrap_or_else(|panic| {
        let message = format!("a bug of Wharf ended this step: {}", panic_message(panic.as_ref()));
        Err(Failure::new(FailureCode::Internal, message)
            .with_help("please report it, with the process file if you can"))
    })
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it says nothing of itself")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_honour_the_failure_and_have_an_end() {
        let second = Duration::from_secs(1);
        assert_eq!(pause_after(second, 1, None), second);
        assert_eq!(pause_after(second, 4, None), second * 8);
        assert_eq!(pause_after(second, 1, Some(5000)), second * 5);
        assert_eq!(pause_after(second, 4, Some(5000)), second * 8);
        assert_eq!(pause_after(second, 4_000_000, None), LONGEST_WAIT);
        assert_eq!(pause_after(second, 1, Some(u64::MAX)), LONGEST_WAIT);
    }
}
