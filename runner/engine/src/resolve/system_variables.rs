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
/// Versions that are decided later are declared.
pub(super) fn with_packages(mut variables: Variables, process: &Process, packages: &[KnownPackage<'_>]) -> Variables {
    for (index, spec) in process.packages.iter().enumerate() {
        let reference = &spec.reference;
        let known = packages.iter().find(|package| package.spec.reference == *reference);
        let (id, version) = known
            .map_or((reference.as_str(), Some("0.0.0")), |package| (package.id.as_str(), package.version.as_deref()));
        variables = variables
            .with_system(&format!("Wharf.Package[{reference}].Id"), id)
            .with_system(&format!("Octopus.Action.Package[{reference}].PackageId"), id);
        for (prefix, name) in version_variables(reference, index == 0) {
            match version {
                Some(version) => variables = variables.with_system(&format!("{prefix}.{name}"), version),
                None => variables.declare_system(&prefix, name),
            }
        }
    }
    variables
}

/// The variables that hold a package's version, in two parts; the first package's is the release's number too.
pub(super) fn version_variables(reference: &str, is_first: bool) -> Vec<(String, &'static str)> {
    let mut names = vec![
        (format!("Wharf.Package[{reference}]"), "Version"),
        (format!("Octopus.Action.Package[{reference}]"), "PackageVersion"),
    ];
    if is_first {
        names.extend([("Wharf.Release".to_owned(), "Number"), ("Octopus.Release".to_owned(), "Number")]);
    }
    names
}

/// Whether a name for which something waits is that of a package's version.
pub(super) fn is_package_version(name: &str) -> bool {
    let name = name.to_lowercase();
    let is_of = |prefix: &str, end: &str| name.starts_with(prefix) && name.ends_with(end);
    is_of("wharf.package[", "].version")
        || is_of("octopus.action.package[", "].packageversion")
        || matches!(name.as_str(), "wharf.release.number" | "octopus.release.number")
}
