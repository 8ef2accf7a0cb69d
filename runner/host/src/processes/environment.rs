use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use wharf_model::{Failure, FailureCode, Grants};

use crate::secrets::Secrets;

/// Variables that every program gets, because hardly one works without them. None of them is a secret.
const BASICS: &[&str] = if cfg!(windows) {
    &[
        "PATH",
        "PATHEXT",
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "WINDIR",
        "COMSPEC",
        "USERPROFILE",
        "USERNAME",
        "TEMP",
        "TMP",
        "LANG",
    ]
} else {
    &["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"]
};

/// The environment from which programs get what they may have: Wharf's own, as it was when the host was made.
#[derive(Clone)]
pub struct BaseEnvironment {
    variables: Arc<BTreeMap<OsString, OsString>>,
}

impl BaseEnvironment {
    /// Wharf's own environment.
    pub fn from_env() -> Self {
        Self::new(std::env::vars_os())
    }

    /// One of these variables.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self { variables: Arc::new(variables.into_iter().map(|(name, value)| (key(&name), value)).collect()) }
    }

    /// The environment of a program: the basics, the variables that are granted by name, and what the step sets.
    pub(super) fn of_program(
        &self,
        grants: &Grants,
        set: &[(String, String)],
        secrets: &Secrets,
    ) -> Result<BTreeMap<OsString, OsString>, Failure> {
        let names = BASICS.iter().copied().chain(grants.env.iter().map(String::as_str));
        let mut environment: BTreeMap<OsString, OsString> = names
            .map(|name| key(OsStr::new(name)))
            .filter_map(|name| self.variables.get(&name).map(|value| (name, value.clone())))
            .collect();
        for (name, value) in set {
            check_name(name, grants)?;
            let value = secrets.resolve(value);
            if value.contains('\0') {
                return Err(Failure::new(FailureCode::Invalid, format!("the variable `{name}` has a zero byte")));
            }
            environment.insert(key(OsStr::new(name)), OsString::from(value.as_ref()));
        }
        Ok(environment)
    }
}

/// Names that differ in case only are one variable on Windows.
fn key(name: &OsStr) -> OsString {
    if cfg!(windows) { name.to_ascii_uppercase() } else { name.to_owned() }
}

fn check_name(name: &str, grants: &Grants) -> Result<(), Failure> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(Failure::new(
            FailureCode::Invalid,
            format!("`{}` cannot be the name of a variable", name.escape_debug()),
        ));
    }
    let same = |granted: &String| key(OsStr::new(granted)) == key(OsStr::new(name));
    if changes_what_runs(name) && !grants.env.iter().any(same) {
        return Err(Failure::denied(
            format!("a step cannot set `{name}`: it would make a granted program run other code"),
            format!("allow: {{ env: [{name}] }}"),
        ));
    }
    Ok(())
}

/// Whether a variable makes a program load or run something else than itself.
fn changes_what_runs(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let name = if cfg!(windows) { upper.as_str() } else { name };
    matches!(name, "PATH" | "BASH_ENV" | "ENV")
        || name.starts_with("LD_")
        || name.starts_with("DYLD_")
        || name.ends_with("_OPTIONS")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::secret;

    fn none() -> Secrets {
        Secrets::new(&[])
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn base(variables: &[(&str, &str)]) -> BaseEnvironment {
        BaseEnvironment::new(pairs(variables).into_iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn a_program_gets_basics_grants_and_what_the_step_sets() {
        let base = base(&[("PATH", "/bin"), ("AWS_SECRET", "x"), ("CI", "true"), ("LANG", "C")]);
        let grants = Grants { env: vec!["CI".into(), "ABSENT".into()], ..Grants::default() };
        let environment =
            base.of_program(&grants, &pairs(&[("A", "1"), ("LANG", "de")]), &none()).expect("an environment");
        let names: Vec<_> = environment.iter().map(|(name, value)| format!("{name:?}={value:?}")).collect();
        assert_eq!(names, [r#""A"="1""#, r#""CI"="true""#, r#""LANG"="de""#, r#""PATH"="/bin""#]);
    }

    #[test]
    fn names_that_change_what_runs_need_a_grant() {
        for name in ["PATH", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS"] {
            let set = pairs(&[(name, "x")]);
            let failure = base(&[]).of_program(&Grants::default(), &set, &none()).expect_err(name);
            assert_eq!(failure.code, FailureCode::Denied);
            assert_eq!(failure.add, Some(format!("allow: {{ env: [{name}] }}")));
            let granted = Grants { env: vec![name.into()], ..Grants::default() };
            assert!(base(&[]).of_program(&granted, &set, &none()).is_ok());
        }
        for name in ["", "A=B", "A\0"] {
            let failure = base(&[]).of_program(&Grants::default(), &pairs(&[(name, "x")]), &none()).expect_err(name);
            assert_eq!(failure.code, FailureCode::Invalid);
        }
    }

    #[test]
    fn secrets_are_filled_in() {
        let secret = secret("secret:ab", "Token", "hunter2");
        let set = pairs(&[("TOKEN", "x-secret:ab")]);
        let environment =
            base(&[]).of_program(&Grants::default(), &set, &Secrets::new(&[secret])).expect("an environment");
        assert_eq!(environment.get(OsStr::new("TOKEN")), Some(&OsString::from("x-hunter2")));
    }
}
