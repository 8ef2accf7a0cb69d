use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use wharf_model::{
    CancelToken, EventKind, EventSink, ExitCode, Failure, FailureCode, FileAccess, Masker, PlanCounts, PlanStatus,
    RunMode, RunStatus, Secret, StepRunner, When,
};
use wharf_variables::Variables;

use super::attempts::{Attempted, Attempts};
use super::emitter::{Emitter, microseconds};
use super::overlap::{may_change, may_meet};
use super::powers::powers_of;
use super::process::run_started;
use crate::planned_run::{PlanKey, PlannedRun, Recorder};
use crate::resolve::{Condition, LateInputs, Request, late_inputs};
use crate::{Schedule, ScheduledStep, StepGroup};

/// How a plan ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOutcome {
    /// How.
    pub status: RunStatus,
    /// Totals.
    pub counts: PlanCounts,
    /// Why the first step fails that does, with secrets masked.
    pub failure: Option<Failure>,
}

impl PlanOutcome {
    /// The exit code of a program that made this plan; `detailed` tells changes apart.
    pub fn exit_code(&self, detailed: bool) -> ExitCode {
        match (self.status, &self.failure) {
            (RunStatus::Cancelled, _) => ExitCode::Cancelled,
            (_, Some(failure)) if failure.code == FailureCode::Denied => ExitCode::PowerMissing,
            (RunStatus::Failed, _) => ExitCode::Failed,
            (RunStatus::Succeeded, _) if detailed && self.counts.has_changes() => ExitCode::Changes,
            (RunStatus::Succeeded, _) => ExitCode::Done,
        }
    }
}

/// Shows what a run of the schedule would do: the same components run with the same inputs, in a sandbox that withholds
/// every power to change things. The first event is `run-started`, the second `granted`, the last `plan-finished`; each
/// step has exactly one `step-planned`.
///
/// # Errors
/// If there can be no plan on this machine.
pub fn plan(
    schedule: &Schedule,
    runner: &dyn StepRunner,
    consumers: Arc<dyn EventSink>,
    cancel: &CancelToken,
) -> Result<PlanOutcome, Failure> {
    make_plan(schedule, runner, consumers, cancel, None).map(|(outcome, _)| outcome)
}

/// The same, and what it showed, for a run that goes by it.
///
/// # Errors
/// If there can be no plan on this machine, or what decides it cannot be read.
pub fn plan_for_run(
    schedule: &Schedule,
    runner: &dyn StepRunner,
    consumers: Arc<dyn EventSink>,
    cancel: &CancelToken,
    keeping: &PlanKeeping<'_>,
) -> Result<(PlanOutcome, PlannedRun), Failure> {
    let recorder = Recorder::new(keeping.request, schedule, keeping.wharf, keeping.key);
    let recorder = recorder.map_err(|problem| Failure::new(FailureCode::Failed, problem.message))?;
    let (outcome, run) = make_plan(schedule, runner, consumers, cancel, Some(recorder))?;
    Ok((outcome, run.unwrap_or_default()))
}

/// With what a plan is kept for its run.
#[derive(Debug, Clone, Copy)]
pub struct PlanKeeping<'a> {
    /// What is planned.
    pub request: &'a Request<'a>,
    /// The key under which digests are kept.
    pub key: &'a PlanKey,
    /// The version of this program.
    pub wharf: &'a str,
}

fn make_plan<'a>(
    schedule: &'a Schedule,
    runner: &dyn StepRunner,
    consumers: Arc<dyn EventSink>,
    cancel: &CancelToken,
    recorder: Option<Recorder<'a>>,
) -> Result<(PlanOutcome, Option<PlannedRun>), Failure> {
    let runner = runner.begin_plan()?;
    let masker = Masker::new(schedule.secrets.iter().map(|secret| secret.value.as_str()));
    let mut plan = Plan {
        schedule,
        runner: &*runner,
        emitter: Arc::new(Emitter::new(consumers, masker)),
        cancel,
        variables: schedule.variables.clone(),
        counts: PlanCounts::default(),
        uncertain: Vec::new(),
        failed: None,
        failure: None,
        recorder,
    };
    plan.start();
    for step in &schedule.steps {
        plan.step(step);
    }
    let run = plan.recorder.take().map(|recorder| recorder.run);
    Ok((plan.finish(), run))
}

struct Plan<'a> {
    schedule: &'a Schedule,
    runner: &'a dyn StepRunner,
    emitter: Arc<Emitter>,
    cancel: &'a CancelToken,
    variables: Variables,
    counts: PlanCounts,
    /// Steps of which not all is known.
    uncertain: Vec<&'a ScheduledStep>,
    /// The name of the first step that fails.
    failed: Option<String>,
    failure: Option<Failure>,
    /// Keeps what is shown, if that is wanted.
    recorder: Option<Recorder<'a>>,
}

/// Whether a secret is another one, or was derived from it.
fn is_made_of(shown: &str, name: &str) -> bool {
    shown == name || (shown.starts_with("#{") && shown.to_lowercase().contains(&name.to_lowercase()))
}

/// What is known of a step, without having it run or after it.
struct Planned {
    status: PlanStatus,
    failure: Option<Failure>,
    reason: Option<String>,
    changes: usize,
    /// What is live before it.
    live: Option<String>,
    /// A secret that is not set, and that went into what is shown.
    unset: Option<String>,
}

impl Planned {
    fn because(status: PlanStatus, reason: impl Into<String>) -> Self {
        Self { status, failure: None, reason: Some(reason.into()), changes: 0, live: None, unset: None }
    }

    fn failed(failure: Failure) -> Self {
        Self { status: PlanStatus::Failed, failure: Some(failure), reason: None, changes: 0, live: None, unset: None }
    }

    fn waits_for(names: &[String]) -> Self {
        Self::because(PlanStatus::Deferred, format!("needs `{}`, which only the run can know", names.join("`, `")))
    }
}

impl<'a> Plan<'a> {
    fn start(&self) {
        self.emitter.emit(run_started(self.schedule, RunMode::Plan, false, None));
        let powers = self.schedule.steps.iter().filter(|step| !step.step.disabled);
        self.emitter.emit(EventKind::Granted {
            powers: powers.map(|step| (step.step.id.clone(), powers_of(&step.grants, &step.step))).collect(),
            secrets: self.schedule.secret_sources.clone(),
            lock: self.schedule.lock_changes.clone(),
        });
    }

    fn step(&mut self, scheduled: &'a ScheduledStep) {
        let began = Instant::now();
        let planned = self.planned(scheduled);
        // What asks about the world in the run may change it too.
        let is_uncertain = match planned.status {
            PlanStatus::Partial | PlanStatus::Deferred => true,
            PlanStatus::Checked => may_change(&scheduled.grants),
            _ => false,
        };
        let after = match planned.status {
            PlanStatus::Complete | PlanStatus::Partial | PlanStatus::Failed => {
                self.uncertain.iter().find(|earlier| may_meet(&earlier.grants, &scheduled.grants))
            }
            _ => None,
        };
        let provisional_after = after.map(|earlier| earlier.step.name.clone());
        let unset = planned.unset.clone();
        let provisional = provisional_after.is_some() || unset.is_some();
        let planned = match planned.status {
            // The run may find what is missing here.
            PlanStatus::Failed if provisional => Planned { status: PlanStatus::Partial, ..planned },
            _ => planned,
        };
        let planned = match unset {
            Some(name) if provisional_after.is_none() => {
                Planned { reason: Some(format!("the secret `{name}` is not set here")), ..planned }
            }
            _ => planned,
        };
        if let Some(recorder) = &mut self.recorder {
            recorder.status(&scheduled.step.id, planned.status, provisional);
        }
        if is_uncertain {
            self.uncertain.push(scheduled);
        }
        let counts = &mut self.counts;
        *match planned.status {
            PlanStatus::Complete => &mut counts.complete,
            PlanStatus::Partial => &mut counts.partial,
            PlanStatus::Deferred => &mut counts.deferred,
            PlanStatus::Skipped => &mut counts.skipped,
            PlanStatus::Checked => &mut counts.checked,
            PlanStatus::Failed => &mut counts.failed,
            PlanStatus::NotPlanned => &mut counts.not_planned,
        } += 1;
        if planned.status == PlanStatus::Failed {
            self.failed.get_or_insert_with(|| scheduled.step.name.clone());
            if let Some(failure) = &planned.failure {
                self.failure.get_or_insert_with(|| failure.clone());
            }
        }
        self.emitter.emit(EventKind::StepPlanned {
            step: scheduled.step.id.clone(),
            status: planned.status,
            provisional,
            provisional_after,
            live: planned.live,
            failure: planned.failure,
            reason: planned.reason,
            changes: planned.changes,
            duration: microseconds(began),
        });
    }

    fn planned(&mut self, scheduled: &'a ScheduledStep) -> Planned {
        let step = &scheduled.step;
        if step.disabled {
            return Planned::because(PlanStatus::Skipped, "disabled");
        }
        if self.cancel.is_cancelled() {
            return Planned::because(PlanStatus::NotPlanned, "the plan was cancelled");
        }
        if scheduled.group == StepGroup::OnFailure || step.when == When::Failure {
            return match &self.failed {
                Some(failed) => {
                    Planned::because(PlanStatus::NotPlanned, format!("the run goes here: `{failed}` fails"))
                }
                None => Planned::because(PlanStatus::Skipped, "runs only if a step fails"),
            };
        }
        if let Some(failed) = &self.failed
            && step.when == When::Success
        {
            return Planned::because(PlanStatus::NotPlanned, format!("`{failed}` fails"));
        }
        match scheduled.condition(&self.variables) {
            Ok(Condition::Holds) => {}
            Ok(Condition::Unmet(reason)) => return Planned::because(PlanStatus::Skipped, reason),
            Ok(Condition::Unknown(names)) => return Planned::waits_for(&names),
            Err(failure) => return Planned::failed(failure),
        }
        if step.probe {
            let outside = scheduled.grants.programs.iter().map(|program| program.name.as_str());
            let written = scheduled.grants.files.iter().filter(|grant| grant.access == FileAccess::Write);
            let written: Vec<String> = written.map(|grant| grant.path.display().to_string()).collect();
            let may: Vec<String> = outside.map(|name| format!("run {name}")).collect();
            let may: Vec<String> = may.into_iter().chain(written.iter().map(|path| format!("write {path}"))).collect();
            let reason = "asks about the world after the changes";
            return match may.as_slice() {
                [] => Planned::because(PlanStatus::Checked, reason),
                may => Planned::because(PlanStatus::Checked, format!("{reason}, and may {}", may.join(", "))),
            };
        }
        if scheduled.grants.has_way_out_of_plan()
            && let Some(name) = self.unset_secret_of(scheduled)
        {
            return Planned::because(PlanStatus::Deferred, format!("needs the secret `{name}`, which is not set here"));
        }
        let (inputs, derived) = match &scheduled.inputs {
            Some(inputs) => (Cow::Borrowed(inputs), Vec::new()),
            None => match late_inputs(scheduled, self.schedule, &scheduled.variables(&self.variables)) {
                Ok(LateInputs::Known { json, derived }) => (Cow::Owned(json), derived),
                Ok(LateInputs::Unknown { names, .. }) => return Planned::waits_for(&names),
                Err(failure) => return Planned::failed(failure),
            },
        };
        self.attempt(scheduled, &inputs, &derived)
    }

    /// A secret that the step may come across and that is not set.
    fn unset_secret_of(&self, scheduled: &ScheduledStep) -> Option<&String> {
        let mut unset = self.schedule.unset_secrets.iter();
        unset.find(|name| scheduled.sources.iter().any(|secret| secret.name == **name))
    }

    fn attempt(&mut self, scheduled: &'a ScheduledStep, inputs: &Value, derived: &[Secret]) -> Planned {
        let Some(component) = &scheduled.component else {
            return Planned::because(PlanStatus::NotPlanned, "its component is not there");
        };
        derived.iter().for_each(|secret| self.emitter.mask(&secret.value));
        let secrets = scheduled.secrets_with(derived);
        let attempted = Attempts {
            scheduled,
            component,
            inputs,
            secrets: &secrets,
            variables: &Arc::new(scheduled.variables(&self.variables)),
            run_id: &self.schedule.run_id,
            artifacts: None,
            mode: RunMode::Plan,
            cancel: self.cancel,
            planned: None,
            records: self.recorder.is_some(),
            key: None,
            before: 0,
        }
        .run(self.runner, &self.emitter);
        let Attempted {
            result,
            changes,
            tally,
            started_program,
            outputs,
            effects,
            touched,
            touched_more,
            revealed,
            ..
        } = attempted;
        if let Some(recorder) = &mut self.recorder {
            // What a program did, nobody saw.
            recorder.effects(&scheduled.step.id, &touched, !touched_more && !started_program, &effects);
        }
        for output in outputs.iter().filter(|output| component.description.is_known_in_plan(&output.name)) {
            self.variables.set_output(&scheduled.step.id, &scheduled.step.name, &output.name, &output.value);
        }
        let live = component.description.live_output().and_then(|name| {
            let output = outputs.iter().find(|output| output.name == name)?;
            output.value.as_str().map(str::to_owned)
        });
        self.counts.create += tally.create;
        self.counts.update += tally.update;
        self.counts.delete += tally.delete;
        self.counts.other += tally.other;
        let (status, failure) = match result {
            Ok(()) => (PlanStatus::Complete, None),
            Err(_) if self.cancel.is_cancelled() => {
                return Planned { changes, ..Planned::because(PlanStatus::NotPlanned, "the plan was cancelled") };
            }
            Err(failure) if failure.code == FailureCode::NotYetKnown => (PlanStatus::Deferred, Some(failure)),
            // What was withheld is told by itself: that the step did not go on is no failure of its own.
            // A program that ran in the plan saw the machine as it is, not as the steps before it leave it.
            Err(failure) if failure.code == FailureCode::Withheld && tally.withheld == 0 => {
                (PlanStatus::Partial, Some(failure))
            }
            Err(failure) if started_program => (PlanStatus::Partial, Some(failure)),
            Err(failure) if tally.withheld > 0 => {
                (PlanStatus::Partial, Some(failure).filter(|failure| failure.code != FailureCode::Withheld))
            }
            Err(failure) => (PlanStatus::Failed, Some(failure)),
        };
        let unset =
            self.schedule.unset_secrets.iter().find(|name| revealed.iter().any(|shown| is_made_of(shown, name)));
        Planned { status, failure, reason: None, changes, live, unset: unset.cloned() }
    }

    fn finish(self) -> PlanOutcome {
        let status = match &self.failed {
            _ if self.cancel.is_cancelled() => RunStatus::Cancelled,
            Some(_) => RunStatus::Failed,
            None => RunStatus::Succeeded,
        };
        let duration = self.emitter.elapsed();
        self.emitter.emit(EventKind::PlanFinished { status, counts: self.counts, duration });
        let failure = self.failure.map(|failure| self.emitter.mask_failure(failure));
        PlanOutcome { status, counts: self.counts, failure }
    }
}
