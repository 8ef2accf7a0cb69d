use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use wharf_model::{
    CancelToken, Counts, EventKind, EventSink, ExitCode, Failure, FailureCode, Masker, PackageSummary, RunArguments,
    RunMode, RunStatus, Secret, StepRunner, StepStatus, StepSummary, When, leaf_texts,
};
use wharf_variables::Variables;

use super::attempts::{Attempted, Attempts, fingerprint};
use super::emitter::{Emitter, microseconds};
use super::resumed::Resumed;
use crate::planned_run::{PlanKey, PlannedRun, StepPlan, Unplanned};
use crate::resolve::{Condition, LateInputs, late_inputs};
use crate::{Schedule, ScheduledStep, StepGroup};

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOutcome {
    /// How.
    pub status: RunStatus,
    /// Totals.
    pub counts: Counts,
    /// Why the first step failed that did, with secrets masked.
    pub failure: Option<Failure>,
}

impl RunOutcome {
    /// The exit code of a program that made this run.
    pub fn exit_code(&self) -> ExitCode {
        match self.status {
            RunStatus::Succeeded => ExitCode::Done,
            RunStatus::Cancelled => ExitCode::Cancelled,
            RunStatus::Failed => match &self.failure {
                Some(failure) if failure.code == FailureCode::Denied => ExitCode::PowerMissing,
                _ => ExitCode::Failed,
            },
        }
    }
}

/// Runs a schedule to its end, on this thread. Everything that happens is an event; events come in order, the first is
/// `run-started`, the last `run-finished`, and each step has exactly one `step-finished`.
pub fn run(
    schedule: &Schedule,
    runner: &dyn StepRunner,
    consumers: Arc<dyn EventSink>,
    cancel: &CancelToken,
) -> RunOutcome {
    run_with(schedule, runner, consumers, cancel, RunOptions::default())
}

/// A plan by which a run goes.
#[derive(Debug, Clone, Copy)]
pub struct ByPlan<'a> {
    /// What it showed.
    pub planned: &'a PlannedRun,
    /// The key under which that is kept.
    pub key: &'a PlanKey,
    /// What becomes of effects that it did not show.
    pub unplanned: Unplanned,
}

/// How a run is made.
#[derive(Debug, Clone, Default)]
pub struct RunOptions<'a> {
    /// The plan by which it goes: each effect that the plan did not show is an event `unplanned`.
    pub by_plan: Option<ByPlan<'a>>,
    /// The user's key, under which the events keep what is not for all to read; without it a run that is resumed cannot
    /// tell whether a step that has finished would do the same again.
    pub key: Option<&'a PlanKey>,
    /// With what it was begun, for its journal.
    pub arguments: Option<RunArguments>,
    /// What was done before, if the run goes on.
    pub resumed: Option<Resumed>,
}

/// The same, in another way than usual. A run that goes on tells of steps that have finished with `step-kept`.
pub fn run_with(
    schedule: &Schedule,
    runner: &dyn StepRunner,
    consumers: Arc<dyn EventSink>,
    cancel: &CancelToken,
    options: RunOptions<'_>,
) -> RunOutcome {
    let RunOptions { by_plan, key, arguments, mut resumed } = options;
    if let Some(resumed) = &mut resumed {
        resumed.forget_what_was_undone(&schedule.steps);
    }
    let masker = Masker::new(schedule.secrets.iter().map(|secret| secret.value.as_str()));
    let mut run = Run {
        schedule,
        runner,
        emitter: Arc::new(Emitter::new(consumers, masker)),
        cancel,
        variables: schedule.variables.clone(),
        counts: Counts::default(),
        failed: None,
        failed_in_on_failure: None,
        failure: None,
        was_cancelled: false,
        by_plan,
        key,
        resumed,
    };
    run.emitter.emit(run_started(schedule, RunMode::Apply, run.resumed.is_some(), arguments));
    for step in &schedule.steps {
        run.step(step);
    }
    run.finish()
}

struct Run<'a> {
    schedule: &'a Schedule,
    runner: &'a dyn StepRunner,
    emitter: Arc<Emitter>,
    cancel: &'a CancelToken,
    variables: Variables,
    counts: Counts,
    /// The name of the first step of `steps` that failed.
    failed: Option<String>,
    /// The name of the first step of `on-failure` that failed.
    failed_in_on_failure: Option<String>,
    failure: Option<Failure>,
    /// Whether a cancel kept a step from running or ended it.
    was_cancelled: bool,
    by_plan: Option<ByPlan<'a>>,
    key: Option<&'a PlanKey>,
    resumed: Option<Resumed>,
}

/// What is to be done with a step whose turn has come. Inputs come with the secrets that were derived in them just now.
enum Turn<'a> {
    Run(Cow<'a, Value>, Vec<Secret>),
    Fail(Failure),
    Skip(String),
    NotStarted(String),
}

/// Whether a step does not run again.
enum Kept {
    No,
    Yes,
    Changed(Failure),
}

impl<'a> Run<'a> {
    fn step(&mut self, scheduled: &'a ScheduledStep) {
        match self.turn(scheduled) {
            Turn::Skip(reason) => {
                self.counts.skipped += 1;
                self.finish_unstarted(scheduled, StepStatus::Skipped, None, Some(reason));
            }
            Turn::NotStarted(reason) => {
                self.counts.not_started += 1;
                self.finish_unstarted(scheduled, StepStatus::NotStarted, None, Some(reason));
            }
            Turn::Fail(failure) => {
                self.counts.failed += 1;
                self.note_failure(scheduled, failure.clone());
                self.finish_unstarted(scheduled, StepStatus::Failed, Some(failure), None);
            }
            Turn::Run(inputs, derived) => match self.kept(scheduled, &inputs, &derived) {
                Kept::No => self.attempt(scheduled, &inputs, &derived),
                Kept::Yes => {}
                Kept::Changed(failure) => {
                    self.counts.failed += 1;
                    self.note_failure(scheduled, failure.clone());
                    self.finish_unstarted(scheduled, StepStatus::Failed, Some(failure), None);
                }
            },
        }
    }

    /// Decides what is done with a step, given how the run stands.
    fn turn(&mut self, scheduled: &'a ScheduledStep) -> Turn<'a> {
        let step = &scheduled.step;
        if step.disabled {
            return Turn::Skip("disabled".into());
        }
        let failed = match scheduled.group {
            StepGroup::Main => &self.failed,
            StepGroup::OnFailure if self.failed.is_none() => return Turn::Skip("nothing has failed".into()),
            StepGroup::OnFailure => &self.failed_in_on_failure,
        };
        let is_cancelled = self.cancel.is_cancelled();
        match step.when {
            // The second cancel means that nothing more is done at all.
            When::Always if !self.cancel.is_immediate() => {}
            _ if is_cancelled => {
                self.was_cancelled = true;
                return Turn::NotStarted("the run was cancelled".into());
            }
            When::Success => {
                if let Some(failed) = failed {
                    return Turn::NotStarted(format!("`{failed}` failed"));
                }
            }
            When::Failure if failed.is_none() => return Turn::Skip("nothing has failed".into()),
            When::Failure | When::Always => {}
        }
        match scheduled.condition(&self.variables) {
            Ok(Condition::Holds) => {}
            Ok(Condition::Unmet(reason)) => return Turn::Skip(reason),
            Ok(Condition::Unknown(names)) => return Turn::Skip(format!("{} was not set", names.join(", "))),
            Err(failure) => return Turn::Fail(failure),
        }
        match &scheduled.inputs {
            Some(inputs) => Turn::Run(Cow::Borrowed(inputs), Vec::new()),
            None => match late_inputs(scheduled, self.schedule, &scheduled.variables(&self.variables)) {
                Ok(LateInputs::Known { json, derived }) => Turn::Run(Cow::Owned(json), derived),
                Ok(LateInputs::Unknown { input, names }) => Turn::Fail(LateInputs::never_set(&input, &names)),
                Err(failure) => Turn::Fail(failure),
            },
        }
    }

    /// Whether a step does not run again, because its end stands in the journal. Its outputs are there then.
    fn kept(&mut self, scheduled: &ScheduledStep, inputs: &Value, derived: &[Secret]) -> Kept {
        let step = &scheduled.step;
        let Some(finished) = self.resumed.as_ref().and_then(|resumed| resumed.finished(&step.id)) else {
            return Kept::No;
        };
        let again = "what has finished must be as it was: `wharf run` begins anew";
        if let (Some(key), Some(before), Some(component)) = (self.key, &finished.inputs, &scheduled.component)
            && fingerprint(key, component, inputs, &scheduled.secrets_with(derived)) != *before
        {
            let message = "it has finished, and would now do something else: its inputs or its component have changed";
            return Kept::Changed(Failure::new(FailureCode::Invalid, message).with_help(again));
        }
        let outputs = match finished.outputs(self.key) {
            Ok(outputs) => outputs,
            Err(name) => {
                let message = format!("its output `{name}` is secret, and the key under which it was kept is not here");
                return Kept::Changed(Failure::new(FailureCode::Failed, message).with_help(again));
            }
        };
        for output in &outputs {
            if output.is_hidden {
                leaf_texts(&output.value).iter().for_each(|text| self.emitter.mask(text));
            }
            self.variables.set_output(&step.id, &step.name, &output.name, &output.value);
        }
        self.counts.changes += finished.changes;
        match finished.changes {
            0 => self.counts.unchanged += 1,
            _ => self.counts.changed += 1,
        }
        self.emitter.emit(EventKind::StepKept { step: step.id.clone() });
        Kept::Yes
    }

    fn attempt(&mut self, scheduled: &ScheduledStep, inputs: &Value, derived: &[Secret]) {
        let Some(component) = &scheduled.component else { return };
        derived.iter().for_each(|secret| self.emitter.mask(&secret.value));
        let secrets = scheduled.secrets_with(derived);
        let began = Instant::now();
        let shielded = Shield::new(self.cancel, scheduled.step.when);
        let attempted = Attempts {
            scheduled,
            component,
            inputs,
            secrets: &secrets,
            variables: &Arc::new(scheduled.variables(&self.variables)),
            run_id: &self.schedule.run_id,
            artifacts: Some(self.artifacts()),
            mode: RunMode::Apply,
            cancel: &shielded.token,
            planned: self
                .by_plan
                .map(|by| StepPlan::of(by.planned, &scheduled.step.id, by.key, by.unplanned == Unplanned::Fail)),
            records: false,
            key: self.key,
            before: self.resumed.as_ref().map_or(0, |resumed| resumed.attempts(&scheduled.step.id)),
        }
        .run(self.runner, &self.emitter);
        let Attempted { result, attempts, changes, reached_out, outputs, .. } = attempted;
        if !outputs.is_empty() {
            for output in &outputs {
                self.variables.set_output(&scheduled.step.id, &scheduled.step.name, &output.name, &output.value);
            }
        }
        self.counts.changes += changes;
        let (status, failure) = match result {
            Ok(()) if changes > 0 => {
                self.counts.changed += 1;
                (StepStatus::Succeeded, None)
            }
            Ok(()) if reached_out => {
                self.counts.done += 1;
                (StepStatus::Succeeded, None)
            }
            Ok(()) => {
                self.counts.unchanged += 1;
                (StepStatus::Succeeded, None)
            }
            Err(failure) if shielded.token.is_cancelled() => {
                self.counts.cancelled += 1;
                self.was_cancelled = true;
                // "It was cancelled" says nothing that the status does not say.
                (StepStatus::Cancelled, Some(failure).filter(|failure| failure.code != FailureCode::Cancelled))
            }
            Err(failure) => {
                self.counts.failed += 1;
                self.note_failure(scheduled, failure.clone());
                (StepStatus::Failed, Some(failure))
            }
        };
        self.emitter.emit(EventKind::StepFinished {
            step: scheduled.step.id.clone(),
            status,
            attempts,
            failure,
            reason: None,
            changes,
            duration: microseconds(began),
        });
    }

    fn note_failure(&mut self, scheduled: &ScheduledStep, failure: Failure) {
        let failed = match scheduled.group {
            StepGroup::Main => &mut self.failed,
            StepGroup::OnFailure => &mut self.failed_in_on_failure,
        };
        failed.get_or_insert_with(|| scheduled.step.name.clone());
        self.failure.get_or_insert(failure);
    }

    fn finish_unstarted(
        &self,
        scheduled: &ScheduledStep,
        status: StepStatus,
        failure: Option<Failure>,
        reason: Option<String>,
    ) {
        let step = scheduled.step.id.clone();
        self.emitter.emit(EventKind::StepFinished {
            step,
            status,
            attempts: 0,
            failure,
            reason,
            changes: 0,
            duration: 0,
        });
    }

    fn finish(self) -> RunOutcome {
        let status = match (self.was_cancelled, &self.failure) {
            (true, _) => RunStatus::Cancelled,
            (false, Some(_)) => RunStatus::Failed,
            (false, None) => RunStatus::Succeeded,
        };
        let duration = self.emitter.elapsed();
        self.emitter.emit(EventKind::RunFinished { status, counts: self.counts, duration });
        let failure = self.failure.map(|failure| self.emitter.mask_failure(failure));
        RunOutcome { status, counts: self.counts, failure }
    }

    fn artifacts(&self) -> PathBuf {
        self.schedule.folder.join(".wharf").join("runs").join(&self.schedule.run_id).join("artifacts")
    }
}

/// The token that a step sees. One that runs in any case is not ended by a cancel: it hears only of the second one.
struct Shield {
    token: CancelToken,
    _watch: Option<wharf_model::CancelWatch>,
}

impl Shield {
    fn new(cancel: &CancelToken, when: When) -> Self {
        if when != When::Always {
            return Self { token: cancel.clone(), _watch: None };
        }
        let token = CancelToken::new();
        let (inner, outer) = (token.clone(), cancel.clone());
        let watch = cancel.watch(move || {
            if outer.is_immediate() && !inner.is_immediate() {
                inner.cancel();
                inner.cancel();
            }
        });
        Self { token, _watch: Some(watch) }
    }
}

/// The first event of a run or a plan.
pub(super) fn run_started(
    schedule: &Schedule,
    mode: RunMode,
    resumed: bool,
    arguments: Option<RunArguments>,
) -> EventKind {
    EventKind::RunStarted {
        run: schedule.run_id.clone(),
        project: schedule.project.clone(),
        process: schedule.process.clone(),
        environment: schedule.environment.clone(),
        mode,
        steps: schedule.steps.iter().map(summary).collect(),
        packages: schedule
            .packages
            .iter()
            .map(|package| PackageSummary {
                reference: package.file.reference.clone(),
                id: package.file.id.clone(),
                version: package.file.version.clone(),
                digest: package.file.digest.clone(),
                bytes: package.bytes,
            })
            .collect(),
        resumed,
        arguments,
    }
}

fn summary(scheduled: &ScheduledStep) -> StepSummary {
    StepSummary {
        id: scheduled.step.id.clone(),
        name: scheduled.step.name.clone(),
        uses: scheduled.step.uses.to_string(),
        digest: scheduled.component.as_ref().map(|component| component.digest.clone()).unwrap_or_default(),
    }
}
