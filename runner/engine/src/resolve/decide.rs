use std::collections::HashMap;

use wharf_fetch::Sha256Digest;
use wharf_model::{Diagnostic, FeedSpec, Lock, LockedPackage, PackageSource, PackageSpec, PackedVersion};

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

impl PackageUse {
    /// What is wanted of a feed.
    pub(super) fn wanted(&self, prerelease: bool) -> WantedVersion {
        self.wanted.clone().unwrap_or(WantedVersion::Newest { range: None, prerelease })
    }
}

/// The versions that are decided before the schedule is made, and the feeds from which packages come.
#[derive(Default)]
pub(super) struct Decided {
    versions: HashMap<String, String>,
    digests: HashMap<String, Sha256Digest>,
    is_final: bool,
    /// None if no feed is needed.
    pub(super) feeds: Option<OpenFeeds>,
}

impl Decided {
    /// The version of a package, if it was decided.
    pub(super) fn version(&self, reference: &str) -> Option<&str> {
        self.versions.get(reference).map(String::as_str)
    }

    /// What a package has to be, if that was recorded.
    pub(super) fn digest(&self, reference: &str) -> Option<Sha256Digest> {
        self.digests.get(reference).copied()
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
    let digests = open.iter().filter_map(|one| Some((one.spec.reference.clone(), one.digest?))).collect();
    let feeds = if open.is_empty() {
        None
    } else {
        let feeds = open_feeds(request, world, sources, &open)?;
        versions.extend(feeds.decide(&open, world.cancel)?);
        Some(feeds)
    };
    Ok(Decided { versions, digests, is_final: true, feeds })
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
    /// What it has to be, as it was recorded.
    pub(super) digest: Option<Sha256Digest>,
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
                let from_feed = match chosen {
                    Some(chosen) => {
                        let wanted = WantedVersion::parse(&chosen, *prerelease).map_err(|reason| {
                            let message = format!("the version chosen for package `{}`: {reason}", spec.reference);
                            Diagnostic::error("package-choice", message).at(&spec.span)
                        })?;
                        FromFeed { spec, feed, id: package.id.clone(), wanted, digest: None }
                    }
                    None => self.recorded(FromFeed {
                        spec,
                        feed,
                        id: package.id.clone(),
                        wanted: package.wanted(*prerelease),
                        digest: None,
                    })?,
                };
                self.is_in_reach(&from_feed)?;
                self.open.push(from_feed);
            }
            PackageSource::Feed { .. } => {}
        }
        Ok(())
    }
}

impl FromFeed<'_> {
    /// The question to the feed, with the answer that was recorded.
    pub(super) fn recorded_in<'l>(&self, lock: Option<&'l Lock>) -> Option<&'l LockedPackage> {
        let (wanted, prerelease) = self.wanted.wish();
        lock?.packages.iter().find(|package| {
            package.reference == self.spec.reference
                && package.feed == self.feed
                && package.id.eq_ignore_ascii_case(&self.id)
                && (package.wanted.as_str(), package.prerelease) == (wanted, prerelease)
        })
    }
}

impl<'a> Deciding<'a, '_> {
    /// What the lock says of a package of a feed: which version it is, and what is in it.
    fn recorded(&self, package: FromFeed<'a>) -> Result<FromFeed<'a>, Diagnostic> {
        let usage = &self.request.lock;
        match package.recorded_in(usage.lock) {
            Some(LockedPackage { pin, .. }) => Ok(FromFeed {
                wanted: WantedVersion::Exact(pin.version.clone()),
                digest: pin.digest.parse().ok(),
                ..package
            }),
            None if usage.is_strict && usage.lock.is_some() => {
                let (wanted, _) = package.wanted.wish();
                let wanted = if wanted.is_empty() { "the newest".to_owned() } else { wanted.to_owned() };
                let (reference, feed) = (&package.spec.reference, package.feed);
                let message =
                    format!("package `{reference}` ({wanted}) of feed {feed} is not recorded in {}", usage.file_name);
                let problem = Diagnostic::error("not-locked", message).at(&package.spec.span);
                Err(problem
                    .help("`wharf lock` asks the feed and records what it has")
                    .help(format!("`--package {reference}:VERSION` chooses one for this run")))
            }
            None => Ok(package),
        }
    }

    /// Without feeds only an exact version can be found.
    fn is_in_reach(&self, package: &FromFeed<'_>) -> Result<(), Diagnostic> {
        if !self.request.lock.is_offline || matches!(package.wanted, WantedVersion::Exact(_)) {
            return Ok(());
        }
        let message = format!(
            "which version of package `{}` is meant only feed {} knows, and it is not asked",
            package.spec.reference, package.feed
        );
        let problem = Diagnostic::error("offline", message).at(&package.spec.span);
        Err(problem
            .help("`wharf lock`, without `--offline`, records the version")
            .help(format!("`--package {}:VERSION` chooses one for this run", package.spec.reference)))
    }
}

/// Opens the feeds of these packages, each once, with their secrets, unless none is asked.
pub(super) fn open_feeds(
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
    let usage = if request.lock.is_offline { FeedUse::Name } else { FeedUse::Read };
    let (settings, secrets) = feeds.settings(&specs, usage)?;
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
    OpenFeeds::new(opened, secrets, request.lock.is_offline).map_err(|problem| vec![problem])
}
