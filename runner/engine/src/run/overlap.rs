use std::path::Path;

use wharf_model::{FileAccess, Grants};

/// Whether what a step with the powers `earlier` does may change what a step with the powers `later` meets: a program can
/// change anything, a written path what lies at it, below it and above it, a request what the same host answers.
pub(super) fn may_meet(earlier: &Grants, later: &Grants) -> bool {
    if !earlier.programs.is_empty() || (!earlier.http.patterns().is_empty() && !later.programs.is_empty()) {
        return true;
    }
    let written = earlier.files.iter().filter(|grant| grant.access == FileAccess::Write);
    let near = |one: &Path, other: &Path| one.starts_with(other) || other.starts_with(one);
    let files = written.flat_map(|one| later.files.iter().map(move |other| (one, other)));
    if files.into_iter().any(|(one, other)| near(&one.path, &other.path)) {
        return true;
    }
    let hosts = |grants: &Grants| -> Vec<String> {
        grants.http.patterns().iter().map(|pattern| origin(&pattern.to_string()).to_owned()).collect()
    };
    let later_hosts = hosts(later);
    hosts(earlier).iter().any(|host| later_hosts.contains(host))
}

/// Whether a step with these powers may change something that the sandbox would otherwise have shown.
pub(super) fn may_change(grants: &Grants) -> bool {
    !grants.programs.is_empty() || grants.files.iter().any(|grant| grant.access == FileAccess::Write)
}

/// The scheme and the host of a pattern.
fn origin(pattern: &str) -> &str {
    let host = pattern.find("://").map_or(0, |at| at + 3);
    pattern[host..].find('/').map_or(pattern, |end| &pattern[..host + end])
}

#[cfg(test)]
mod tests {
    use wharf_model::{FileGrant, GrantOrigin, HttpPattern, HttpPolicy, ProgramGrant};

    use super::*;

    fn files(paths: &[(&str, FileAccess)]) -> Grants {
        let grant = |(path, access): &(&str, FileAccess)| FileGrant {
            path: path.into(),
            access: *access,
            origin: GrantOrigin::Host,
        };
        Grants { files: paths.iter().map(grant).collect(), ..Grants::default() }
    }

    #[test]
    fn steps_meet_where_one_may_change_what_the_other_sees() {
        let (read, write) = (FileAccess::Read, FileAccess::Write);
        let site = files(&[("/srv/site", write)]);
        assert!(may_meet(&site, &files(&[("/srv/site/a", read)])));
        assert!(may_meet(&site, &files(&[("/srv", read)])));
        assert!(!may_meet(&site, &files(&[("/srv/sites", read)])));
        assert!(!may_meet(&files(&[("/srv/site", read)]), &files(&[("/srv/site", write)])));
        let program = ProgramGrant { name: "bash".into(), path: None, origin: GrantOrigin::Host };
        let program = Grants { programs: vec![program], ..Grants::default() };
        assert!(may_meet(&program, &Grants::default()));
        let http = |pattern: &str| {
            let pattern = HttpPattern::parse(pattern).expect("a pattern");
            Grants { http: HttpPolicy::new(vec![pattern]), ..Grants::default() }
        };
        assert!(may_meet(&http("https://a.example.com/v1"), &http("https://a.example.com")));
        assert!(!may_meet(&http("https://a.example.com"), &http("https://b.example.com")));
        assert!(may_meet(&http("https://a.example.com"), &program));
    }
}
