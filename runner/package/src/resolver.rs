use std::collections::HashMap;

use thiserror::Error;
use wharf_model::{OctopusVersion, OctopusVersionError};

use crate::PackageName;

/// Stands for every step, package or reference.
const ANY: &str = "*";
const SEPARATORS: [char; 3] = [':', '=', '/'];

/// Why a choice of a version is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PackageChoiceError {
    /// It does not have the form.
    #[error(
        "`{0}` chooses no package version: write PACKAGE:VERSION, STEP:VERSION or STEP:REFERENCE:VERSION, such as `SupportFlow:1.0.79`; `*` stands for any, and `=` or `/` may stand for `:`"
    )]
    Form(String),
    /// Two choices for the same are compared, and one is no version.
    #[error("`{version}` cannot be compared with the other version chosen for `{name}`: {problem}")]
    Incomparable {
        /// The step or package.
        name: String,
        /// The version.
        version: String,
        /// What is wrong with it.
        problem: OctopusVersionError,
    },
    /// The default is no version.
    #[error("the default package version `{0}` is none: to choose that of one package, write PACKAGE:VERSION")]
    Default(String),
}

/// Which versions of packages were chosen on the command line, in Octopus' grammar for `--package`: `SupportFlow:1.0.79` by
/// the package's ID or the step's name, `Deploy:Tools:2.0` by the step (or package) and the name of its package reference,
/// `Deploy:*:2.0` for all references, `*:2.0` for all packages. `=` and `/` separate like `:`. Names are compared without
/// regard to case. Of several choices for the same the highest version counts.
#[derive(Debug, Clone, Default)]
pub struct PackageVersionResolver {
    /// By step or package and by reference, in lower case.
    chosen: HashMap<(String, String), String>,
    default: Option<String>,
}

impl PackageVersionResolver {
    /// Takes a choice as it is written on the command line.
    pub fn add(&mut self, choice: &str) -> Result<(), PackageChoiceError> {
        let form = || PackageChoiceError::Form(choice.to_owned());
        // What follows a third part does not count, as Octopus has it.
        let parts: Vec<&str> = choice.split(SEPARATORS).collect();
        let (name, reference, version) = match parts.as_slice() {
            [] | [_] => return Err(form()),
            [name, version] => (*name, ANY, *version),
            [name, reference, version, ..] => (*name, *reference, *version),
        };
        if name.trim().is_empty() || version.trim().is_empty() {
            return Err(form());
        }
        self.add_version(name, reference, version)
    }

    /// Takes a version for a step or package, and one of its references, or `*`; an empty one is the package that has no
    /// name of its own in the step.
    pub fn add_version(&mut self, name: &str, reference: &str, version: &str) -> Result<(), PackageChoiceError> {
        if name == ANY && reference == ANY {
            return self.set_default(version);
        }
        let key = (name.to_lowercase(), reference.to_lowercase());
        if let Some(current) = self.chosen.get(&key) {
            let parsed = |version: &str| -> Result<OctopusVersion, PackageChoiceError> {
                version.parse().map_err(|problem| PackageChoiceError::Incomparable {
                    name: name.to_owned(),
                    version: version.to_owned(),
                    problem,
                })
            };
            if parsed(version)? < parsed(current)? {
                return Ok(());
            }
        }
        self.chosen.insert(key, version.to_owned());
        Ok(())
    }

    /// Takes the version of a package's file, `ID.version.extension`; answers whether it was one.
    pub fn add_file(&mut self, file_name: &str) -> Result<bool, PackageChoiceError> {
        match PackageName::parse(file_name) {
            Ok(name) => self.add_version(&name.id, ANY, name.version.as_str()).map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Takes the version of everything for which none was chosen.
    pub fn set_default(&mut self, version: &str) -> Result<(), PackageChoiceError> {
        if version.parse::<OctopusVersion>().is_err() {
            return Err(PackageChoiceError::Default(version.to_owned()));
        }
        self.default = Some(version.to_owned());
        Ok(())
    }

    /// The version that was chosen for a package of a step; `reference` is its name in the step, empty if it has none.
    ///
    /// A choice for the step counts more than one for the package, a choice for the reference more than one for all of
    /// them, and the default least.
    pub fn resolve(&self, step: &str, package: &str, reference: &str) -> Option<&str> {
        let chosen = |name: &str, reference: &str| self.chosen.get(&(name.to_lowercase(), reference.to_lowercase()));
        let names = [step, package];
        let exact = || names.iter().find_map(|name| chosen(name, reference));
        let any = || names.iter().find_map(|name| chosen(ANY, reference).or_else(|| chosen(name, ANY)));
        exact().or_else(any).or(self.default.as_ref()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn resolver(choices: &[&str]) -> PackageVersionResolver {
        let mut resolver = PackageVersionResolver::default();
        choices.iter().for_each(|choice| resolver.add(choice).expect("a test's choice is one"));
        resolver
    }

    #[test]
    fn the_most_specific_choice_counts() {
        let all = resolver(&["SupportFlow:1.0.79", "deploy:Tools:2.0", "Deploy=*=3.0", "*/Tools/4.0", "*:5.0"]);
        assert_eq!(all.resolve("Deploy", "Other", "tools"), Some("2.0"));
        assert_eq!(all.resolve("Test", "SupportFlow", "Tools"), Some("4.0"));
        assert_eq!(all.resolve("Deploy", "SupportFlow", ""), Some("3.0"));
        assert_eq!(all.resolve("Test", "supportflow", ""), Some("1.0.79"));
        assert_eq!(all.resolve("Test", "Other", ""), Some("5.0"));
        assert_eq!(resolver(&["A:1"]).resolve("Test", "B", ""), None);
        assert_eq!(resolver(&["A:1.9", "a:1.10", "A:1.2"]).resolve("", "A", ""), Some("1.10"));
    }

    #[test]
    fn files_are_choices() {
        let mut files = PackageVersionResolver::default();
        assert_eq!(files.add_file("drop/SupportFlow.1.0.79.zip"), Ok(true));
        assert_eq!(files.add_file("readme.md"), Ok(false));
        assert_eq!(files.resolve("Deploy", "SupportFlow", ""), Some("1.0.79"));
    }

    #[test]
    fn what_is_no_choice() {
        let refused = |choice: &str| PackageVersionResolver::default().add(choice).expect_err("it is none").to_string();
        insta::assert_snapshot!(refused("SupportFlow"), @"`SupportFlow` chooses no package version: write PACKAGE:VERSION, STEP:VERSION or STEP:REFERENCE:VERSION, such as `SupportFlow:1.0.79`; `*` stands for any, and `=` or `/` may stand for `:`");
        insta::assert_snapshot!(refused(":1.0"), @"`:1.0` chooses no package version: write PACKAGE:VERSION, STEP:VERSION or STEP:REFERENCE:VERSION, such as `SupportFlow:1.0.79`; `*` stands for any, and `=` or `/` may stand for `:`");
        insta::assert_snapshot!(refused("*:1.0!"), @"the default package version `1.0!` is none: to choose that of one package, write PACKAGE:VERSION");
        let twice = resolver(&["A:x!"]).add("A:1.0").expect_err("they cannot be compared").to_string();
        insta::assert_snapshot!(twice, @r"`x!` cannot be compared with the other version chosen for `A`: not a version: up to four numbers with dots between them, then `-` and a pre-release, then `+` and metadata, of letters, digits, `.`, `-`, `_` and `\`");
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused(choices in prop::collection::vec("[a-b*]{0,2}[:=/]?[a-b*]{0,2}[:=/]?[0-9.]{0,3}", 0..5)) {
            let mut resolver = PackageVersionResolver::default();
            let taken = choices.iter().filter(|choice| resolver.add(choice).is_ok()).count();
            prop_assert!(resolver.chosen.len() + usize::from(resolver.default.is_some()) <= taken);
        }
    }
}
