use std::collections::HashMap;

use wharf_model::{Diagnostic, FeedSpec, PackageSource, PackageSpec, PackedVersion};

use super::components::Components;
use super::downloads::OpenFeeds;
use super::feeds::{FeedUse, Feeds, open};
use super::fetch::cancelled;
use super::git::version_of_tag;
use super::prompts::unanswered;
use super::request::Depth;
use super::schedule::resolve_to;
use super::sources::Sources;
use super::system_variables::with_run;
use super::versions::WantedVersion;
use super::{Request, World};

/// How a package of the process is used, as far as it is known before its version is.
#[derive(Debug, Clone)]
pub(super) struct PackageUse {
    pub(super) id: String,
    /// The version, if it is known.
    pub(super) version: Option<String>,
    /// What is wanted of a feed.
    pub(super) wanted: Option<WantedVersion>,
    /// Id and name of each step that may open it and may run.
    pub(super) steps: Vec<(String, String)>,
    /// Whether something needs its version: a step that opens it, or that may read the variables of it.
    pub(super) is_needed: bool,
}

/// The versions that are decided before the schedule is made, and the feeds from which packages come.
#[derive(Default)]
pub(super) struct Decided {
    versions: HashMap<String, String>,
    is_final: bool,
    /// None if no feed is needed.
    pub(super) feeds: Option<OpenFeeds>,
}

impl Decided {
    /// The version of a package, if it was decided.
    pub(super) fn version(&self, reference: &str) -> Option<&str> {
        self.versions.get(reference).map(String::as_str)
    }

    /// Whether what is written may yet be overridden by a choice.
    pub(super) fn is_pending(&self, request: &Request<'_>) -> bool {
        !self.is_final && !request.package_choices.is_empty()
    }
}

/// Decides the versions that the process file does not say by itself: those that were chosen, that a git tag says, and
/// the newest ones of feeds. What is wrong with the process is told before any feed is asked.
pub(super) fn decide<'a>(
    request: &Request<'a>,
    world: World<'a>,
    sources: &Sources,
    components: &mut Components<'a>,
) -> Result<Decided, Vec<Diagnostic>> {
    let process = request.process;
    if request.package_choices.is_empty() && !process.packages.iter().any(is_open) {
        return Ok(Decided { is_final: true, ..Decided::default() });
    }
    let looked = resolve_to(request, world, sources, &Decided::default(), Depth::Check, components);
    let mut problems = looked.problems;
    problems.extend(looked.prompts.iter().map(unanswered));
    if problems.iter().any(Diagnostic::is_error) {
        return Err(problems);
    }
    let uses = looked.uses;
    let mut problems = request.package_choices.unused(process, &uses);
    let mut deciding = Deciding { request, world, versions: HashMap::new(), open: Vec::new() };
    for (spec, package) in process.packages.iter().zip(&uses) {
        problems.extend(deciding.package(spec, package).err());
    }
    if problems.is_empty() && world.cancel.is_cancelled() {
        problems.push(cancelled());
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let Deciding { mut versions, open, .. } = deciding;
    let feeds = if open.is_empty() {
        None
    } else {
        let feeds = open_feeds(request, world, sources, &open)?;
        versions.extend(feeds.decide(&open, world.cancel)?);
        Some(feeds)
    };
    Ok(Decided { versions, is_final: true, feeds })
}

/// Whether the version is not the process file's own, or the package not on this machine.
fn is_open(spec: &PackageSpec) -> bool {
    match &spec.source {
        PackageSource::Feed { .. } => true,
        PackageSource::Folder { version, .. } => matches!(version, PackedVersion::GitTag(_)),
        PackageSource::File { .. } => false,
    }
}

/// A package of a feed that is needed.
pub(super) struct FromFeed<'a> {
    pub(super) spec: &'a PackageSpec,
    pub(super) feed: &'a str,
    pub(super) id: String,
    pub(super) wanted: WantedVersion,
}

struct Deciding<'a, 'b> {
    request: &'b Request<'a>,
    world: World<'a>,
    versions: HashMap<String, String>,
    open: Vec<FromFeed<'a>>,
}

impl<'a> Deciding<'a, '_> {
    fn package(&mut self, spec: &'a PackageSpec, package: &PackageUse) -> Result<(), Diagnostic> {
        let chosen = self.request.package_choices.version_of(package, spec)?;
        match &spec.source {
            PackageSource::File { .. } => {}
            PackageSource::Folder { version, .. } => match (chosen, version) {
                (Some(chosen), _) => drop(self.versions.insert(spec.reference.clone(), chosen)),
                (None, PackedVersion::GitTag(span)) if package.is_needed => {
                    let folder = &self.request.process.folder;
                    let version = version_of_tag(folder, span, self.world.machine, self.world.cancel)?;
                    self.versions.insert(spec.reference.clone(), version);
                }
                (None, _) => {}
            },
            PackageSource::Feed { feed, prerelease, .. } if package.is_needed => {
                let wanted = match chosen {
                    Some(chosen) => WantedVersion::parse(&chosen, *prerelease).map_err(|reason| {
                        let message = format!("the version chosen for package `{}`: {reason}", spec.reference);
                        Diagnostic::error("package-choice", message).at(&spec.span)
                    })?,
                    None => {
                        package.wanted.clone().unwrap_or(WantedVersion::Newest { range: None, prerelease: *prerelease })
                    }
                };
                self.open.push(FromFeed { spec, feed, id: package.id.clone(), wanted });
            }
            PackageSource::Feed { .. } => {}
        }
        Ok(())
    }
}

/// Opens the feeds of these packages, each once, with their secrets.
fn open_feeds(
    request: &Request<'_>,
    world: World<'_>,
    sources: &Sources,
    packages: &[FromFeed<'_>],
) -> Result<OpenFeeds, Vec<Diagnostic>> {
    let is_used = |spec: &&FeedSpec| packages.iter().any(|package| package.feed == spec.name);
    let specs: Vec<&FeedSpec> = request.process.feeds.iter().filter(is_used).collect();
    let variables = with_run(sources.variables(request.process_name, request.environment), request);
    let feeds =
        Feeds { request, machine: world.machine, cancel: world.cancel, given: &sources.given, variables: &variables };
    let (settings, secrets) = feeds.settings(&specs, FeedUse::Read)?;
    let (mut opened, mut problems) = (Vec::new(), Vec::new());
    for (spec, settings) in specs.into_iter().zip(settings) {
        match open(settings, spec) {
            Ok(feed) => opened.push((spec.name.clone(), feed)),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    OpenFeeds::new(opened, secrets).map_err(|problem| vec![problem])
}
