use wharf_model::{Diagnostic, RunMode};

use super::choices::PackageChoices;
use super::components::Components;
use super::decide::Decided;
use super::request::Depth;
use super::schedule::resolve_to;
use super::sources::Sources;
use super::{Request, World};

/// Everything that is wrong or odd with all processes of a process file, in every environment. Nothing runs, is packed
/// or fetched, and nobody is asked. Of the request only the process file and the variables count.
pub fn check(request: &Request<'_>, world: World<'_>) -> Vec<Diagnostic> {
    let process = request.process;
    let mut components = Components::new(world);
    let sources = Sources::new(request, Depth::Check, world.machine.clock());
    let environments = process.environment_choices();
    let mut found: Vec<Found<'_>> = Vec::new();
    // An empty `deploy` beside other processes is no process at all.
    for named in process.all_processes().filter(|named| !named.steps.is_empty()) {
        let mut rounds: Vec<Vec<Diagnostic>> = Vec::new();
        for environment in &environments {
            let request = Request {
                process,
                process_name: &named.name,
                environment: *environment,
                variable_sets: Vec::new(),
                lenient: request.lenient,
                package_choices: PackageChoices::default(),
                run_id: request.run_id.clone(),
                mode: RunMode::Plan,
                lock: request.lock,
            };
            rounds.push(
                resolve_to(&request, world, &sources, &Decided::default(), Depth::Check, &mut components).problems,
            );
        }
        for (environment, problems) in environments.iter().zip(rounds) {
            for problem in problems {
                match found.iter_mut().find(|found| found.problem == problem) {
                    Some(found) if found.environments.contains(environment) => {}
                    Some(found) => found.environments.push(*environment),
                    None => found.push(Found { problem, environments: vec![*environment] }),
                }
            }
        }
    }
    let mut problems: Vec<Diagnostic> = found.into_iter().map(|found| found.tell(environments.len())).collect();
    // In the order of the file; what has no place comes first.
    problems.sort_by_key(|problem| problem.span.as_ref().map(|span| (span.file.name.clone(), span.start)));
    problems
}

/// A problem with the environments in which it is one.
struct Found<'a> {
    problem: Diagnostic,
    environments: Vec<Option<&'a str>>,
}

impl Found<'_> {
    fn tell(self, of: usize) -> Diagnostic {
        let names: Vec<&str> = self.environments.iter().copied().flatten().collect();
        if names.is_empty() || names.len() == of {
            return self.problem;
        }
        self.problem.help(format!("only in {}", names.join(", ")))
    }
}
