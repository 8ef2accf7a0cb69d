use std::path::Path;

use wharf_model::Diagnostic;

use super::inputs::inputs_of;
use super::state::state_of;
use super::{PlanKey, PlannedRun, PlannedState};
use crate::Schedule;
use crate::resolve::Request;

/// The most things that are named one by one.
const MOST_NAMED: usize = 20;

/// What becomes of an effect that the plan did not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unplanned {
    /// It happens, and is told.
    List,
    /// It is refused before it happens, where the plan showed all that the step does.
    Fail,
}

impl PlannedRun {
    /// Whether everything is as it was when the plan was made: what decides a run, and what it would change.
    ///
    /// # Errors
    /// Everything that is not.
    pub fn verify(
        &self,
        request: &Request<'_>,
        schedule: &Schedule,
        wharf: &str,
        key: &PlanKey,
    ) -> Result<(), Vec<Diagnostic>> {
        let now = inputs_of(request, schedule, wharf, key).map_err(|problem| vec![problem])?;
        let mut changed: Vec<String> = Vec::new();
        for (name, digest) in &self.inputs {
            match now.get(name) {
                Some(known) if known == digest => {}
                Some(_) => changed.push(format!("{name} has changed since the plan was made")),
                None => changed.push(format!("{name} was part of the plan and is not there now")),
            }
        }
        let new = now.keys().filter(|name| !self.inputs.contains_key(*name));
        changed.extend(new.map(|name| format!("{name} was not there when the plan was made")));
        let mut told: Vec<&Path> = Vec::new();
        for PlannedState { path, state } in &self.states {
            // What lies below something that is not as it was is told with it.
            if told.iter().any(|above| path.starts_with(above)) || state_of(path, key).as_ref() == Some(state) {
                continue;
            }
            told.push(path);
            changed.push(format!("{} has changed since the plan was made", path.display()));
        }
        if changed.is_empty() {
            return Ok(());
        }
        let more = changed.len().saturating_sub(MOST_NAMED);
        let problem = |message: String| Diagnostic::error("plan-outdated", message);
        let mut problems: Vec<Diagnostic> = changed.into_iter().take(MOST_NAMED).map(problem).collect();
        if more > 0 {
            problems.push(problem(format!("{more} more things are not as they were")));
        }
        if let Some(last) = problems.last_mut() {
            last.help.push("nothing was changed: plan again, and look at what is different".to_owned());
        }
        Err(problems)
    }
}
