use wharf_model::{Diagnostic, PackageSource, PackageSpec, Process, did_you_mean};
use wharf_package::PackageVersionResolver;

use super::decide::PackageUse;

/// Which versions of packages were chosen for a run, in Octopus' grammar: see [`PackageVersionResolver`]. A package is
/// named by its ID or by its reference in the process file, a step by its name or its id.
#[derive(Debug, Clone, Default)]
pub struct PackageChoices {
    /// Each as it was written, with what it chooses.
    written: Vec<(String, PackageVersionResolver)>,
    all: PackageVersionResolver,
    /// The version of everything for which none was chosen.
    default: Option<String>,
}

/// A name that nothing has: what is found under it is the default.
const NOBODY: &str = "\0";

impl PackageChoices {
    /// Reads choices as they are written behind `--package`, and the version behind `--default-package-version`.
    ///
    /// # Errors
    /// All that are none.
    pub fn parse<S: AsRef<str>>(choices: &[S], default: Option<&str>) -> Result<Self, Vec<Diagnostic>> {
        let mut this = Self::default();
        let mut problems = Vec::new();
        for choice in choices.iter().map(AsRef::as_ref) {
            let mut one = PackageVersionResolver::default();
            match one.add(choice) {
                Ok(()) => match one.resolve(NOBODY, NOBODY, NOBODY) {
                    Some(version) => this.default = Some(version.to_owned()),
                    None => match this.all.add(choice) {
                        Ok(()) => this.written.push((choice.to_owned(), one)),
                        Err(error) => problems.push(Diagnostic::error("package-choice", error.to_string())),
                    },
                },
                Err(error) => problems.push(Diagnostic::error("package-choice", error.to_string())),
            }
        }
        if let Some(version) = default {
            match PackageVersionResolver::default().set_default(version) {
                Ok(()) => this.default = Some(version.to_owned()),
                Err(error) => problems.push(Diagnostic::error("package-choice", error.to_string())),
            }
        }
        if problems.is_empty() { Ok(this) } else { Err(problems) }
    }

    /// Whether nothing was chosen.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty() && self.default.is_none()
    }

    /// The version that was chosen for a package, if one was.
    pub(super) fn version_of(&self, package: &PackageUse, spec: &PackageSpec) -> Result<Option<String>, Diagnostic> {
        let mut found: Option<(&str, String)> = None;
        for (step, version) in chosen(&self.all, package, &spec.reference) {
            match &found {
                Some((other, known)) if *known != version => {
                    let message = format!(
                        "the step `{other}` was given version {known} of package `{}`, and the step `{step}` {version}",
                        spec.reference
                    );
                    let problem = Diagnostic::error("package-choice", message).at(&spec.span);
                    return Err(problem.help("a run has one version of each package: choose one for both"));
                }
                Some(_) => {}
                None => found = Some((step, version)),
            }
        }
        let version = found.map(|(_, version)| version);
        match (&spec.source, version, &package.version) {
            (PackageSource::File { .. }, Some(version), Some(own)) if version != *own => {
                let message = format!("version {version} was chosen for package `{}`, which is a file", spec.reference);
                let problem = Diagnostic::error("package-choice", message).at(&spec.span);
                Err(problem.help(format!("its version is that of its name, {own}: name another file")))
            }
            (PackageSource::File { .. }, _, _) => Ok(None),
            (_, None, _) => Ok(self.default.clone()),
            (_, version, _) => Ok(version),
        }
    }

    /// Choices that choose nothing.
    pub(super) fn unused(&self, process: &Process, uses: &[PackageUse]) -> Vec<Diagnostic> {
        let is_used = |one: &PackageVersionResolver| {
            process.packages.iter().zip(uses).any(|(spec, package)| !chosen(one, package, &spec.reference).is_empty())
        };
        let unused = self.written.iter().filter(|(_, one)| !is_used(one));
        unused.map(|(written, _)| nothing_chosen(written, process, uses)).collect()
    }
}

/// The versions that are chosen for a package, with the step of each.
fn chosen<'a>(resolver: &PackageVersionResolver, package: &'a PackageUse, reference: &str) -> Vec<(&'a str, String)> {
    let version = |step: &str| {
        // The ID first, then the name that the process file gives it.
        let of_id = resolver.resolve(step, &package.id, reference);
        of_id.or_else(|| resolver.resolve(step, reference, reference)).map(str::to_owned)
    };
    if package.steps.is_empty() {
        return version(NOBODY).into_iter().map(|version| ("", version)).collect();
    }
    let steps = package.steps.iter();
    steps
        .filter_map(|(id, name)| {
            let of_step = |step: &str| {
                let found = version(step)?;
                // What is chosen for the package is found under any step.
                (Some(&found) != version(NOBODY).as_ref()).then_some(found)
            };
            let version = of_step(name).or_else(|| of_step(id)).or_else(|| version(NOBODY))?;
            Some((name.as_str(), version))
        })
        .collect()
}

fn nothing_chosen(written: &str, process: &Process, uses: &[PackageUse]) -> Diagnostic {
    let problem = Diagnostic::error("package-choice", format!("`{written}` chooses no package of this run"));
    let name = written.split([':', '=', '/']).next().unwrap_or_default();
    if process.packages.is_empty() {
        return problem.help("the process has no packages");
    }
    let mut names: Vec<&str> = Vec::new();
    for (spec, package) in process.packages.iter().zip(uses) {
        let steps = package.steps.iter().map(|(_, name)| name.as_str());
        for name in [spec.reference.as_str(), package.id.as_str()].into_iter().chain(steps) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    did_you_mean(name, names.iter().copied()).into_iter().fold(problem, Diagnostic::help)
}
