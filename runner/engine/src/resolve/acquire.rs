use std::sync::Arc;

use wharf_fetch::Held;
use wharf_model::{Diagnostic, FileAccess, PackageSource, PackageSpec, Process};

use super::decide::{Decided, PackageUse};
use super::downloads::Download;
use super::packages::KnownPackage;
use super::prompts::is_same;
use super::sources::process_limits;
use super::steps::Draft;
use super::system_variables::version_variables;
use super::{Request, World};
use crate::AcquiredPackage;

/// Packages, and what keeps those of the cache where they are.
pub(super) type Acquired = (Vec<AcquiredPackage>, Vec<Arc<Held>>);

/// Downloads, packs, opens and verifies the packages that a step may open. All that fail are told.
pub(super) fn acquire_packages(
    request: &Request<'_>,
    decided: &Decided,
    world: World<'_>,
    known: &[KnownPackage<'_>],
    drafts: &[Draft<'_>],
) -> Result<Acquired, Vec<Diagnostic>> {
    let process = request.process;
    let limits = process_limits(process);
    let used: Vec<&KnownPackage<'_>> =
        known.iter().filter(|package| opening(package.spec, drafts).next().is_some()).collect();
    let mut problems = Vec::new();
    let downloads: Vec<Download<'_>> = used.iter().filter_map(|package| package.download()).collect();
    let held = match &decided.feeds {
        Some(feeds) if !downloads.is_empty() => {
            feeds.download(&downloads, world.machine, world.cancel).unwrap_or_else(|found| {
                problems = found;
                Vec::new()
            })
        }
        _ => Vec::new(),
    };
    let held: Vec<Arc<Held>> = held.into_iter().map(Arc::new).collect();
    // They are in the order of the downloads.
    let mut next = held.iter();
    let mut packages = Vec::new();
    for package in used {
        let acquired = match package.feed() {
            None => package.acquire(request, &limits, world.cancel),
            Some(_) => next.next().map(|held| package.downloaded(held, &limits, world.cancel)).transpose(),
        };
        match acquired {
            Ok(acquired) => packages.extend(acquired),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok((packages, held)) } else { Err(problems) }
}

/// The steps that may open a package, and will run or may.
fn opening<'a>(spec: &'a PackageSpec, drafts: &'a [Draft<'_>]) -> impl Iterator<Item = &'a Draft<'a>> {
    let running = drafts.iter().filter(|draft| !draft.is_left_out());
    running.filter(|draft| draft.grants.packages.contains(&spec.reference))
}

/// How each package of the process is used.
pub(super) fn package_uses(
    process: &Process,
    packages: &[KnownPackage<'_>],
    drafts: &[Draft<'_>],
    waits: &[String],
) -> Vec<PackageUse> {
    let one = |(index, spec): (usize, &PackageSpec)| {
        let known = packages.iter().find(|package| package.spec.reference == spec.reference);
        let steps: Vec<(String, String)> =
            opening(spec, drafts).map(|draft| (draft.step.id.clone(), draft.step.name.clone())).collect();
        let mut names = version_variables(&spec.reference, index == 0).into_iter();
        let is_read = names.any(|(prefix, name)| {
            let name = format!("{prefix}.{name}");
            let mut running = drafts.iter().filter(|draft| !draft.is_left_out());
            waits.iter().any(|wait| is_same(wait, &name)) || running.any(|draft| draft.grants.allows_variable(&name))
        });
        PackageUse {
            id: known.map_or_else(|| spec.reference.clone(), |package| package.id.clone()),
            version: known.and_then(|package| package.version.clone()),
            wanted: known.and_then(|package| package.wanted().cloned()),
            is_needed: is_read || !steps.is_empty(),
            steps,
        }
    };
    process.packages.iter().enumerate().map(one).collect()
}

/// A warning for a package whose folder holds what a step writes with it: the next one would hold that too.
pub(super) fn packed_target(package: &KnownPackage<'_>, drafts: &[Draft<'_>]) -> Option<Diagnostic> {
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
        PackageSource::File { .. } | PackageSource::Feed { .. } => &package.spec.span,
    };
    let problem = Diagnostic::warning("package-holds-target", message).at(place);
    Some(problem.help("keep what is packed in a folder of its own, or write elsewhere"))
}
