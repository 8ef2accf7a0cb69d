use std::sync::Arc;

use wharf_model::{
    Diagnostic, FeedSpec, Lock, LockChange, Masker, NamedProcess, PackageFile, Process, Secret, Step, did_you_mean,
};
use wharf_variables::Variables;

use super::acquire::{acquire_packages, package_uses, packed_target};
use super::allow::GrantContext;
use super::components::Components;
use super::decide::{Decided, PackageUse, decide};
use super::feeds::Feeds;
use super::fetch::{Fetched, Fetching, Wanted, cancelled};
use super::packages::{KnownPackage, known_packages};
use super::prompts::{Prompt, is_same, needed, unanswered};
use super::request::Depth;
use super::secrets::{KnownSecret, Scoped, SecretTable, references_in};
use super::sources::{Sources, process_limits};
use super::steps::{Draft, Drafting};
use super::system_variables::{with_packages, with_run};
use super::{Request, World};
use crate::lock::{Definitions, locked_component, locked_step, unrecorded};
use crate::{AcquiredPackage, Schedule, ScheduledStep, StepGroup};

/// Makes the schedule of a run: components loaded, inputs evaluated and checked, powers granted, programs found, secrets
/// fetched, packages downloaded, packed and verified. Nothing is written before all else is known to be right.
pub fn resolve(request: &Request<'_>, world: World<'_>) -> Result<Schedule, Vec<Diagnostic>> {
    let sources = Sources::new(request, Depth::Run, world.machine.clock());
    let mut components = Components::new(world);
    let decided = decide(request, world, &sources, &mut components)?;
    let Resolved { schedule, problems, .. } =
        resolve_to(request, world, &sources, &decided, Depth::Run, &mut components);
    match schedule {
        Some(schedule) if !problems.iter().any(Diagnostic::is_error) => Ok(Schedule { warnings: problems, ..schedule }),
        _ => Err(problems),
    }
}

/// The variables of a process as its steps see them: with Wharf's own ones, with what is known of packages, and with
/// references in the place of secrets. Whoever asks for those of one step adds the scope `step` with its id and its name.
/// Warnings and errors of the variables themselves come with them.
pub fn variables(request: &Request<'_>, world: World<'_>) -> (Variables, Vec<Diagnostic>) {
    let sources = Sources::new(request, Depth::Check, world.machine.clock());
    let mut problems = sources.problems.clone();
    let decided = Decided::default();
    let base = Base::new(request, &sources, &decided, &mut SecretTable::default(), &mut problems);
    (base.scoped.variables, problems)
}

/// What came of resolving.
pub(super) struct Resolved {
    pub(super) schedule: Option<Schedule>,
    /// Everything that is wrong or odd, each once.
    pub(super) problems: Vec<Diagnostic>,
    /// The prompts that need an answer.
    pub(super) prompts: Vec<Prompt>,
    /// How each package of the process is used.
    pub(super) uses: Vec<PackageUse>,
}

/// What all steps of a process have in common.
struct Base<'a> {
    scoped: Scoped,
    packages: Vec<KnownPackage<'a>>,
    /// Names for which packages wait.
    waits: Vec<String>,
}

impl<'a> Base<'a> {
    fn new(
        request: &Request<'a>,
        sources: &Sources,
        decided: &Decided,
        table: &mut SecretTable,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let process = request.process;
        let variables = sources.variables(request.process_name, request.environment);
        problems.extend(variables.problems());
        let scoped = table.refer(with_run(variables, request));
        let (packages, waits) = known_packages(request, decided, &scoped.variables, problems);
        let variables = with_packages(scoped.variables, process, &packages);
        Self { scoped: Scoped { variables, secrets: scoped.secrets }, packages, waits }
    }
}

/// The schedule as far as it can be made, and everything that is wrong or odd.
pub(super) fn resolve_to<'a>(
    request: &Request<'a>,
    world: World<'a>,
    sources: &Sources,
    decided: &Decided,
    depth: Depth,
    components: &mut Components<'a>,
) -> Resolved {
    let mut problems = sources.problems.clone();
    let (mut prompts, mut uses) = (Vec::new(), Vec::new());
    let resolving = Resolving { request, world, sources, decided, depth };
    let schedule = resolving.resolve(components, &mut problems, &mut prompts, &mut uses);
    let mut told: Vec<Diagnostic> = Vec::new();
    for problem in problems {
        if !told.contains(&problem) {
            told.push(problem);
        }
    }
    Resolved { schedule, problems: told, prompts, uses }
}

struct Resolving<'a, 'b> {
    request: &'b Request<'a>,
    world: World<'a>,
    sources: &'b Sources,
    decided: &'b Decided,
    depth: Depth,
}

impl<'a> Resolving<'a, '_> {
    fn resolve(
        &self,
        components: &mut Components<'a>,
        problems: &mut Vec<Diagnostic>,
        prompts: &mut Vec<Prompt>,
        uses: &mut Vec<PackageUse>,
    ) -> Option<Schedule> {
        let Self { request, world, sources, decided, depth } = *self;
        let process = request.process;
        let named = match find_process(process, request.process_name) {
            Ok(named) => named,
            Err(problem) => {
                problems.push(problem);
                return None;
            }
        };
        if request.environment.is_none() && !process.environments.is_empty() {
            problems.push(environment_needed(process));
            return None;
        }
        let mut table = SecretTable::default();
        let mut base = Base::new(request, sources, decided, &mut table, problems);
        let package_names: Vec<&str> = process.packages.iter().map(|package| package.reference.as_str()).collect();
        let mut variables = base.scoped.variables.clone();
        let context = GrantContext {
            variables: &base.scoped.variables,
            folder: &process.folder,
            machine: world.machine,
            packages: &package_names,
        };
        let mut drafting = Drafting {
            process,
            context,
            components,
            depth,
            base: &base.scoped,
            has_step_scopes: sources.has_step_scopes,
            has_open_names: sources.has_prompts || base.packages.iter().any(|package| package.version.is_none()),
            table: &mut table,
            waits: Vec::new(),
            problems,
        };
        let main = named.steps.iter().map(|step| (step, StepGroup::Main));
        let on_failure = named.on_failure.iter().map(|step| (step, StepGroup::OnFailure));
        let mut drafts: Vec<Draft<'_>> =
            main.chain(on_failure).map(|(step, group)| drafting.draft(step, group, &mut variables)).collect();
        drafting.finish(&mut drafts);
        let step_waits = std::mem::take(&mut drafting.waits);
        let lock_changes = self.compare_with_lock(named, &drafts, problems);
        if depth == Depth::Check {
            base.waits.extend(self.check_feeds(&base, problems));
            *uses = package_uses(process, &base.packages, &drafts, &step_waits);
        }
        let waits: Vec<String> = base.waits.iter().cloned().chain(step_waits).collect();
        problems.extend(base.packages.iter().filter_map(|package| packed_target(package, &drafts)));
        if sources.has_prompts {
            *prompts = self.prompts(&base, &drafts, &waits);
        }

        if depth == Depth::Check {
            let limits = process_limits(process);
            problems.extend(base.packages.iter().filter_map(|package| package.verify(&limits).err()));
            return None;
        }
        problems.extend(prompts.iter().map(unanswered));
        if world.cancel.is_cancelled() {
            problems.push(cancelled());
        }
        if problems.iter().any(Diagnostic::is_error) {
            return None;
        }
        let Fetched { secrets, unset } = self.fetch_secrets(&table, &drafts, problems);
        if problems.iter().any(Diagnostic::is_error) {
            return None;
        }
        let derived: Vec<Vec<Secret>> = drafts.iter().map(|draft| derive(draft, &secrets, problems)).collect();
        if problems.iter().any(Diagnostic::is_error) {
            return None;
        }
        let (packages, held) = match acquire_packages(request, decided, world, &base.packages, &drafts) {
            Ok(acquired) => acquired,
            Err(found) => {
                problems.extend(found);
                return None;
            }
        };
        let all_derived: Vec<Secret> = derived.iter().flatten().cloned().collect();
        let steps = drafts
            .into_iter()
            .zip(derived)
            .map(|(draft, derived)| schedule_step(draft, &base, &table, &secrets, derived, &packages))
            .collect();
        let secret_sources = table.sources_of(&secrets, &unset);
        let of_feeds = decided.feeds.iter().flat_map(|feeds| feeds.secrets.iter().cloned());
        let secrets = secrets.into_iter().chain(all_derived).chain(of_feeds).collect();
        Some(Schedule {
            run_id: request.run_id.clone(),
            project: process.project.clone(),
            process: request.process_name.to_owned(),
            environment: request.environment.map(str::to_owned),
            folder: process.folder.clone(),
            steps,
            packages,
            variables,
            secrets,
            secret_sources,
            unset_secrets: unset,
            lock_changes,
            warnings: Vec::new(),
            held,
        })
    }

    /// The prompts that packages and steps wait for, or that a step may read in the run.
    fn prompts(&self, base: &Base<'_>, drafts: &[Draft<'_>], waits: &[String]) -> Vec<Prompt> {
        let is_waited_for = |name: &str| waits.iter().any(|wait| is_same(wait, name));
        let is_read = |draft: &Draft<'_>, name: &str| !draft.is_left_out() && draft.grants.allows_variable(name);
        let mut prompts = needed(&base.scoped.variables, |name| {
            is_waited_for(name) || drafts.iter().any(|draft| is_read(draft, name))
        });
        if self.sources.has_step_scopes {
            for draft in drafts {
                let more = needed(&draft.scoped.variables, |name| is_waited_for(name) || is_read(draft, name));
                let is_new = |prompt: &Prompt| !prompts.iter().any(|known| known.span == prompt.span);
                let more: Vec<Prompt> = more.into_iter().filter(is_new).collect();
                prompts.extend(more);
            }
        }
        prompts
    }

    /// How what the process uses differs from what was recorded; none if nothing was recorded.
    fn compare_with_lock(
        &self,
        named: &NamedProcess,
        drafts: &[Draft<'_>],
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Vec<LockChange>> {
        let usage = &self.request.lock;
        problems.extend(usage.missing());
        let lock = usage.lock?;
        let definitions = Definitions::of(self.request.process, &self.request.variable_sets);
        let mut now = Lock { packages: lock.packages.clone(), ..Lock::default() };
        for draft in drafts {
            let Some(component) = &draft.component else { continue };
            if now.component(&draft.step.uses.to_string()).is_none() {
                now.components.push(locked_component(&draft.step.uses, component));
            }
            now.steps.push(locked_step(&named.name, draft.step, component, &definitions));
        }
        // What else is recorded belongs to other processes, or is not used any more.
        let changes: Vec<LockChange> = lock.changes(&now).into_iter().filter(LockChange::is_of_what_is_used).collect();
        let steps: Vec<&Step> = drafts.iter().map(|draft| draft.step).collect();
        unrecorded(usage, &changes, &steps, problems);
        Some(changes)
    }

    /// Fetches the secrets that some step will come across. One that a grant of many names covers may be missing.
    fn fetch_secrets(&self, table: &SecretTable, drafts: &[Draft<'_>], problems: &mut Vec<Diagnostic>) -> Fetched {
        let running = || drafts.iter().filter(|draft| !draft.is_left_out());
        let wanted: Vec<Wanted<'_>> = table
            .all()
            .iter()
            .enumerate()
            .filter(|(at, secret)| running().any(|draft| draft.uses_secret(*at, secret)))
            .map(|(at, secret)| Wanted { secret, is_needed: running().any(|draft| draft.needs_secret(at, secret)) })
            .collect();
        let limits = process_limits(self.request.process);
        let World { machine, cancel, .. } = self.world;
        let fetching = Fetching { request: self.request, machine, cancel, given: &self.sources.given, limits };
        fetching.fetch(&wanted, problems)
    }

    /// What can be said of the feeds of the process's packages without asking them. Answers the names for which they wait.
    fn check_feeds(&self, base: &Base<'_>, problems: &mut Vec<Diagnostic>) -> Vec<String> {
        let process = self.request.process;
        let is_used = |feed: &&FeedSpec| base.packages.iter().any(|package| package.feed() == Some(&feed.name));
        let specs: Vec<&FeedSpec> = process.feeds.iter().filter(is_used).collect();
        if specs.is_empty() {
            return Vec::new();
        }
        let variables =
            with_run(self.sources.variables(self.request.process_name, self.request.environment), self.request);
        let World { machine, cancel, .. } = self.world;
        let feeds = Feeds { request: self.request, machine, cancel, given: &self.sources.given, variables: &variables };
        let (found, waits) = feeds.check(&specs);
        problems.extend(found);
        waits
    }
}

fn environment_needed(process: &Process) -> Diagnostic {
    let names: Vec<&str> = process.environments.iter().map(|environment| environment.name.as_str()).collect();
    let problem = Diagnostic::error("environment-needed", "it must be said in which environment the process runs");
    problem.help(format!("the process has: {}", names.join(", ")))
}

/// The list of steps of this name.
///
/// # Errors
/// `unknown-process`, with what was perhaps meant.
pub fn find_process<'a>(process: &'a Process, name: &str) -> Result<&'a NamedProcess, Diagnostic> {
    process.all_processes().find(|named| named.name == name).ok_or_else(|| {
        let names: Vec<&str> = process.all_processes().map(|named| named.name.as_str()).collect();
        let problem = Diagnostic::error("unknown-process", format!("there is no process `{name}`"));
        did_you_mean(name, names.iter().copied()).into_iter().fold(problem, Diagnostic::help)
    })
}

/// What is derived from secrets in the inputs of a step, as far as they are known.
fn derive(draft: &Draft<'_>, secrets: &[Secret], problems: &mut Vec<Diagnostic>) -> Vec<Secret> {
    if draft.is_left_out() || !draft.inputs.unknown.is_empty() {
        return Vec::new();
    }
    let references = references_in(&draft.inputs.json);
    if references.is_empty() {
        return Vec::new();
    }
    let place = draft.step.with.as_ref().map_or(&draft.step.span, |with| &with.span);
    match draft.scoped.variables.clone().with_secret_values(secrets).derive_these(&references) {
        Ok(derived) => {
            problems.extend(derived.iter().filter_map(too_short).map(|problem| problem.at(place)));
            derived
        }
        Err(found) => {
            problems.extend(found.into_iter().map(|problem| problem.at(place)));
            Vec::new()
        }
    }
}

/// A warning for what was derived from a secret and is too short to be masked.
fn too_short(derived: &Secret) -> Option<Diagnostic> {
    let length = derived.value.chars().count();
    (1..Masker::SHORTEST).contains(&length).then(|| {
        let message = format!("`{}` has fewer than {} characters and is not masked", derived.name, Masker::SHORTEST);
        Diagnostic::warning("short-secret", message)
    })
}

fn schedule_step(
    draft: Draft<'_>,
    base: &Base<'_>,
    table: &SecretTable,
    secrets: &[Secret],
    derived: Vec<Secret>,
    packages: &[AcquiredPackage],
) -> ScheduledStep {
    let packages: Vec<PackageFile> = packages
        .iter()
        .filter(|package| draft.grants.packages.contains(&package.file.reference))
        .map(|package| package.file.clone())
        .collect();
    let of_step = |is_meant: &dyn Fn(usize, &KnownSecret) -> bool| -> Vec<Secret> {
        let is_meant = |secret: &&Secret| {
            let at = table.all().iter().position(|known| known.reference == secret.reference);
            at.is_some_and(|at| is_meant(at, &table.all()[at]))
        };
        secrets.iter().filter(is_meant).cloned().collect()
    };
    let sources = of_step(&|at, secret| draft.uses_secret(at, secret));
    let met = of_step(&|at, secret| draft.meets_secret(at, secret));
    let secrets: Vec<Secret> = met.into_iter().chain(derived).collect();
    let is_like_all = draft.scoped.secrets == base.scoped.secrets;
    let references = if is_like_all { Vec::new() } else { table.references(&draft.scoped.secrets) };
    ScheduledStep {
        step: draft.step.clone(),
        group: draft.group,
        component: draft.component,
        grants: Arc::new(draft.grants),
        limits: draft.limits,
        condition: draft.condition,
        inputs: draft.inputs.unknown.is_empty().then_some(draft.inputs.json),
        references,
        secrets: secrets.into(),
        sources: sources.into(),
        packages: packages.into(),
    }
}
