use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use wharf_model::{
    Change, ChangeKind, ChangeSource, EventKind, MASK, MaskStream, StepEvent, StepObserver, TouchedPath, leaf_texts,
};

use super::emitter::Emitter;
use super::mask_event::LogTrails;
use crate::planned_run::{Compared, PlanKey, StepPlan};

/// An output that an attempt has set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) value: Value,
}

/// Changes by what they do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) create: usize,
    pub(super) update: usize,
    pub(super) delete: usize,
    pub(super) other: usize,
    /// Those that were withheld; they are among the others.
    pub(super) withheld: usize,
}

impl Tally {
    fn count(&mut self, change: &Change) {
        *match change.kind {
            ChangeKind::Create => &mut self.create,
            ChangeKind::Update | ChangeKind::Replace => &mut self.update,
            ChangeKind::Delete => &mut self.delete,
            ChangeKind::Other => &mut self.other,
        } += 1;
        self.withheld += usize::from(change.source == ChangeSource::Withheld);
    }
}

/// What an attempt leaves behind.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) changes: usize,
    pub(super) tally: Tally,
    /// Whether a request was sent or a program started: what that changed, nobody knows.
    pub(super) reached_out: bool,
    pub(super) started_program: bool,
    /// The last value of each name, in the order of the first.
    pub(super) outputs: Vec<Output>,
    /// What was changed, with its secrets, where a plan is to be kept.
    pub(super) effects: Vec<Change>,
    /// What was touched, where a plan is to be kept.
    pub(super) touched: Vec<TouchedPath>,
    /// Whether more was touched than is told.
    pub(super) touched_more: bool,
    /// The names of secrets whose value the step was shown.
    pub(super) revealed: Vec<String>,
    log_trails: LogTrails,
}

/// What is done with what an attempt tells.
#[derive(Default)]
pub(super) struct Watch {
    /// Whether it is to be kept.
    pub(super) records: bool,
    /// Under which outputs are kept that are not shown.
    pub(super) key: Option<PlanKey>,
    /// With what it is compared.
    pub(super) planned: Option<Arc<StepPlan>>,
}

/// Hears one attempt of a step, and passes on what it hears until the attempt has ended.
pub(super) struct AttemptObserver {
    emitter: Arc<Emitter>,
    step: String,
    /// Whether what it does is to be kept.
    records: bool,
    /// Under which outputs are kept that are not shown.
    key: Option<PlanKey>,
    /// What a plan showed of the step, if the run goes by one.
    planned: Option<Arc<StepPlan>>,
    /// None once the attempt has ended: what comes later belongs to nothing any more.
    trace: Mutex<Option<Trace>>,
}

impl AttemptObserver {
    pub(super) fn new(emitter: Arc<Emitter>, step: &str, watch: Watch) -> Self {
        let Watch { records, key, planned } = watch;
        Self { emitter, step: step.to_owned(), records, key, planned, trace: Mutex::new(Some(Trace::default())) }
    }

    /// Ends the attempt: no event of it comes after this.
    pub(super) fn end(&self) -> Trace {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }

    fn output(&self, trace: &mut Trace, name: String, value: Value, sensitive: bool) -> EventKind {
        if sensitive {
            leaf_texts(&value).iter().for_each(|text| self.emitter.mask(text));
        }
        let shown = if sensitive { Value::String(MASK.into()) } else { value.clone() };
        let is_hidden = sensitive || self.emitter.hides(&value);
        let text = || serde_json::to_vec(&value).unwrap_or_default();
        let sealed = self.key.as_ref().filter(|_| is_hidden).and_then(|key| key.seal(&text()));
        match trace.outputs.iter_mut().find(|output| output.name == name) {
            Some(output) => output.value = value,
            None => trace.outputs.push(Output { name: name.clone(), value }),
        }
        EventKind::Output { step: self.step.clone(), name, value: shown, sensitive, sealed }
    }
}

impl StepObserver for AttemptObserver {
    fn event(&self, event: StepEvent) {
        let mut guard = self.trace.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(trace) = guard.as_mut() else { return };
        let step = self.step.clone();
        let kind = match event {
            StepEvent::Log { level, message, fields } => EventKind::Log { step: Some(step), level, message, fields },
            StepEvent::Progress { done, total, note } => EventKind::Progress { step, done, total, note },
            StepEvent::Change(change) => {
                trace.changes += 1;
                trace.tally.count(&change);
                if self.records {
                    trace.effects.push(change.clone());
                }
                let compared = self.planned.as_ref().map_or(Compared::Shown, |planned| planned.compare(&change));
                let (kind, target) = (change.kind, change.target.clone());
                let told = EventKind::Change { step: step.clone(), change };
                if compared == Compared::Shown {
                    told
                } else {
                    self.emitter.emit_behind(&mut trace.log_trails, told);
                    EventKind::Unplanned { step, kind, target, otherwise: compared == Compared::Otherwise }
                }
            }
            StepEvent::Output { name, value, sensitive } => self.output(trace, name, value, sensitive),
            StepEvent::Artifact { name, bytes } => EventKind::Artifact { step, name, bytes },
            StepEvent::Request { method, url, status, error } => {
                trace.reached_out = true;
                EventKind::Request { step, method, url, status, error }
            }
            StepEvent::Program { path, args } => {
                trace.reached_out = true;
                trace.started_program = true;
                EventKind::Program { step, path, args }
            }
            StepEvent::Touched { paths, is_whole } => {
                if self.records {
                    trace.touched = paths;
                    trace.touched_more = !is_whole;
                }
                return;
            }
            StepEvent::Unplanned { effect } => {
                EventKind::Unplanned { step, kind: ChangeKind::Other, target: effect, otherwise: false }
            }
            StepEvent::Revealed { name } => {
                if !trace.revealed.contains(&name) {
                    trace.revealed.push(name.clone());
                }
                EventKind::Revealed { step, name }
            }
        };
        self.emitter.emit_behind(&mut trace.log_trails, kind);
    }

    fn mask(&self, value: &str) {
        self.emitter.mask(value);
    }

    fn mask_part(&self, stream: &mut MaskStream, part: &str, is_end: bool) -> String {
        self.emitter.mask_part(stream, part, is_end)
    }
}
