use std::collections::HashMap;

use serde_json::Value;
use wharf_model::{Diagnostic, Event, EventKind, RunArguments, RunStatus, StepStatus};

use super::attempts::fingerprint;
use crate::planned_run::PlanKey;
use crate::schedule::ScheduledStep;
use crate::{Schedule, StepGroup};

/// A run that goes on: what its journal says of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resumed {
    /// The run's identity.
    pub run: String,
    /// With what it was begun; none if that was not written down.
    pub arguments: Option<RunArguments>,
    /// How it ended; none if it was cut off.
    pub status: Option<RunStatus>,
    steps: HashMap<String, ResumedStep>,
}

/// What the journal says of a step.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ResumedStep {
    /// Whether it has succeeded.
    has_succeeded: bool,
    /// How many attempts have begun.
    pub(crate) attempts: u32,
    /// The digest of component and inputs of the last attempt.
    pub(crate) inputs: Option<String>,
    /// The last value of each output.
    outputs: Vec<KeptOutput>,
    pub(crate) changes: usize,
}

/// An output as the step has set it.
pub(crate) struct RestoredOutput {
    pub(crate) name: String,
    pub(crate) value: Value,
    /// Whether it is to be masked.
    pub(crate) is_hidden: bool,
}

/// An output as the journal keeps it.
#[derive(Debug, Clone, PartialEq)]
struct KeptOutput {
    name: String,
    value: Value,
    /// Whether the value is not the one that is shown.
    is_hidden: bool,
    sealed: Option<String>,
}

impl Resumed {
    /// What a journal says. Its steps count as not begun if those of `on-failure` had begun: they may have undone what was
    /// done, so the run goes on from the top.
    pub fn of(events: impl IntoIterator<Item = Event>) -> Self {
        let mut this = Self::default();
        for event in events {
            this.apply(event.kind);
        }
        this
    }

    fn apply(&mut self, event: EventKind) {
        match event {
            EventKind::RunStarted { run, arguments, .. } => {
                self.run = run;
                self.status = None;
                if arguments.is_some() {
                    self.arguments = arguments;
                }
            }
            EventKind::StepStarted { step, inputs, .. } => {
                let step = self.steps.entry(step).or_default();
                step.attempts += 1;
                step.has_succeeded = false;
                step.inputs = inputs;
                step.outputs.clear();
            }
            EventKind::Output { step, name, value, sensitive, sealed } => {
                let outputs = &mut self.steps.entry(step).or_default().outputs;
                outputs.retain(|known| known.name != name);
                let is_hidden = sensitive || sealed.is_some();
                outputs.push(KeptOutput { name, value, is_hidden, sealed });
            }
            // One that has not begun again is as it was.
            EventKind::StepFinished { attempts: 0, .. } => {}
            EventKind::StepFinished { step, status, changes, .. } => {
                let step = self.steps.entry(step).or_default();
                step.has_succeeded = status == StepStatus::Succeeded;
                step.changes = changes;
            }
            EventKind::RunFinished { status, .. } => self.status = Some(status),
            _ => {}
        }
    }

    /// Whether the steps that have finished would do the same again, as far as that is known before the run goes on.
    ///
    /// # Errors
    /// Each that would not.
    pub fn verify(&self, schedule: &Schedule, key: &PlanKey) -> Result<(), Vec<Diagnostic>> {
        let mut resumed = self.clone();
        resumed.forget_what_was_undone(&schedule.steps);
        let mut problems = Vec::new();
        for scheduled in &schedule.steps {
            let (Some(finished), Some(inputs), Some(component)) =
                (resumed.finished(&scheduled.step.id), &scheduled.inputs, &scheduled.component)
            else {
                continue;
            };
            let now = || fingerprint(key, component, inputs, &scheduled.secrets);
            if finished.inputs.as_ref().is_some_and(|before| *before != now()) {
                let message = format!(
                    "`{}` has finished, and would now do something else: its inputs or its component have changed",
                    scheduled.step.name
                );
                let problem = Diagnostic::error("resumed-step-changed", message).at(&scheduled.step.uses_span);
                problems.push(problem.help("what has finished must be as it was: `wharf run` begins anew"));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Forgets what was done if steps of `on-failure` have begun: they may have undone it.
    pub(crate) fn forget_what_was_undone(&mut self, steps: &[ScheduledStep]) {
        let began = |step: &&ScheduledStep| self.steps.get(&step.step.id).is_some_and(|known| known.attempts > 0);
        if steps.iter().filter(|step| step.group == StepGroup::OnFailure).any(|step| began(&step)) {
            for step in self.steps.values_mut() {
                step.has_succeeded = false;
            }
        }
    }

    /// A step whose end stands in the journal, and that does not run again.
    pub(crate) fn finished(&self, id: &str) -> Option<&ResumedStep> {
        self.steps.get(id).filter(|step| step.has_succeeded)
    }

    /// Attempts of a step that have begun.
    pub(crate) fn attempts(&self, id: &str) -> u32 {
        self.steps.get(id).map_or(0, |step| step.attempts)
    }

    /// Whether a step has begun and has not come to a good end: it may have done a part of its work.
    pub fn is_interrupted(&self, id: &str) -> bool {
        self.steps.get(id).is_some_and(|step| step.attempts > 0 && !step.has_succeeded)
    }
}

impl ResumedStep {
    /// The outputs, with those that are not shown; the name of the first that cannot be had.
    pub(crate) fn outputs(&self, key: Option<&PlanKey>) -> Result<Vec<RestoredOutput>, String> {
        let value = |output: &KeptOutput| {
            let kept = match (&output.sealed, key) {
                _ if !output.is_hidden => Some(output.value.clone()),
                (Some(sealed), Some(key)) => key.open(sealed).and_then(|text| serde_json::from_slice(&text).ok()),
                _ => None,
            };
            let (name, is_hidden) = (output.name.clone(), output.is_hidden);
            kept.map(|value| RestoredOutput { name, value, is_hidden }).ok_or_else(|| output.name.clone())
        };
        self.outputs.iter().map(value).collect()
    }
}
