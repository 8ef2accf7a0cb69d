use std::fs;
use std::path::{Path, PathBuf};

use wharf_model::{Diagnostic, Limits, PackageFile, PackageSource, PackageSpec, Process, SpannedValue};
use wharf_package::{
    Archive, ArchiveLimits, Existing, FileSelection, PackRequest, PackageName, PackageNameError, pack,
};
use wharf_variables::{Evaluated, Variables};

use super::path::absolute;
use super::pattern::Unfilled;
use super::prompts::are_asked_for;
use crate::AcquiredPackage;

/// A package of which it is known what and where it is.
#[derive(Debug)]
pub(super) struct KnownPackage<'a> {
    pub(super) spec: &'a PackageSpec,
    pub(super) id: String,
    pub(super) version: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    File(PathBuf),
}

/// What and where the packages of a process are. Nothing is read but whether they are there. Of those that wait for what
/// is asked for before the run nothing is known yet: the names come with the others.
pub(super) fn known_packages<'a>(
    process: &'a Process,
    variables: &Variables,
    problems: &mut Vec<Diagnostic>,
) -> (Vec<KnownPackage<'a>>, Vec<String>) {
    let mut known = Vec::new();
    let mut waits = Vec::new();
    for spec in &process.packages {
        match know(spec, &process.folder, variables) {
            Ok(package) => known.push(package),
            Err(Unfilled::WaitsFor(names)) => waits.extend(names),
            Err(Unfilled::Wrong(found)) => problems.extend(found),
        }
    }
    (known, waits)
}

fn know<'a>(spec: &'a PackageSpec, folder: &Path, variables: &Variables) -> Result<KnownPackage<'a>, Unfilled> {
    let reference = &spec.reference;
    let named = |result: Result<PackageName, PackageNameError>, value: &SpannedValue| {
        result.map_err(|error| vec![Diagnostic::error("package-name", error.to_string()).at(&value.span)])
    };
    match &spec.source {
        PackageSource::Folder { from, version } => {
            let path = absolute(folder, Path::new(&text(from, variables)?));
            let name = named(PackageName::new(reference, &text(version, variables)?, ".zip"), version)?;
            if !path.is_dir() {
                let message = format!("the folder {} of package `{reference}` is not there", path.display());
                return Err(vec![Diagnostic::error("missing-package", message).at(&from.span)].into());
            }
            // One that cannot be read is told about when it is packed.
            if fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_none()) {
                let message = format!("the folder {} of package `{reference}` is empty", path.display());
                return Err(vec![Diagnostic::error("missing-package", message).at(&from.span)].into());
            }
            Ok(KnownPackage { spec, id: name.id, version: name.version.to_string(), place: Place::Folder(path) })
        }
        PackageSource::File { file } => {
            let path = absolute(folder, Path::new(&text(file, variables)?));
            let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let name = named(PackageName::parse(&file_name), file)?;
            if !path.is_file() {
                let message = format!("the file {} of package `{reference}` is not there", path.display());
                return Err(vec![Diagnostic::error("missing-package", message).at(&file.span)].into());
            }
            Ok(KnownPackage { spec, id: name.id, version: name.version.to_string(), place: Place::File(path) })
        }
    }
}

/// The text of a value that must be one and be known before the run.
fn text(value: &SpannedValue, variables: &Variables) -> Result<String, Unfilled> {
    let problem = |message: &str| vec![Diagnostic::error("package", message).at(&value.span)];
    let written = value.as_text().ok_or_else(|| problem("this must be text"))?;
    match variables.evaluate_text(written, Some(&value.span))? {
        Evaluated::Known(text) => Ok(text),
        Evaluated::Unknown(names) if are_asked_for(&names, variables) => Err(Unfilled::WaitsFor(names)),
        Evaluated::Unknown(names) => {
            let names = names.join("`, `");
            Err(problem(&format!("packages are acquired before the run, but `{names}` is known only in it")).into())
        }
    }
}

impl KnownPackage<'_> {
    /// The folder that is packed, if it is one.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(path) => Some(path),
            Place::File(_) => None,
        }
    }

    /// Opens a file and verifies its listing; what is yet to be packed is not looked at.
    pub(super) fn verify(&self, limits: &Limits) -> Result<(), Diagnostic> {
        let Place::File(path) = &self.place else { return Ok(()) };
        let opened = Archive::open(path, &ArchiveLimits::from(limits));
        opened.map(drop).map_err(|error| Diagnostic::error("bad-package", error.to_string()).at(&self.spec.span))
    }

    /// Packs a folder below `.wharf/packages` of the process's folder, or opens a file: verified either way.
    pub(super) fn acquire(&self, folder: &Path, limits: &Limits) -> Result<AcquiredPackage, Diagnostic> {
        let limits = ArchiveLimits::from(limits);
        let broken = |message: String| Diagnostic::error("bad-package", message).at(&self.spec.span);
        let (path, digest, bytes) = match &self.place {
            Place::File(path) => {
                let archive = Archive::open(path, &limits).map_err(|error| broken(error.to_string()))?;
                let digest = archive.digest().map_err(|error| broken(error.to_string()))?;
                let bytes = fs::metadata(path).map_err(|error| broken(format!("{}: {error}", path.display())))?.len();
                (path.clone(), digest, bytes)
            }
            Place::Folder(from) => {
                let out_folder = own_folder(folder).map_err(broken)?.join("packages");
                let selection =
                    FileSelection::new(&[] as &[&str], &[".wharf/**"]).map_err(|error| broken(error.to_string()))?;
                let packed = pack(&PackRequest {
                    out_folder: &out_folder,
                    existing: Existing::Replace,
                    ..PackRequest::new(from, &self.id, &self.version, &selection, &limits)
                })
                .map_err(|error| broken(error.to_string()))?;
                (packed.path, packed.digest, packed.bytes)
            }
        };
        let file = PackageFile {
            reference: self.spec.reference.clone(),
            id: self.id.clone(),
            version: self.version.clone(),
            path,
            digest,
        };
        Ok(AcquiredPackage { file, bytes })
    }
}

/// `.wharf` beside the process file, which no version control should keep.
fn own_folder(folder: &Path) -> Result<PathBuf, String> {
    let own = folder.join(".wharf");
    let ignore = own.join(".gitignore");
    let failed = |path: &Path, error: std::io::Error| format!("cannot write {}: {error}", path.display());
    fs::create_dir_all(&own).map_err(|error| failed(&own, error))?;
    if !ignore.exists() {
        fs::write(&ignore, "*\n").map_err(|error| failed(&ignore, error))?;
    }
    Ok(own)
}
