//! The standard step `deploy-package`.

mod content;
mod cut;
mod deploy;
mod lock;
mod manifest;
mod purge;
mod restore;
mod retention;
mod site;
mod state;
mod temporary;
mod verify;

use wharf_step::prelude::*;
use wharf_step_support::check_path;

#[inputs]
#[schemars(extend("anyOf" = [{ "required": ["package", "into"] }, { "required": ["restore"] }]))]
struct DeployPackage {
    /// The package.
    #[input(power = "package")]
    #[schemars(length(min = 1))]
    package: Option<String>,
    /// The directory of the site: releases are in `releases/` below it, and the link `current` points to the live one.
    #[input(power = "write")]
    #[schemars(length(min = 1))]
    into: Option<String>,
    /// Globs of files in the package whose tokens (`#{Name}`) are evaluated, such as `appsettings.json` or `**/*.config`.
    /// Encodings and line ends are kept; files that are not text are left alone.
    #[input(default, power = "variables")]
    substitute: Vec<String>,
    /// Echo tokens that cannot be evaluated instead of failing.
    #[input(default)]
    lenient: bool,
    /// How many releases are kept, the live one included. The live one and the one before it are always kept.
    #[input(default = 3)]
    #[schemars(range(min = 1))]
    keep: u32,
    /// Remove everything from `into` that this step did not make: files beside `releases/` and `current`, and unknown
    /// directories in `releases/`. Refused where `into` holds a project, and where it has never been this step's alone.
    #[input(default)]
    purge: bool,
    /// The id of an earlier `deploy-package` step, instead of `package` and `into`: makes live again what was live when
    /// that step began in this run. Does nothing if nothing was, or if that step did not run.
    #[input(power = "step")]
    #[schemars(length(min = 1))]
    restore: Option<String>,
}

#[outputs]
struct Deployed {
    /// The directory of the site.
    #[output(known_in_plan)]
    into: String,
    /// The link to the live release.
    #[output(known_in_plan)]
    path: String,
    /// The directory of the live release.
    #[output(known_in_plan)]
    release: String,
    /// The version that is live.
    #[output(known_in_plan)]
    version: String,
    /// The release that was live when this step began, by the name of its directory; empty if none was.
    #[output(known_in_plan, live)]
    previous: String,
    /// How many files the release has.
    #[output(known_in_plan)]
    files: Option<u64>,
}

/// Deploys a package into a directory, with a new directory for each release.
///
/// The release is extracted beside the live one, its tokens are evaluated, and the link `current` is switched over in one
/// go: at any time, a power cut included, the old or the new release is live and whole. What is live is never edited: when
/// variables have changed or files are damaged, the same version is deployed anew as `releases/<version>_1`. If the package
/// is live already, nothing is touched: contents and permissions of its files are compared, and files that were added are
/// left alone. Several runs may deploy into the same directory at once: the last one to be complete is live.
#[step(outputs = Deployed, powers(secrets), idempotent, destructive)]
fn run(input: DeployPackage) -> Result {
    match (input.package, input.into, input.restore) {
        (Some(package), Some(into), None) => {
            check_path(&into, "into")?;
            let options = deploy::Options {
                substitute: input.substitute,
                lenient: input.lenient,
                keep: input.keep as usize,
                purge: input.purge,
            };
            deploy::deploy(&package, &into, &options)
        }
        (None, None, Some(step)) => restore::restore(&step),
        _ => Err(Error::invalid("give either `package` and `into`, or `restore`").with_input("/package")),
    }
}

#[cfg(test)]
mod tests;
