use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use wharf_fetch::{Held, Sha256Digest};
use wharf_model::{
    CancelToken, Diagnostic, Limits, PackageFile, PackageSource, PackageSpec, PackedVersion, Process, RunMode,
    SpannedValue,
};
use wharf_package::{
    Archive, ArchiveLimits, Existing, FileSelection, PackRequest, PackageName, PackageNameError, pack,
};
use wharf_variables::{Evaluated, Variables};

use super::Request;
use super::decide::Decided;
use super::downloads::Download;
use super::fetch::cancelled;
use super::path::absolute;
use super::pattern::Unfilled;
use super::prompts::are_asked_for;
use super::secrets::references_in;
use super::versions::WantedVersion;
use crate::AcquiredPackage;

/// A package of which it is known what and where it is.
#[derive(Debug)]
pub(super) struct KnownPackage<'a> {
    pub(super) spec: &'a PackageSpec,
    pub(super) id: String,
    /// None if it is decided later.
    pub(super) version: Option<String>,
    place: Place<'a>,
    /// What it has to be, as it was recorded.
    digest: Option<Sha256Digest>,
}

#[derive(Debug)]
enum Place<'a> {
    Folder(PathBuf),
    File(PathBuf),
    Feed { name: &'a str, wanted: WantedVersion },
}

/// A version while one is not known; nothing shows it.
const NO_VERSION: &str = "0.0.0";

/// What and where the packages of a process are. Nothing is read but whether they are there. Of those that wait for what
/// is asked for before the run nothing is known yet: the names come with the others.
pub(super) fn known_packages<'a>(
    request: &Request<'a>,
    decided: &Decided,
    variables: &Variables,
    problems: &mut Vec<Diagnostic>,
) -> (Vec<KnownPackage<'a>>, Vec<String>) {
    let mut known = Vec::new();
    let mut waits = Vec::new();
    let knowing = Knowing { process: request.process, decided, is_pending: decided.is_pending(request), variables };
    for spec in &request.process.packages {
        match knowing.know(spec) {
            Ok(package) => known.push(package),
            Err(Unfilled::WaitsFor(names)) => waits.extend(names),
            Err(Unfilled::Wrong(found)) => problems.extend(found),
        }
    }
    (known, waits)
}

struct Knowing<'a, 'b> {
    process: &'a Process,
    decided: &'b Decided,
    is_pending: bool,
    variables: &'b Variables,
}

impl<'a> Knowing<'a, '_> {
    fn know(&self, spec: &'a PackageSpec) -> Result<KnownPackage<'a>, Unfilled> {
        let (reference, folder) = (&spec.reference, &self.process.folder);
        let named = |result: Result<PackageName, PackageNameError>, value: &SpannedValue| {
            result.map_err(|error| vec![Diagnostic::error("package-name", error.to_string()).at(&value.span)])
        };
        let decided = self.decided.version(reference).map(str::to_owned);
        match &spec.source {
            PackageSource::Folder { from, version } => {
                let path = absolute(folder, Path::new(&text(from, self.variables)?));
                let written = match version {
                    PackedVersion::Text(version) => Some(text(version, self.variables)?),
                    PackedVersion::GitTag(_) => None,
                };
                let version_place = match version {
                    PackedVersion::Text(version) => version,
                    PackedVersion::GitTag(_) => from,
                };
                let version = decided.or_else(|| written.filter(|_| !self.is_pending));
                let name = PackageName::new(reference, version.as_deref().unwrap_or(NO_VERSION), ".zip");
                let name = named(name, version_place)?;
                if !path.is_dir() {
                    let message = format!("the folder {} of package `{reference}` is not there", path.display());
                    return Err(vec![Diagnostic::error("missing-package", message).at(&from.span)].into());
                }
                // One that cannot be read is told about when it is packed.
                if fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_none()) {
                    let message = format!("the folder {} of package `{reference}` is empty", path.display());
                    return Err(vec![Diagnostic::error("missing-package", message).at(&from.span)].into());
                }
                let version = version.map(|_| name.version.to_string());
                Ok(KnownPackage { spec, id: name.id, version, place: Place::Folder(path), digest: None })
            }
            PackageSource::File { file } => {
                let path = absolute(folder, Path::new(&text(file, self.variables)?));
                let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let name = named(PackageName::parse(&file_name), file)?;
                if !path.is_file() {
                    let message = format!("the file {} of package `{reference}` is not there", path.display());
                    return Err(vec![Diagnostic::error("missing-package", message).at(&file.span)].into());
                }
                let version = Some(name.version.to_string());
                Ok(KnownPackage { spec, id: name.id, version, place: Place::File(path), digest: None })
            }
            PackageSource::Feed { feed, id, version, prerelease } => {
                let id = match id {
                    Some(id) => text(id, self.variables)?.trim().to_owned(),
                    None => reference.clone(),
                };
                let wanted = match version {
                    None => WantedVersion::Newest { range: None, prerelease: *prerelease },
                    Some(value) => {
                        let parsed = WantedVersion::parse(&text(value, self.variables)?, *prerelease);
                        parsed.map_err(|reason| vec![Diagnostic::error("package-version", reason).at(&value.span)])?
                    }
                };
                let exact = match &wanted {
                    WantedVersion::Exact(version) if !self.is_pending => Some(version.clone()),
                    _ => None,
                };
                let place = Place::Feed { name: feed, wanted };
                Ok(KnownPackage { spec, id, version: decided.or(exact), place, digest: self.decided.digest(reference) })
            }
        }
    }
}

/// The text of a value that must be one and be known before the run.
pub(super) fn text(value: &SpannedValue, variables: &Variables) -> Result<String, Unfilled> {
    let problem = |message: &str| vec![Diagnostic::error("package", message).at(&value.span)];
    let written = value.as_text().ok_or_else(|| problem("this must be text"))?;
    match variables.evaluate_text(written, Some(&value.span))? {
        Evaluated::Known(text) if !references_in(&serde_json::Value::String(text.clone())).is_empty() => {
            Err(problem("this is a secret, and it is shown to everybody: use a variable that is no secret").into())
        }
        Evaluated::Known(text) => Ok(text),
        Evaluated::Unknown(names) if are_asked_for(&names, variables) => Err(Unfilled::WaitsFor(names)),
        Evaluated::Unknown(names) => {
            let names = names.join("`, `");
            Err(problem(&format!("packages are acquired before the run, but `{names}` is known only in it")).into())
        }
    }
}

impl<'a> KnownPackage<'a> {
    /// The folder that is packed, if it is one.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(path) => Some(path),
            Place::File(_) | Place::Feed { .. } => None,
        }
    }

    /// The feed from which it comes, if it does.
    pub(super) fn feed(&self) -> Option<&'a str> {
        match &self.place {
            Place::Feed { name, .. } => Some(name),
            Place::Folder(_) | Place::File(_) => None,
        }
    }

    /// What is wanted of a feed.
    pub(super) fn wanted(&self) -> Option<&WantedVersion> {
        match &self.place {
            Place::Feed { wanted, .. } => Some(wanted),
            Place::Folder(_) | Place::File(_) => None,
        }
    }

    /// What is to be downloaded, if it comes from a feed.
    pub(super) fn download(&self) -> Option<Download<'_>> {
        let feed = self.feed()?;
        Some(Download { spec: self.spec, feed, id: &self.id, version: self.version.as_deref()?, digest: self.digest })
    }

    /// Opens a file and verifies its listing; what is yet to be packed or downloaded is not looked at.
    pub(super) fn verify(&self, limits: &Limits) -> Result<(), Diagnostic> {
        let Place::File(path) = &self.place else { return Ok(()) };
        let opened = Archive::open(path, &ArchiveLimits::from(limits));
        opened.map(drop).map_err(|error| self.broken(error.to_string()))
    }

    /// What was downloaded, as soon as it is verified: read to its end, unless that was done before.
    pub(super) fn downloaded(
        &self,
        held: &Held,
        limits: &Limits,
        cancel: &CancelToken,
    ) -> Result<AcquiredPackage, Diagnostic> {
        let archive = Archive::open_named(held.path(), held.file_name(), &ArchiveLimits::from(limits));
        // The file's own name in the cache says nothing to anybody.
        let (name, feed) = (held.file_name(), self.feed().unwrap_or_default());
        let broken = |problem: String| self.broken(format!("package `{name}` of feed {feed}: {problem}"));
        let archive = archive.map_err(|error| broken(error.problem.to_string()))?;
        // What has the same digest needs no second look.
        if !held.is_intact() {
            read_to_end(&archive, cancel)?.map_err(broken)?;
            held.mark_intact();
        }
        let (path, file_name) = (held.path().to_owned(), held.file_name().to_owned());
        Ok(self.acquired(path, file_name, held.digest().to_string(), held.size()))
    }

    /// Packs a folder below `.wharf/packages` of the process's folder, or opens a file: verified either way. In a plan
    /// nothing is packed. None if it comes from a feed.
    pub(super) fn acquire(
        &self,
        request: &Request<'_>,
        limits: &Limits,
        cancel: &CancelToken,
    ) -> Result<Option<AcquiredPackage>, Diagnostic> {
        let limits = ArchiveLimits::from(limits);
        let broken = |message: String| self.broken(message);
        let (path, digest, bytes) = match &self.place {
            Place::Feed { .. } => return Ok(None),
            Place::File(path) => {
                let archive = Archive::open(path, &limits).map_err(|error| broken(error.to_string()))?;
                read_to_end(&archive, cancel)?
                    .map_err(|problem| broken(format!("package `{}`: {problem}", path.display())))?;
                let digest = archive.digest().map_err(|error| broken(error.to_string()))?;
                let bytes = fs::metadata(path).map_err(|error| broken(format!("{}: {error}", path.display())))?.len();
                (path.clone(), digest, bytes)
            }
            Place::Folder(from) if request.mode == RunMode::Plan => {
                return self.unpacked(from, &limits).map(Some).map_err(broken);
            }
            Place::Folder(from) => {
                let folder = &request.process.folder;
                let out_folder = own_folder(folder).map_err(broken)?.join("packages");
                let selection =
                    FileSelection::new(&[] as &[&str], &[".wharf/**"]).map_err(|error| broken(error.to_string()))?;
                let version = self.version.as_deref().unwrap_or(NO_VERSION);
                let packed = pack(&PackRequest {
                    out_folder: &out_folder,
                    existing: Existing::Replace,
                    ..PackRequest::new(from, &self.id, version, &selection, &limits)
                })
                .map_err(|error| broken(error.to_string()))?;
                (packed.path, packed.digest, packed.bytes)
            }
        };
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Some(self.acquired(path, file_name, digest, bytes)))
    }

    /// The folder in the place of the package that a run would make of it.
    fn unpacked(&self, from: &Path, limits: &ArchiveLimits) -> Result<AcquiredPackage, String> {
        let selection = FileSelection::new(&[] as &[&str], &[".wharf/**"]).map_err(|error| error.to_string())?;
        let archive = Archive::of_folder(from, &selection, limits).map_err(|error| error.to_string())?;
        let digest = archive.digest().map_err(|error| error.to_string())?;
        let version = self.version.as_deref().unwrap_or(NO_VERSION);
        let file_name = format!("{}.{version}.zip", self.id);
        Ok(self.acquired(from.to_owned(), file_name, digest, archive.total_bytes()))
    }

    fn acquired(&self, path: PathBuf, file_name: String, digest: String, bytes: u64) -> AcquiredPackage {
        let reference = self.spec.reference.clone();
        let version = self.version.clone().unwrap_or_default();
        AcquiredPackage {
            file: PackageFile { reference, id: self.id.clone(), version, path, file_name, digest },
            bytes,
            folder: self.folder().map(Path::to_owned),
        }
    }

    fn broken(&self, message: String) -> Diagnostic {
        Diagnostic::error("bad-package", message).at(&self.spec.span)
    }
}

/// Reads every file of an archive to its end: a step that finds a damaged one in the middle of its work would leave things
/// half done. Answers what is wrong with the archive.
fn read_to_end(archive: &Archive, cancel: &CancelToken) -> Result<Result<(), String>, Diagnostic> {
    let go_on = |_| if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    Ok(match archive.verify(&go_on) {
        Ok(None) => return Err(cancelled()),
        Ok(Some(verified)) => match verified.damaged.as_slice() {
            [] => Ok(()),
            [first] => Err(format!("`{}` {}", first.path, first.problem)),
            [first, rest @ ..] => {
                Err(format!("`{}` {}; {} more files are damaged", first.path, first.problem, rest.len()))
            }
        },
        Err(error) => Err(error.problem.to_string()),
    })
}

/// `.wharf` beside a process file, which no version control should keep; made if it is not there.
///
/// # Errors
/// What cannot be written, and why.
pub fn own_folder(folder: &Path) -> Result<PathBuf, String> {
    let own = folder.join(".wharf");
    let ignore = own.join(".gitignore");
    let failed = |path: &Path, error: std::io::Error| format!("cannot write {}: {error}", path.display());
    fs::create_dir_all(&own).map_err(|error| failed(&own, error))?;
    if !ignore.exists() {
        fs::write(&ignore, "*\n").map_err(|error| failed(&ignore, error))?;
    }
    Ok(own)
}
