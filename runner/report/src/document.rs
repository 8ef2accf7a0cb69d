use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};
use wharf_model::{Event, EventKind, EventSink, StepSummary};

/// Log entries of a step that are kept.
const MOST_LOG_ENTRIES: usize = 10_000;

/// Writes one JSON document when the run has ended: the run with its steps, and for each step how it ended and what it
/// logged, changed, sent, started, kept and answered.
pub struct DocumentReporter {
    state: Mutex<State>,
}

struct State {
    out: Box<dyn Write + Send>,
    run: Map<String, Value>,
    steps: Vec<Map<String, Value>>,
    by_id: HashMap<String, usize>,
}

impl DocumentReporter {
    /// A reporter that writes to `out`.
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        let state = State { out, run: Map::new(), steps: Vec::new(), by_id: HashMap::new() };
        Self { state: Mutex::new(state) }
    }
}

impl DocumentReporter {
    /// Writes what is there of a run that has not come to its end. Does nothing after the end.
    pub fn finish(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).write();
    }
}

impl EventSink for DocumentReporter {
    fn event(&self, event: &Event) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).apply(event);
    }
}

impl State {
    fn apply(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted { resumed: true, .. } if !self.run.is_empty() => {}
            EventKind::RunStarted { run, project, process, environment, mode, steps, packages, .. } => {
                self.run = object(json!({
                    "run": run, "project": project, "process": process, "environment": environment, "mode": mode,
                    "started-at": event.at, "packages": packages,
                }));
                self.by_id = steps.iter().enumerate().map(|(index, step)| (step.id.clone(), index)).collect();
                self.steps = steps.iter().map(step_object).collect();
            }
            // Plans have a document of their own.
            EventKind::Granted { .. } | EventKind::StepPlanned { .. } | EventKind::PlanFinished { .. } => {}
            EventKind::StepStarted { .. } | EventKind::StepKept { .. } => {}
            EventKind::Log { step: Some(step), level, message, fields } => {
                let mut entry = json!({ "level": level, "message": message });
                if !fields.is_empty() {
                    entry["fields"] = json!(fields);
                }
                self.push_log(step, entry);
            }
            EventKind::Log { step: None, .. } | EventKind::Progress { .. } | EventKind::AttemptFailed { .. } => {}
            EventKind::Change { step, change } => self.push(step, "changes", json!(change)),
            EventKind::Output { step, name, value, .. } => {
                if let Some(Value::Object(outputs)) = self.step(step).map(|step| &mut step["outputs"]) {
                    outputs.insert(name.clone(), value.clone());
                }
            }
            EventKind::Artifact { step, name, bytes } => {
                self.push(step, "artifacts", json!({ "name": name, "bytes": bytes }));
            }
            EventKind::Request { step, method, url, status, error } => {
                self.push(step, "requests", json!({ "method": method, "url": url, "status": status, "error": error }));
            }
            EventKind::Program { step, path, args } => {
                self.push(step, "programs", json!({ "path": path, "args": args }));
            }
            EventKind::Revealed { step, name } => self.push(step, "revealed", json!(name)),
            EventKind::Unplanned { step, kind, target, otherwise } => {
                self.push(step, "unplanned", json!({ "kind": kind, "target": target, "otherwise": otherwise }));
            }
            EventKind::StepFinished { step, status, attempts, failure, reason, duration, .. } => {
                let ending = object(json!({
                    "status": status, "attempts": attempts, "failure": failure, "reason": reason, "duration": duration,
                }));
                if let Some(step) = self.step(step) {
                    step.extend(ending);
                }
            }
            EventKind::RunFinished { status, counts, duration } => {
                self.run.extend(object(json!({ "status": status, "duration": duration, "counts": counts })));
                self.write();
            }
        }
    }

    fn write(&mut self) {
        if self.run.is_empty() {
            return;
        }
        self.run.insert("steps".into(), std::mem::take(&mut self.steps).into());
        let document = Value::Object(std::mem::take(&mut self.run));
        // Nobody reads: the exit code still tells how the run ended.
        let _ = writeln!(self.out, "{document:#}").and_then(|()| self.out.flush());
    }

    fn step(&mut self, id: &str) -> Option<&mut Map<String, Value>> {
        self.by_id.get(id).map(|index| &mut self.steps[*index])
    }

    fn push(&mut self, step: &str, list: &str, value: Value) {
        let items = self.step(step).map(|step| step.entry(list).or_insert_with(|| json!([])));
        if let Some(Value::Array(items)) = items {
            items.push(value);
        }
    }

    fn push_log(&mut self, step: &str, entry: Value) {
        let Some(step) = self.step(step) else { return };
        match step.get_mut("log") {
            Some(Value::Array(log)) if log.len() < MOST_LOG_ENTRIES => log.push(entry),
            _ => {
                let dropped = step.get("log-dropped").and_then(Value::as_u64).unwrap_or(0);
                step.insert("log-dropped".into(), json!(dropped + 1));
            }
        }
    }
}

fn step_object(step: &StepSummary) -> Map<String, Value> {
    object(json!({
        "id": step.id, "name": step.name, "uses": step.uses, "digest": step.digest,
        "log": [], "changes": [], "outputs": {}, "artifacts": [], "requests": [], "programs": [], "revealed": [],
    }))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(entries) => entries,
        _ => Map::new(),
    }
}
