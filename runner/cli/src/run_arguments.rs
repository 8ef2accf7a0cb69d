//! With what a run was begun, to be kept and to begin with again.

use std::path::{Path, PathBuf};

use wharf_model::{RunArguments, VariableOrigin, VariableValue};

use crate::again::decided_choices;
use crate::arguments::{FileArgument, LenientArgument, VariableArguments};
use crate::error::CommandError;
use crate::process_file::FILE_NAME;
use crate::schedule::{Ready, ScheduleArguments};

/// What is kept: with what was answered and decided, and without values for secrets.
pub fn run_arguments(ready: &Ready<'_>, arguments: &ScheduleArguments) -> Result<RunArguments, CommandError> {
    let absolute = |path: &Path| {
        std::path::absolute(path)
            .map_err(|error| CommandError::failed(format!("{} has no place: {error}", path.display())))
    };
    let given = ready.request.variable_sets.iter().filter(|set| set.origin == VariableOrigin::CommandLine);
    let public = given
        .flat_map(|set| &set.definitions)
        .filter(|definition| !ready.secrets.contains(&definition.name.to_lowercase()));
    let variables = public.filter_map(|definition| match &definition.candidates.first()?.value {
        VariableValue::Plain(value) => Some(format!("{}={}", definition.name, value.as_text()?)),
        _ => None,
    });
    let mut packages = arguments.packages.clone();
    packages.extend(arguments.default_package_version.iter().map(|version| format!("*:{version}")));
    packages.extend(decided_choices(arguments, ready.process, ready.schedule));
    Ok(RunArguments {
        file: absolute(Path::new(&ready.process.file.name))?,
        process: arguments.process.clone(),
        environment: ready.environment.map(str::to_owned),
        variables: variables.collect(),
        variable_files: arguments.variables.files.iter().map(|path| absolute(path)).collect::<Result<_, _>>()?,
        lenient: arguments.lenient.lenient,
        packages,
    })
}

/// The arguments that mean the same again, with those variables, among them secrets, that are given now.
pub fn again(kept: &RunArguments, given: &ScheduleArguments) -> ScheduleArguments {
    ScheduleArguments {
        process: kept.process.clone(),
        file: FileArgument { file: Some(nearest(&kept.file)).filter(|file| file != Path::new(FILE_NAME)) },
        environment: kept.environment.clone(),
        variables: VariableArguments {
            variables: kept.variables.iter().chain(&given.variables.variables).cloned().collect(),
            files: kept.variable_files.iter().chain(&given.variables.files).cloned().collect(),
        },
        lenient: LenientArgument { lenient: kept.lenient },
        packages: kept.packages.clone(),
        default_package_version: None,
        lock: given.lock,
        offline: given.offline,
    }
}

/// A path from here, where it lies below: that is how a user would write it.
fn nearest(path: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or_else(|| path.to_owned())
}
