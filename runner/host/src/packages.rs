//! The power over packages: reading archives, and extracting them at native speed.

use std::ops::ControlFlow;
use std::sync::Arc;

use wharf_model::{Failure, FailureCode, Limit, PackageFile, StepCall};
use wharf_package::{Archive, ArchiveError, ArchiveLimits, Entry, EntryPatterns, ExtractError, FileSelection};

use crate::files::{FileError, Files};

/// A package that a step has opened.
pub struct OpenPackage {
    pub(crate) file: PackageFile,
    archive: Arc<Archive>,
    limits: wharf_model::Limits,
}

impl OpenPackage {
    /// Opens the package with this reference, if the step may.
    pub(crate) fn open(call: &StepCall, reference: &str) -> Result<Self, Failure> {
        let known = call.packages.iter().find(|package| package.reference.eq_ignore_ascii_case(reference));
        let granted = call.grants.packages.iter().any(|granted| granted.eq_ignore_ascii_case(reference));
        let file = match known {
            Some(file) if granted => file.clone(),
            Some(file) => {
                let name = &file.reference;
                return Err(Failure::denied(
                    format!("the step may not open the package `{name}`"),
                    format!("allow: {{ packages: [{name}] }}"),
                ));
            }
            None => return Err(Failure::new(FailureCode::NotFound, format!("there is no package `{reference}`"))),
        };
        let limits = ArchiveLimits::from(&call.limits);
        let archive = if file.path.is_dir() {
            Archive::of_folder(&file.path, &FileSelection::all(), &limits)
        } else {
            Archive::open_named(&file.path, &file.file_name, &limits)
        };
        let archive = archive.map_err(|error| failure_of(&error, &call.limits))?;
        Ok(Self { file, archive: Arc::new(archive), limits: call.limits.clone() })
    }

    /// Some entries from a number on.
    pub(crate) fn entries(&self, offset: u32, limit: u32) -> &[Entry] {
        let entries = self.archive.entries();
        let begin = (offset as usize).min(entries.len());
        let end = begin.saturating_add(limit as usize).min(entries.len());
        &entries[begin..end]
    }

    /// Bytes of an entry.
    pub(crate) fn read(&self, path: &str, offset: u64, length: u32) -> Result<Vec<u8>, Failure> {
        let most = self.limits.get(Limit::CallBytes);
        if u64::from(length) > most {
            return Err(Failure::limit(Limit::CallBytes, most, "it reads too much of a package at once"));
        }
        self.archive.read(path, offset, length).map_err(|error| failure_of(&error, &self.limits))
    }

    /// What an extraction needs, without a borrow of this package.
    pub(crate) fn extraction(&self) -> Extraction {
        Extraction { archive: Arc::clone(&self.archive), limits: self.limits.clone() }
    }
}

/// An extraction to come.
pub(crate) struct Extraction {
    archive: Arc<Archive>,
    limits: wharf_model::Limits,
}

impl Extraction {
    /// Extracts into a directory of the step; `go_on` is asked from time to time. Answers the number of files.
    pub(crate) fn run(
        &self,
        files: &mut Files,
        into: &str,
        patterns: &[String],
        mut go_on: impl FnMut(u64, u64) -> bool,
    ) -> Result<u64, ExtractionFailed> {
        let patterns = if patterns.is_empty() {
            EntryPatterns::all()
        } else {
            EntryPatterns::new(patterns)
                .map_err(|error| Failure::new(FailureCode::Invalid, error.to_string()))
                .map_err(ExtractionFailed::Failure)?
        };
        let mut destination = files.destination(into).map_err(ExtractionFailed::Files)?;
        let mut progress = |progress: &wharf_package::ExtractProgress<'_>| {
            if go_on(progress.files, progress.total_files) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        match self.archive.extract(&mut destination, &patterns, &mut progress) {
            Ok(extracted) => Ok(extracted.files),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(&self, error: ExtractError) -> ExtractionFailed {
        match error {
            ExtractError::Archive(error) => ExtractionFailed::Failure(failure_of(&error, &self.limits)),
            ExtractError::Destination { entry, problem, .. } => match problem.downcast::<FileError>() {
                Ok(error) => match *error {
                    FileError::Io(error) => ExtractionFailed::Failure(Failure::new(
                        FailureCode::Failed,
                        format!("{entry} cannot be written: {error}"),
                    )),
                    error => ExtractionFailed::Files(error),
                },
                Err(problem) => ExtractionFailed::Failure(Failure::new(
                    FailureCode::Failed,
                    format!("{entry} cannot be written: {problem}"),
                )),
            },
            other => ExtractionFailed::Failure(Failure::new(FailureCode::Cancelled, other.to_string())),
        }
    }
}

/// Why an extraction failed.
pub(crate) enum ExtractionFailed {
    Files(FileError),
    Failure(Failure),
}

fn failure_of(error: &ArchiveError, limits: &wharf_model::Limits) -> Failure {
    match error.limit() {
        Some(limit) => {
            let mut failure = Failure::limit(limit, limits.get(limit), "the package is too large");
            failure.message = error.to_string();
            failure
        }
        None => Failure::new(FailureCode::Failed, error.to_string()),
    }
}
