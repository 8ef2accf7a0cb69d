use wharf_model::{Diagnostic, Lock, LockedPackage, NamedProcess, PackagePin, PackageSource, Process, RunMode};

use super::choices::PackageChoices;
use super::components::Components;
use super::decide::{Decided, FromFeed, open_feeds};
use super::downloads::Download;
use super::request::Depth;
use super::schedule::resolve_to;
use super::sources::Sources;
use super::{Request, World};
use crate::lock::{Definitions, LockUse, locked_component, locked_step};

/// What a process file uses now, in all its processes and environments, in the form of a lock. Of packages of feeds that
/// stand in the request's lock what stands there is kept; for the others the feeds are asked, and the packages
/// downloaded into the cache. Of the request only the process file, the variables and the lock count. `wharf` is the
/// version of this program.
///
/// # Errors
/// What is wrong with the process, and what cannot be had.
pub fn record(request: &Request<'_>, world: World<'_>, wharf: &str) -> Result<Lock, Vec<Diagnostic>> {
    let mut components = Components::new(world);
    let mut now = Lock { wharf: wharf.to_owned(), ..Lock::default() };
    record_steps(request, &mut components, &mut now)?;
    let kept = request.lock.lock;
    let mut from_feeds = |packages: &[LockedPackage], process_name, environment| {
        let usage = LockUse { lock: None, is_strict: false, ..request.lock };
        let request = Request {
            process_name,
            environment,
            package_choices: PackageChoices::default(),
            mode: RunMode::Plan,
            lock: usage,
            ..request.clone()
        };
        record_packages(&request, world, &mut components, kept, packages)
    };
    let has_feeds = request.process.packages.iter().any(|spec| matches!(spec.source, PackageSource::Feed { .. }));
    if has_feeds {
        for named in processes(request.process) {
            for environment in request.process.environment_choices() {
                let found = from_feeds(&now.packages, &named.name, environment)?;
                now.packages.extend(found);
            }
        }
    }
    Ok(now)
}

fn processes(process: &Process) -> impl Iterator<Item = &NamedProcess> {
    process.all_processes().filter(|named| !named.steps.is_empty())
}

/// Records components and powers. A disabled step uses nothing.
fn record_steps(request: &Request<'_>, components: &mut Components<'_>, now: &mut Lock) -> Result<(), Vec<Diagnostic>> {
    let process = request.process;
    let definitions = Definitions::of(process, &request.variable_sets);
    let mut problems = Vec::new();
    for named in processes(process) {
        for step in named.all_steps().filter(|step| !step.disabled) {
            match components.load(step, &process.folder) {
                Ok(component) => {
                    if now.component(&step.uses.to_string()).is_none() {
                        now.components.push(locked_component(&step.uses, &component));
                    }
                    now.steps.push(locked_step(&named.name, step, &component, &definitions));
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The packages that one process needs of feeds in one environment, but those that are recorded already.
fn record_packages<'a>(
    request: &Request<'a>,
    world: World<'a>,
    components: &mut Components<'a>,
    kept: Option<&Lock>,
    recorded: &[LockedPackage],
) -> Result<Vec<LockedPackage>, Vec<Diagnostic>> {
    let sources = Sources::new(request, Depth::Run, world.machine.clock());
    let looked = resolve_to(request, world, &sources, &Decided::default(), Depth::Check, components);
    // A power that is missing is no reason to forget which package is meant.
    let mut problems: Vec<Diagnostic> = looked.problems;
    problems.retain(|problem| problem.is_error() && problem.code != "missing-grant");
    let (mut found, mut open): (Vec<LockedPackage>, Vec<FromFeed<'_>>) = (Vec::new(), Vec::new());
    for (spec, package) in request.process.packages.iter().zip(&looked.uses) {
        let PackageSource::Feed { feed, prerelease, .. } = &spec.source else { continue };
        if !package.is_needed {
            continue;
        }
        if package.wanted.is_none() {
            let message = format!("which package `{}` is depends on what is asked for before a run", spec.reference);
            let problem = Diagnostic::error("unanswered-prompt", message).at(&spec.span);
            problems.push(problem.help("`--variable 'NAME=…'` gives the answer"));
            continue;
        }
        let wanted = package.wanted(*prerelease);
        let from_feed = FromFeed { spec, feed, id: package.id.clone(), wanted, digest: None };
        let so_far = Lock { packages: recorded.iter().chain(&found).cloned().collect(), ..Lock::default() };
        if from_feed.recorded_in(Some(&so_far)).is_some() {
            continue;
        }
        match from_feed.recorded_in(kept) {
            Some(kept) => found.push(kept.clone()),
            None => open.push(from_feed),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    if !open.is_empty() {
        let feeds = open_feeds(request, world, &sources, &open)?;
        let versions = feeds.decide(&open, world.cancel)?;
        let version = |package: &FromFeed<'_>| versions.get(&package.spec.reference).cloned().unwrap_or_default();
        let chosen: Vec<(FromFeed<'_>, String)> = open
            .into_iter()
            .map(|package| {
                let version = version(&package);
                (package, version)
            })
            .collect();
        let downloads: Vec<Download<'_>> = chosen
            .iter()
            .map(|(FromFeed { spec, feed, id, digest, .. }, version)| Download {
                spec,
                feed,
                id,
                version,
                digest: *digest,
            })
            .collect();
        let held = feeds.download(&downloads, world.machine, world.cancel)?;
        for ((package, version), held) in chosen.iter().zip(&held) {
            let (wanted, prerelease) = package.wanted.wish();
            found.push(LockedPackage {
                reference: package.spec.reference.clone(),
                feed: package.feed.to_owned(),
                id: package.id.clone(),
                wanted: wanted.to_owned(),
                prerelease,
                pin: PackagePin { version: version.clone(), digest: held.digest().to_string() },
            });
        }
    }
    Ok(found)
}
