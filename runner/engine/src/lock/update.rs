use wharf_model::{Diagnostic, Lock, Process, Step, did_you_mean};

/// A part of a lock that is recorded anew: what belongs to a step, to a component or to a package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpdateScope {
    /// Components, as `uses` says.
    uses: Vec<String>,
    /// Steps: the process, and the id.
    steps: Vec<(String, String)>,
    /// References of packages.
    packages: Vec<String>,
}

impl UpdateScope {
    /// What belongs to a name: that of a step or its id, what `uses` says, or a package's reference.
    ///
    /// # Errors
    /// When nothing has the name.
    pub fn find(name: &str, process: &Process, recorded: &Lock) -> Result<Self, Diagnostic> {
        let mut scope = Self::default();
        let all: Vec<(&str, &Step)> = process
            .all_processes()
            .flat_map(|named| named.all_steps().map(|step| (named.name.as_str(), step)))
            .collect();
        for (process, step) in &all {
            let uses = step.uses.to_string();
            let is_meant = step.id == name || step.name.eq_ignore_ascii_case(name);
            if !is_meant && uses != name {
                continue;
            }
            scope.steps.push(((*process).to_owned(), step.id.clone()));
            if !scope.uses.contains(&uses) {
                scope.uses.push(uses);
            }
            if is_meant {
                let powers = recorded.step(process, &step.id).map(|step| step.powers.as_slice()).unwrap_or_default();
                let packages = powers.iter().filter(|power| power.power == "packages");
                scope.packages.extend(packages.map(|power| power.pattern.clone()));
            }
        }
        let packages = process.packages.iter().map(|package| package.reference.as_str());
        scope.packages.extend(packages.clone().filter(|package| package.eq_ignore_ascii_case(name)).map(str::to_owned));
        if scope != Self::default() {
            return Ok(scope);
        }
        let problem = Diagnostic::error("unknown-step", format!("no step, component or package is called `{name}`"));
        let known = all.iter().flat_map(|(_, step)| [step.id.as_str(), step.name.as_str()]).chain(packages);
        Err(match did_you_mean(name, known) {
            Some(help) => problem.help(help),
            None => problem.help("name a step by its id or name, what its `uses` says, or a package"),
        })
    }

    /// The lock without the versions that are to be asked for anew.
    pub fn without(&self, recorded: &Lock) -> Lock {
        let mut kept = recorded.clone();
        kept.packages.retain(|package| !self.holds_package(&package.reference));
        kept
    }

    /// What was recorded, with what belongs here as it is now.
    pub fn renewed(&self, recorded: &Lock, now: Lock) -> Lock {
        let holds_component = |uses: &str| self.uses.iter().any(|known| known == uses);
        let holds_step = |process: &str, id: &str| self.steps.iter().any(|(of, known)| of == process && known == id);
        let mut lock = recorded.clone();
        lock.wharf = now.wharf;
        merge(
            &mut lock.components,
            now.components,
            |one| holds_component(&one.uses),
            |one, other| one.uses == other.uses,
        );
        let is_same_step = |one: &wharf_model::LockedStep, other: &wharf_model::LockedStep| {
            (&one.process, &one.id) == (&other.process, &other.id)
        };
        merge(&mut lock.steps, now.steps, |one| holds_step(&one.process, &one.id), is_same_step);
        let is_same_wish = wharf_model::LockedPackage::is_same_wish;
        merge(&mut lock.packages, now.packages, |one| self.holds_package(&one.reference), is_same_wish);
        lock
    }

    fn holds_package(&self, reference: &str) -> bool {
        self.packages.iter().any(|package| package.eq_ignore_ascii_case(reference))
    }
}

/// Puts those of `now` that belong here in the place of the recorded ones; the others stay.
fn merge<T>(recorded: &mut Vec<T>, now: Vec<T>, belongs: impl Fn(&T) -> bool, is_same: impl Fn(&T, &T) -> bool) {
    recorded.retain(|old| !belongs(old) || now.iter().any(|new| is_same(old, new)));
    for new in now.into_iter().filter(|new| belongs(new)) {
        match recorded.iter_mut().find(|old| is_same(old, &new)) {
            Some(old) => *old = new,
            None => recorded.push(new),
        }
    }
}
