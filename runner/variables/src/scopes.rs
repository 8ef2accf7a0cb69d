use wharf_model::Scope;

/// The kinds of scope from the least to the most specific. A kind that is not listed is less specific than all of them.
const SPECIFICITY: [&str; 9] =
    ["process", "channel", "environment", "tenant-tag", "tenant", "target-tag", "step-target-tag", "target", "step"];

/// Where an evaluation takes place: kinds of scope, such as `environment`, each with the names that hold. The set of
/// kinds is open; kinds and names are compared without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    kinds: Vec<(String, Vec<String>)>,
}

impl Scopes {
    /// Nowhere in particular.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with names of one kind in addition.
    pub fn with<N: Into<String>>(mut self, kind: impl Into<String>, names: impl IntoIterator<Item = N>) -> Self {
        let kind = kind.into();
        let names = names.into_iter().map(Into::into);
        match self.kinds.iter_mut().find(|(known, _)| same(known, &kind)) {
            Some((_, known)) => known.extend(names),
            None => self.kinds.push((kind, names.collect())),
        }
        self
    }

    /// The names of a kind that hold.
    pub fn names(&self, kind: &str) -> &[String] {
        self.kinds.iter().find(|(known, _)| same(known, kind)).map_or(&[], |(_, names)| names)
    }

    /// All kinds with the names that hold.
    pub(crate) fn kinds(&self) -> &[(String, Vec<String>)] {
        &self.kinds
    }

    /// The first kind of a scope that does not match here, with the names that hold instead.
    pub(crate) fn mismatch(&self, scope: &Scope) -> Option<(String, Vec<String>)> {
        let matches = |kind: &str, names: &[String]| {
            names.iter().any(|name| self.names(kind).iter().any(|here| same(here, name)))
        };
        let (kind, _) = scope.kinds.iter().find(|(kind, names)| !matches(kind, names))?;
        Some((kind.clone(), self.names(kind).to_vec()))
    }

    /// Whether a value of this scope holds here: every kind must hold, by one of its names.
    pub(crate) fn satisfy(&self, scope: &Scope) -> bool {
        self.mismatch(scope).is_none()
    }
}

/// How specific a scope is: greater numbers win. One more specific kind outweighs all less specific ones together.
pub(crate) fn specificity(scope: &Scope) -> u32 {
    scope.kinds.iter().fold(0, |sum, (kind, _)| {
        let place = SPECIFICITY.iter().position(|known| same(known, kind)).map_or(0, |at| at + 1);
        sum | 1 << place
    })
}

fn same(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(kinds: &[(&str, &[&str])]) -> Scope {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Scope { kinds: kinds.iter().map(|(kind, list)| ((*kind).to_owned(), names(list))).collect() }
    }

    #[test]
    fn names_of_a_kind_are_alternatives_and_kinds_must_all_hold() {
        let here = Scopes::new().with("environment", ["Production"]).with("target-tag", ["web"]);
        assert!(here.satisfy(&scope(&[])));
        assert!(here.satisfy(&scope(&[("environment", &["dev", "production"])])));
        assert!(here.satisfy(&scope(&[("Environment", &["PRODUCTION"]), ("target-tag", &["web"])])));
        assert!(!here.satisfy(&scope(&[("environment", &["Production"]), ("tenant", &["acme"])])));
        assert!(!Scopes::new().satisfy(&scope(&[("environment", &["Production"])])));
    }

    #[test]
    fn one_specific_kind_outweighs_many_others() {
        let step = specificity(&scope(&[("step", &["web"])]));
        let many = specificity(&scope(&[("target", &["a"]), ("tenant", &["b"]), ("environment", &["c"])]));
        assert!(step > many);
        assert!(many > specificity(&scope(&[("environment", &["c"])])));
        assert!(specificity(&scope(&[("environment", &["c"])])) > specificity(&scope(&[("moon-phase", &["full"])])));
        assert!(specificity(&scope(&[("moon-phase", &["full"])])) > specificity(&scope(&[])));
    }
}
