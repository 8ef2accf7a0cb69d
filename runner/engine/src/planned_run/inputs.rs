use std::collections::BTreeMap;
use std::path::Path;

use wharf_model::{Diagnostic, SourceFile, VariableOrigin, VariableValue};
use wharf_package::{Archive, ArchiveLimits, FileSelection};

use super::PlanKey;
use crate::resolve::Request;
use crate::{AcquiredPackage, Schedule};

/// Everything that decides what a run does, each under the name by which a user knows it, as digests.
///
/// # Errors
/// When the folder of a package cannot be read.
pub(super) fn inputs_of(
    request: &Request<'_>,
    schedule: &Schedule,
    wharf: &str,
    key: &PlanKey,
) -> Result<BTreeMap<String, String>, Diagnostic> {
    let mut inputs = BTreeMap::new();
    let mut put = |name: String, texts: &[&str]| drop(inputs.insert(name, key.digest(texts)));
    put("wharf itself".into(), &[wharf]);
    let process = request.process;
    put(format!("the process file {}", name_of(&process.file)), &[&process.file.text]);
    put("the process that runs".into(), &[request.process_name]);
    put("the environment".into(), &[request.environment.unwrap_or_default()]);
    put("`--lenient`".into(), &[if request.lenient { "yes" } else { "no" }]);
    let mut files: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for set in &request.variable_sets {
        if set.origin == VariableOrigin::CommandLine {
            for definition in &set.definitions {
                let values = definition.candidates.iter().filter_map(|candidate| match &candidate.value {
                    VariableValue::Plain(value) => value.as_text(),
                    VariableValue::Secret(_) | VariableValue::Prompt(_) => None,
                });
                put(format!("the variable `{}` of the command line", definition.name), &values.collect::<Vec<_>>());
            }
        } else if let Some(first) = set.definitions.first() {
            // Of several with one name the order decides which one wins.
            files.entry(name_of(&first.span.file)).or_default().push(&first.span.file.text);
        }
    }
    for (name, texts) in files {
        put(format!("the variable file {name}"), &texts);
    }
    let mut secrets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for secret in &schedule.secrets {
        secrets.entry(&secret.name).or_default().push(&secret.value);
    }
    for (name, mut values) in secrets {
        values.sort_unstable();
        put(format!("the secret `{name}`"), &values);
    }
    for step in &schedule.steps {
        if let Some(component) = &step.component {
            put(format!("the component `{}`", step.step.uses), &[&component.digest]);
        }
    }
    for package in &schedule.packages {
        let digest = content_of(package, schedule)?;
        let file = &package.file;
        put(format!("the package `{}`", file.reference), &[&file.id, &file.version, &digest]);
    }
    Ok(inputs)
}

/// The name of a file, wherever one stands when one names it.
fn name_of(file: &SourceFile) -> String {
    let name = Path::new(&file.name).file_name();
    name.map_or_else(|| file.name.clone(), |name| name.to_string_lossy().into_owned())
}

/// What is in a package: of one that is packed from a folder, what is in the folder, since a plan packs nothing.
fn content_of(package: &AcquiredPackage, schedule: &Schedule) -> Result<String, Diagnostic> {
    let Some(folder) = &package.folder else { return Ok(package.file.digest.clone()) };
    let failed = |error: String| {
        Diagnostic::error("bad-package", format!("{} of `{}`: {error}", folder.display(), package.file.reference))
    };
    let limits = schedule.steps.first().map(|step| ArchiveLimits::from(&step.limits)).unwrap_or_default();
    let selection = FileSelection::new(&[] as &[&str], &[".wharf/**"]).map_err(|error| failed(error.to_string()))?;
    let archive = Archive::of_folder(folder, &selection, &limits).map_err(|error| failed(error.to_string()))?;
    archive.digest().map_err(|error| failed(error.to_string()))
}
