use std::sync::Arc;

use wharf_model::{
    Diagnostic, FileAccess, Limits, NamedProcess, PackageFile, PackageSource, Process, Secret, did_you_mean,
};
use wharf_variables::{Scopes, Variables};

use super::allow::GrantContext;
use super::components::Components;
use super::packages::{KnownPackage, known_packages};
use super::request::Depth;
use super::secrets::{fetch, is_needed, is_used, secrets_of, too_short, with_references};
use super::steps::{Draft, Drafting};
use super::system_variables::{with_packages, with_run};
use super::{Request, World};
use crate::{AcquiredPackage, Schedule, ScheduledStep, StepGroup};

/// Makes the schedule of a run: components loaded, inputs evaluated and checked, powers granted, programs found, secrets
/// fetched, packages packed and verified. Nothing is written before all else is known to be right.
pub fn resolve(request: &Request<'_>, world: World<'_>) -> Result<Schedule, Vec<Diagnostic>> {
    let (schedule, problems) = resolve_to(request, world, Depth::Run, &mut Components::new(world));
    match schedule {
        Some(schedule) if !problems.iter().any(Diagnostic::is_error) => Ok(Schedule { warnings: problems, ..schedule }),
        _ => Err(problems),
    }
}

/// The schedule as far as it can be made, and everything that is wrong or odd.
pub(super) fn resolve_to<'a>(
    request: &Request<'a>,
    world: World<'a>,
    depth: Depth,
    components: &mut Components<'a>,
) -> (Option<Schedule>, Vec<Diagnostic>) {
    let process = request.process;
    let mut problems = Vec::new();
    let named = match find_process(process, request.process_name) {
        Ok(named) => named,
        Err(problem) => return (None, vec![problem]),
    };
    if request.environment.is_none() && !process.environments.is_empty() {
        let names: Vec<&str> = process.environments.iter().map(|environment| environment.name.as_str()).collect();
        let problem = Diagnostic::error("environment-needed", "it must be said in which environment the process runs");
        return (None, vec![problem.help(format!("the process has: {}", names.join(", ")))]);
    }
    let scopes = Scopes::new().with("environment", request.environment).with("process", [request.process_name]);
    let variables = Variables::new(&process.variables, request.overrides.clone(), scopes);
    problems.extend(variables.problems());
    let (variables, references) = with_references(with_run(variables, request));
    let packages = known_packages(process, &variables, &mut problems);
    let mut variables = with_packages(variables, process, &packages);
    let package_names: Vec<&str> = process.packages.iter().map(|package| package.reference.as_str()).collect();

    let base = variables.clone();
    let context =
        GrantContext { variables: &base, folder: &process.folder, machine: world.machine, packages: &package_names };
    let mut drafting = Drafting { process, context, components, depth, problems: &mut problems };
    let main = named.steps.iter().map(|step| (step, StepGroup::Main));
    let on_failure = named.on_failure.iter().map(|step| (step, StepGroup::OnFailure));
    let mut drafts: Vec<Draft<'_>> =
        main.chain(on_failure).map(|(step, group)| drafting.draft(step, group, &mut variables)).collect();
    drafting.finish(&mut drafts);
    problems.extend(packages.iter().filter_map(|package| packed_target(package, &drafts)));

    if depth == Depth::Check {
        let limits = package_limits(process);
        problems.extend(packages.iter().filter_map(|package| package.verify(&limits).err()));
    }
    if depth == Depth::Check || problems.iter().any(Diagnostic::is_error) {
        return (None, problems);
    }
    let secrets = fetch_secrets(&base, &references, &drafts, request, world, &mut problems);
    if problems.iter().any(Diagnostic::is_error) {
        return (None, problems);
    }
    let packages = match acquire_packages(&packages, &drafts, process) {
        Ok(packages) => packages,
        Err(problem) => {
            problems.push(problem);
            return (None, problems);
        }
    };
    let steps = drafts.into_iter().map(|draft| schedule_step(draft, &secrets, &packages)).collect();
    let schedule = Schedule {
        run_id: request.run_id.clone(),
        project: process.project.clone(),
        process: request.process_name.to_owned(),
        environment: request.environment.map(str::to_owned),
        folder: process.folder.clone(),
        steps,
        packages,
        variables,
        secrets,
        warnings: Vec::new(),
    };
    (Some(schedule), problems)
}

fn find_process<'a>(process: &'a Process, name: &str) -> Result<&'a NamedProcess, Diagnostic> {
    let all = || std::iter::once(&process.deploy).chain(&process.processes);
    all().find(|named| named.name == name).ok_or_else(|| {
        let names: Vec<&str> = all().map(|named| named.name.as_str()).collect();
        let problem = Diagnostic::error("unknown-process", format!("there is no process `{name}`"));
        did_you_mean(name, names.iter().copied()).into_iter().fold(problem, Diagnostic::help)
    })
}

/// Fetches the secrets that some step will come across. One that a grant of many names covers may be missing.
fn fetch_secrets(
    variables: &Variables,
    references: &[(String, String)],
    drafts: &[Draft<'_>],
    request: &Request<'_>,
    world: World<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Secret> {
    let running = || drafts.iter().filter(|draft| !draft.is_left_out());
    let mut secrets = Vec::new();
    for chosen in variables.secrets() {
        let Some((_, reference)) = references.iter().find(|(name, _)| name == chosen.name) else { continue };
        if !running().any(|draft| is_used(chosen.name, reference, draft.own_inputs(), &draft.grants)) {
            continue;
        }
        match fetch(&chosen, reference, &request.process.folder, world.machine) {
            Ok(secret) => {
                problems.extend(too_short(&secret, &chosen));
                secrets.push(secret);
            }
            Err(problem) => {
                let is_needed =
                    running().any(|draft| is_needed(chosen.name, reference, draft.own_inputs(), &draft.grants));
                problems.extend(is_needed.then_some(problem));
            }
        }
    }
    secrets
}

/// Packs, opens and verifies the packages that a step may open.
fn acquire_packages(
    known: &[KnownPackage<'_>],
    drafts: &[Draft<'_>],
    process: &Process,
) -> Result<Vec<AcquiredPackage>, Diagnostic> {
    let limits = package_limits(process);
    let is_used = |package: &&KnownPackage<'_>| {
        let mut running = drafts.iter().filter(|draft| !draft.is_left_out());
        running.any(|draft| draft.grants.packages.contains(&package.spec.reference))
    };
    known.iter().filter(is_used).map(|package| package.acquire(&process.folder, &limits)).collect()
}

fn package_limits(process: &Process) -> Limits {
    let mut limits = Limits::default();
    for setting in &process.defaults.limits {
        limits.set(setting.limit, setting.value);
    }
    limits
}

/// A warning for a package whose folder holds what a step writes with it: the next one would hold that too.
fn packed_target(package: &KnownPackage<'_>, drafts: &[Draft<'_>]) -> Option<Diagnostic> {
    let from = package.folder()?;
    let reference = &package.spec.reference;
    let using = |draft: &&Draft<'_>| !draft.is_left_out() && draft.grants.packages.contains(reference);
    let written = drafts
        .iter()
        .filter(using)
        .flat_map(|draft| &draft.grants.files)
        .find(|grant| grant.access == FileAccess::Write && grant.path.starts_with(from))?;
    let message = format!(
        "the folder of package `{reference}` holds {}, which is written with it: the next package would hold that too",
        written.path.display()
    );
    let place = match &package.spec.source {
        PackageSource::Folder { from, .. } => &from.span,
        PackageSource::File { .. } => &package.spec.span,
    };
    let problem = Diagnostic::warning("package-holds-target", message).at(place);
    Some(problem.help("keep what is packed in a folder of its own, or write elsewhere"))
}

fn schedule_step(draft: Draft<'_>, secrets: &[Secret], packages: &[AcquiredPackage]) -> ScheduledStep {
    let packages: Vec<PackageFile> = packages
        .iter()
        .filter(|package| draft.grants.packages.contains(&package.file.reference))
        .map(|package| package.file.clone())
        .collect();
    let secrets = secrets_of(secrets, draft.own_inputs(), &draft.grants);
    ScheduledStep {
        step: draft.step.clone(),
        group: draft.group,
        component: draft.component,
        grants: Arc::new(draft.grants),
        limits: draft.limits,
        condition: draft.condition,
        inputs: draft.inputs.unknown.is_empty().then_some(draft.inputs.json),
        secrets: secrets.into(),
        packages: packages.into(),
    }
}
