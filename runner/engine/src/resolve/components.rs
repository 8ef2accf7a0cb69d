use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use wharf_model::{Component, ComponentSource, Diagnostic, Step, Uses, did_you_mean};

use super::World;

/// Loads each component once.
pub(super) struct Components<'a> {
    world: World<'a>,
    loaded: HashMap<Uses, Result<Arc<Component>, Diagnostic>>,
}

impl<'a> Components<'a> {
    pub(super) fn new(world: World<'a>) -> Self {
        Self { world, loaded: HashMap::new() }
    }

    /// The component of a step.
    pub(super) fn load(&mut self, step: &Step, folder: &Path) -> Result<Arc<Component>, Diagnostic> {
        if !self.loaded.contains_key(&step.uses) {
            let found = self.find(&step.uses, folder).and_then(|source| {
                self.world.runner.load(&source).map_err(|error| {
                    let mut problem = Diagnostic::error("bad-component", error.to_string());
                    problem.help.extend(error.help);
                    problem
                })
            });
            self.loaded.insert(step.uses.clone(), found);
        }
        self.loaded[&step.uses].clone().map_err(|problem| problem.at(&step.uses_span))
    }

    fn find(&self, uses: &Uses, folder: &Path) -> Result<ComponentSource, Diagnostic> {
        match uses {
            Uses::File(path) => Ok(ComponentSource::File(super::path::absolute(folder, path))),
            Uses::Standard(name) => self.world.standard.find(name).ok_or_else(|| self.unknown(name)),
        }
    }

    fn unknown(&self, name: &str) -> Diagnostic {
        if let Some(absence) = self.world.standard.absence() {
            return Diagnostic::error("no-standard-steps", format!("there is no step `{name}`")).help(absence);
        }
        let problem = Diagnostic::error("unknown-step", format!("there is no step `{name}`"));
        let problem = match did_you_mean(name, self.world.standard.names()) {
            Some(help) => problem.help(help),
            None => problem,
        };
        problem.help("a component of your own is named by its path, such as `./my-step.wasm`")
    }
}
