use std::path::PathBuf;

use crate::{HttpPolicy, NamePattern, Span};

/// What may be done with a granted path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileAccess {
    /// Reading and listing.
    Read,
    /// Reading, creating, changing and deleting.
    Write,
}

/// Where a grant comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantOrigin {
    /// Written under `allow:`, at this place.
    Allowed(Span),
    /// Follows from an input of a standard step: the input's JSON pointer.
    Input(String),
    /// Made by a test or by the host itself.
    Host,
}

/// A granted file, directory, or path that does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileGrant {
    /// The machine's absolute path.
    pub path: PathBuf,
    /// What may be done.
    pub access: FileAccess,
    /// Where it comes from.
    pub origin: GrantOrigin,
}

/// A granted program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramGrant {
    /// The name in the grant, such as `terraform`, or an absolute path.
    pub name: String,
    /// Where the name was found before the run; none if it was not.
    pub path: Option<PathBuf>,
    /// Where it comes from.
    pub origin: GrantOrigin,
}

/// All powers of one step: nothing by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Files and directories.
    pub files: Vec<FileGrant>,
    /// HTTP requests.
    pub http: HttpPolicy,
    /// Programs.
    pub programs: Vec<ProgramGrant>,
    /// Programs that are started in a plan too, if `programs` grants them: the name with the arguments that must come
    /// first.
    pub programs_in_plan: Vec<(String, Vec<String>)>,
    /// Environment variables, by exact name.
    pub env: Vec<String>,
    /// Variables of the run.
    pub variables: Vec<NamePattern>,
    /// Secrets whose value the step may hold, by name.
    pub secrets: Vec<NamePattern>,
    /// References of packages.
    pub packages: Vec<String>,
}

impl Grants {
    /// Whether a variable may be read.
    pub fn allows_variable(&self, name: &str) -> bool {
        self.variables.iter().any(|pattern| pattern.matches(name))
    }

    /// Whether the value of a secret may be held.
    pub fn allows_secret(&self, name: &str) -> bool {
        self.secrets.iter().any(|pattern| pattern.matches(name))
    }

    /// Whether a program with these arguments is started in a plan too.
    pub fn allows_in_plan(&self, grant: &ProgramGrant, args: &[String]) -> bool {
        let mut rules = self.programs_in_plan.iter().filter(|(name, _)| *name == grant.name);
        rules.any(|(_, first)| args.starts_with(first))
    }

    /// Whether something may leave the sandbox in a plan.
    pub fn has_way_out_of_plan(&self) -> bool {
        !self.http.in_plan().is_empty() || !self.programs_in_plan.is_empty()
    }

    /// The grant of a program, by its name or its resolved path.
    pub fn program(&self, name: &str) -> Option<&ProgramGrant> {
        self.programs
            .iter()
            .find(|grant| grant.name == name || grant.path.as_deref().is_some_and(|path| path.as_os_str() == name))
    }
}
