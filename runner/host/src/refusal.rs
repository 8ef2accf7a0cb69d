//! What the host refused while a step ran. A step often says no more than "permission denied", or panics with it: then
//! this says of what, and what to add.

use std::path::PathBuf;

use wharf_model::{Failure, FailureCode, FileAccess, Limit, Limits};

use crate::files::FileError;
use crate::state::{StepState, file_failure};

/// Everything that was refused in one attempt.
pub(crate) struct Refused {
    memory: Option<Failure>,
    work: Option<Failure>,
    http: Option<Failure>,
    /// A file that a plan did not show.
    unplanned: Option<Failure>,
    files: Vec<(PathBuf, FileAccess)>,
}

/// The failure of a step that may not have more memory, or more elements in its tables.
pub(crate) fn out_of(limit: Limit, limits: &Limits) -> Failure {
    let what = if limit == Limit::Memory { "its memory is used up" } else { "its tables are full" };
    Failure::limit(limit, limits.get(limit), what)
}

impl Refused {
    /// What was refused so far.
    pub(crate) fn of(state: &StepState) -> Self {
        let full = |(limit, value)| file_failure(&FileError::Limit { limit, value });
        Self {
            memory: state.limiter.hit().map(|limit| out_of(limit, &state.call.limits)),
            work: state.files.limit_hit().map(full),
            http: state.refusals.last(),
            unplanned: state.files.unplanned().map(|path| file_failure(&FileError::Unplanned(path.to_owned()))),
            files: state.files.refused().to_vec(),
        }
    }

    /// The failure with what was refused, if that is why the step failed.
    pub(crate) fn explain(self, mut failure: Failure) -> Failure {
        use FailureCode::{Failed, NotFound, Other, Transient, Trapped};
        let text = format!("{} {}", failure.message, failure.help.as_deref().unwrap_or_default()).to_lowercase();
        // The code says nothing of the reason.
        let vague = matches!(failure.code, Other | Failed | NotFound | Trapped);
        if vague && let Some(limit) = self.memory {
            return limit;
        }
        if let Some(limit) = self.http.clone().filter(|refused| refused.code == FailureCode::Limit)
            && (vague || failure.code == Transient)
        {
            return limit;
        }
        if vague
            && ["quota", "i/o error", "no space"].iter().any(|word| text.contains(word))
            && let Some(limit) = self.work
        {
            return limit;
        }
        if (vague || failure.code == FailureCode::Denied)
            && failure.add.is_none()
            && let Some(unplanned) = self.unplanned
        {
            return unplanned;
        }
        // The codes of HTTP have no word for it: a step takes it for a refusal, and says what would be added.
        let of_http = failure.add.as_deref().is_none_or(|add| add.contains("http:"));
        if (vague || failure.code == FailureCode::Denied)
            && of_http
            && let Some(withheld) = self.http.clone().filter(|refused| refused.code == FailureCode::Withheld)
        {
            return withheld;
        }
        if failure.add.is_some() {
            return failure;
        }
        let speaks_of_it = ["denied", "not permitted", "prohibited"].iter().any(|word| text.contains(word));
        let named = self.files.iter().rev().find(|(path, _)| text.contains(&path.to_string_lossy().to_lowercase()));
        let speaks_of_http = text.contains("http") || text.contains("request") || text.contains("destination");
        let file = named
            .or(self.files.last())
            .map(|(path, access)| file_failure(&FileError::NotGranted { path: path.clone(), access: *access }));
        let refused = if named.is_some() || !speaks_of_http { file.or(self.http) } else { self.http.or(file) };
        let Some(refused) = refused else { return failure };
        if (vague && speaks_of_it) || failure.code == refused.code {
            failure.code = refused.code;
            failure.add = refused.add;
            // What the step says of the reason is a guess.
            failure.help = Some(refused.message);
        }
        failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(files: &[&str], http: Option<Failure>) -> Refused {
        let files = files.iter().map(|path| (PathBuf::from(path), FileAccess::Read)).collect();
        Refused { memory: None, work: None, http, unplanned: None, files }
    }

    #[test]
    fn a_refusal_explains_only_the_failure_that_it_caused() {
        let denied = |message: &str| Failure::new(FailureCode::Failed, message);
        let explained = refused(&["/etc/a", "/etc/b"], None).explain(denied("/etc/a: Permission denied (os error 2)"));
        assert_eq!(explained.add.as_deref(), Some("allow: { read: [\"/etc/a\"] }"));
        assert_eq!(explained.code, FailureCode::Denied);
        let explained = refused(&["/etc/a", "/etc/b"], None).explain(denied("Permission denied"));
        assert_eq!(explained.add.as_deref(), Some("allow: { read: [\"/etc/b\"] }"));
        let other = denied("the answer was 500");
        assert_eq!(refused(&["/etc/a"], None).explain(other.clone()), other);
        let http = Failure::denied("no", "allow: { http: [\"https://x.example\"] }");
        let explained = refused(&["/etc/a"], Some(http)).explain(denied("ErrorCode::HttpRequestDenied"));
        assert_eq!(explained.add.as_deref(), Some("allow: { http: [\"https://x.example\"] }"));
    }
}
