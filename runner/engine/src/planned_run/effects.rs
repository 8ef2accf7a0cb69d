use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use wharf_model::{Change, PlannedEffects};

use super::record::{digest_of_change, digest_of_target};
use super::{PlanKey, PlannedRun, PlannedStepEffects};

/// What a plan showed of one step, to be compared with what the step does.
pub(crate) struct StepPlan {
    key: PlanKey,
    refuses: bool,
    /// Paths by digest, and whether each was new.
    touched: HashMap<String, bool>,
    withheld: HashSet<String>,
    effects: PlannedStepEffects,
}

/// How a change of a run compares with the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compared {
    /// It was shown.
    Shown,
    /// A change of the same thing was shown, and this is another one.
    Otherwise,
    /// It was not shown.
    NotShown,
}

impl StepPlan {
    /// What a plan showed of a step. What it did not show is refused if `refuses` is set and the plan showed all.
    pub(crate) fn of(run: &PlannedRun, step: &str, key: &PlanKey, refuses: bool) -> Arc<Self> {
        let effects = run.steps.get(step).cloned().unwrap_or_default();
        Arc::new(Self {
            key: key.clone(),
            refuses: refuses && effects.is_whole,
            touched: effects.touched.iter().map(|touched| (touched.path.clone(), touched.is_new)).collect(),
            withheld: effects.withheld.iter().cloned().collect(),
            effects,
        })
    }

    /// How a change compares with what was shown.
    pub(crate) fn compare(&self, change: &Change) -> Compared {
        match self.effects.changes.get(&digest_of_target(change, &self.key)) {
            None => Compared::NotShown,
            Some(shown) if *shown == digest_of_change(change, &self.key) => Compared::Shown,
            Some(_) => Compared::Otherwise,
        }
    }
}

impl PlannedEffects for StepPlan {
    fn refuses(&self) -> bool {
        self.refuses
    }

    fn allows_path(&self, path: &str) -> bool {
        let is_touched =
            |path: &Path| self.touched.get(&self.key.digest(&[path.to_string_lossy().as_bytes()])).copied();
        let path = Path::new(path);
        is_touched(path).is_some() || path.ancestors().skip(1).any(|above| is_touched(above) == Some(true))
    }

    fn allows_effect(&self, effect: &str) -> bool {
        self.withheld.contains(&self.key.digest(&[effect]))
    }
}
