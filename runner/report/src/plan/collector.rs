use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use wharf_model::{Event, EventKind, EventSink, PlanStatus, StepSummary};

use super::{PlanDocument, PlanLog, PlanProgram, PlanRequest, PlannedStep};

/// Log entries of a step that are kept.
const MOST_LOG_ENTRIES: usize = 10_000;

/// Makes one document of a plan's events.
#[derive(Default)]
pub struct PlanCollector {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    document: PlanDocument,
    by_id: HashMap<String, usize>,
}

impl PlanCollector {
    /// The document, as far as the plan has come.
    pub fn document(&self) -> PlanDocument {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).document.clone()
    }
}

impl EventSink for PlanCollector {
    fn event(&self, event: &Event) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).apply(&event.kind);
    }
}

impl State {
    fn apply(&mut self, event: &EventKind) {
        match event {
            EventKind::RunStarted { project, process, environment, steps, packages, .. } => {
                self.by_id = steps.iter().enumerate().map(|(index, step)| (step.id.clone(), index)).collect();
                self.document = PlanDocument {
                    project: project.clone(),
                    process: process.clone(),
                    environment: environment.clone(),
                    packages: packages.clone(),
                    steps: steps.iter().map(planned).collect(),
                    ..PlanDocument::default()
                };
            }
            EventKind::Granted { powers, secrets, lock } => {
                for (step, powers) in powers {
                    if let Some(step) = self.step(step) {
                        step.powers.clone_from(powers);
                    }
                }
                self.document.secrets.clone_from(secrets);
                self.document.lock.clone_from(lock);
            }
            EventKind::Log { step: Some(step), level, message, .. } => {
                let entry = PlanLog { level: *level, message: message.clone() };
                if let Some(step) = self.step(step).filter(|step| step.log.len() < MOST_LOG_ENTRIES) {
                    step.log.push(entry);
                }
            }
            EventKind::Change { step, change } => {
                if let Some(step) = self.step(step) {
                    step.changes.push(change.clone());
                }
            }
            EventKind::Request { step, method, url, status, error } => {
                let (method, url, error) = (method.clone(), url.clone(), error.clone());
                if let Some(step) = self.step(step) {
                    step.requests.push(PlanRequest { method, url, status: *status, error });
                }
            }
            EventKind::Program { step, path, args } => {
                let program = PlanProgram { path: path.clone(), args: args.clone() };
                if let Some(step) = self.step(step) {
                    step.programs.push(program);
                }
            }
            EventKind::Revealed { step, name } => {
                if let Some(step) = self.step(step).filter(|step| !step.revealed.contains(name)) {
                    step.revealed.push(name.clone());
                }
            }
            EventKind::StepPlanned { step, status, provisional, provisional_after, live, failure, reason, .. } => {
                if let Some(step) = self.step(step) {
                    step.status = *status;
                    step.provisional = *provisional;
                    step.provisional_after.clone_from(provisional_after);
                    step.live.clone_from(live);
                    step.failure.clone_from(failure);
                    step.reason.clone_from(reason);
                }
            }
            EventKind::PlanFinished { status, counts, .. } => {
                self.document.status = *status;
                self.document.counts = *counts;
            }
            _ => {}
        }
    }

    fn step(&mut self, id: &str) -> Option<&mut PlannedStep> {
        self.by_id.get(id).map(|index| &mut self.document.steps[*index])
    }
}

fn planned(step: &StepSummary) -> PlannedStep {
    PlannedStep {
        id: step.id.clone(),
        name: step.name.clone(),
        uses: step.uses.clone(),
        digest: step.digest.clone(),
        status: PlanStatus::NotPlanned,
        provisional: false,
        provisional_after: None,
        live: None,
        reason: None,
        failure: None,
        changes: Vec::new(),
        powers: Vec::new(),
        requests: Vec::new(),
        programs: Vec::new(),
        revealed: Vec::new(),
        log: Vec::new(),
    }
}
