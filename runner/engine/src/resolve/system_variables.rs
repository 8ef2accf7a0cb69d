use wharf_model::Process;
use wharf_variables::Variables;

use super::Request;
use super::packages::KnownPackage;

/// The variables with those that Wharf itself sets, each also under its Octopus name.
pub(super) fn with_run(variables: Variables, request: &Request<'_>) -> Variables {
    let mut variables = variables
        .with_system("Wharf.Project.Name", &request.process.project)
        .with_system("Octopus.Project.Name", &request.process.project)
        .with_system("Wharf.Run.Id", &request.run_id);
    if let Some(environment) = request.environment {
        variables = variables
            .with_system("Wharf.Environment.Name", environment)
            .with_system("Octopus.Environment.Name", environment);
    }
    variables
}

/// The same with what is known of packages. Without a release, its number is the version of the first package.
/// A package of which nothing is known, because it is wrong, has a version all the same: its problem is told once.
pub(super) fn with_packages(mut variables: Variables, process: &Process, packages: &[KnownPackage<'_>]) -> Variables {
    for (index, spec) in process.packages.iter().enumerate() {
        let reference = &spec.reference;
        let known = packages.iter().find(|package| package.spec.reference == *reference);
        let (id, version) = known.map_or((reference.as_str(), "0.0.0"), |package| (&package.id, &package.version));
        variables = variables
            .with_system(&format!("Wharf.Package[{reference}].Id"), id)
            .with_system(&format!("Wharf.Package[{reference}].Version"), version)
            .with_system(&format!("Octopus.Action.Package[{reference}].PackageId"), id)
            .with_system(&format!("Octopus.Action.Package[{reference}].PackageVersion"), version);
        if index == 0 {
            variables =
                variables.with_system("Wharf.Release.Number", version).with_system("Octopus.Release.Number", version);
        }
    }
    variables
}
