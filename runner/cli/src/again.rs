//! Commands that do the same again, as a user would type them.

use std::collections::HashSet;

use wharf_engine::Schedule;
use wharf_model::{PackageSource, PackageSpec, PackedVersion, Process, VariableCandidate, VariableSet, VariableValue};
use wharf_report::Next;

use crate::arguments::VariableArguments;
use crate::schedule::ScheduleArguments;
use crate::shell::quoted;
use crate::variables::definition;

/// The next useful command: the next environment in promotion order, or the same again after a failure.
pub fn next(
    arguments: &ScheduleArguments,
    process: &Process,
    schedule: &Schedule,
    environment: Option<&str>,
    secrets: &HashSet<String>,
) -> Next {
    let command = |environment: Option<&str>, more: &str| run_command(arguments, environment, secrets) + more;
    let names = process.environments.iter().map(|environment| environment.name.as_str());
    let following = names.skip_while(|name| Some(*name) != environment).nth(1);
    Next {
        succeeded: following.map(|following| command(Some(following), &decided_versions(arguments, process, schedule))),
        failed: Some(resume_command(arguments)),
    }
}

/// The command that goes on with the run.
fn resume_command(arguments: &ScheduleArguments) -> String {
    match &arguments.file.file {
        Some(file) => format!("wharf resume -f {}", quoted(&file.display().to_string())),
        None => "wharf resume".to_owned(),
    }
}

/// The command that runs this again.
pub fn run_command(arguments: &ScheduleArguments, environment: Option<&str>, secrets: &HashSet<String>) -> String {
    let mut command = String::from("wharf run");
    if arguments.process != "deploy" {
        command.push_str(&format!(" {}", quoted(&arguments.process)));
    }
    if let Some(file) = &arguments.file.file {
        command.push_str(&format!(" -f {}", quoted(&file.display().to_string())));
    }
    if let Some(environment) = environment {
        command.push_str(&format!(" -e {}", quoted(environment)));
    }
    command.push_str(&variable_options(&arguments.variables, secrets));
    if arguments.lenient.lenient {
        command.push_str(" --lenient");
    }
    for choice in &arguments.packages {
        command.push_str(&format!(" --package {}", quoted(choice)));
    }
    if let Some(version) = &arguments.default_package_version {
        command.push_str(&format!(" --default-package-version {}", quoted(version)));
    }
    command.push_str(arguments.lock.options());
    if arguments.offline {
        command.push_str(" --offline");
    }
    command
}

/// The options that choose again what this run decided: what was tried in one environment is what goes to the next.
pub fn decided_versions(arguments: &ScheduleArguments, process: &Process, schedule: &Schedule) -> String {
    let choices = decided_choices(arguments, process, schedule);
    choices.iter().map(|choice| format!(" --package {}", quoted(choice))).collect()
}

/// The choices of package versions that this run decided by itself.
pub fn decided_choices(arguments: &ScheduleArguments, process: &Process, schedule: &Schedule) -> Vec<String> {
    if !arguments.packages.is_empty() || arguments.default_package_version.is_some() {
        // Those were chosen, and stand in the command already.
        return Vec::new();
    }
    let is_decided = |spec: &&PackageSpec| match &spec.source {
        PackageSource::Feed { .. } => true,
        PackageSource::Folder { version, .. } => matches!(version, PackedVersion::GitTag(_)),
        PackageSource::File { .. } => false,
    };
    let used = |spec: &PackageSpec| {
        let mut packages = schedule.packages.iter();
        packages.find(|package| package.file.reference == spec.reference)
    };
    let decided = process.packages.iter().filter(is_decided).filter_map(used);
    decided.map(|package| format!("{}:{}", package.file.reference, package.file.version)).collect()
}

/// The options that give the same variables again. A value for a secret is shown nowhere.
fn variable_options(arguments: &VariableArguments, secrets: &HashSet<String>) -> String {
    let is_secret = |given: &str| definition(given).is_ok_and(|given| secrets.contains(&given.name.to_lowercase()));
    let files = arguments.files.iter().map(|file| format!(" --variable-file {}", quoted(&file.display().to_string())));
    let plain = arguments.variables.iter().filter(|given| !is_secret(given));
    files.chain(plain.map(|given| format!(" --variable {}", quoted(given)))).collect()
}

/// The names of variables that are secrets somewhere, in lower case.
pub fn secret_names(process: &Process, sets: &[VariableSet]) -> HashSet<String> {
    let definitions = sets.iter().flat_map(|set| &set.definitions).chain(&process.variables);
    let secrets = definitions.filter(|definition| definition.candidates.iter().any(is_secret));
    secrets.map(|definition| definition.name.to_lowercase()).collect()
}

fn is_secret(candidate: &VariableCandidate) -> bool {
    matches!(candidate.value, VariableValue::Secret(_))
}
