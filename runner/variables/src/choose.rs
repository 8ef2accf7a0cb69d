use std::cmp::Reverse;

use wharf_model::{VariableCandidate, VariableOrigin};

use crate::Scopes;
use crate::scopes::specificity;
use crate::written::{Group, Written};

/// Which of a variable's values holds in a scope.
pub(crate) enum Choice<'a> {
    /// This one.
    One(&'a VariableCandidate),
    /// None holds here.
    None,
    /// These are equally specific, of one set.
    Tie(Vec<&'a VariableCandidate>),
}

/// A value of a variable that holds here, with what decides between it and the others.
#[derive(Clone, Copy)]
pub(crate) struct Ranked<'a> {
    /// The value.
    pub candidate: &'a VariableCandidate,
    /// Who gave it.
    pub origin: VariableOrigin,
    /// The number of its set.
    pub set: usize,
    /// How specific its scope is.
    pub specificity: u32,
    /// Of what was given several times on the command line the last holds: how many stand before it.
    repeated: usize,
}

impl Ranked<'_> {
    /// What is smaller holds; equal ones are a tie. What the command line gives is for this run alone, so it wins over
    /// any scope; then specificity decides, then the origin, then the order of the sets.
    pub fn rank(&self) -> impl Ord + use<> {
        let given = self.origin == VariableOrigin::CommandLine;
        let specificity = if given { 0 } else { self.specificity };
        (!given, Reverse(specificity), self.origin, self.set, Reverse(self.repeated))
    }
}

/// All values of a variable that hold here, the one that wins first.
pub(crate) fn ranked<'a>(written: &'a Written, group: &'a Group, scopes: &Scopes) -> Vec<Ranked<'a>> {
    let mut holding = Vec::new();
    for (set, definition) in written.definitions(group) {
        let origin = written.sets()[set].origin;
        for candidate in definition.candidates.iter().filter(|candidate| scopes.satisfy(&candidate.scope)) {
            let repeated = if origin == VariableOrigin::CommandLine { holding.len() } else { 0 };
            let specificity = specificity(&candidate.scope);
            holding.push(Ranked { candidate, origin, set, specificity, repeated });
        }
    }
    holding.sort_by_key(Ranked::rank);
    holding
}

/// The value that holds here.
pub(crate) fn choose<'a>(written: &'a Written, group: &'a Group, scopes: &Scopes) -> Choice<'a> {
    // Most variables have one value.
    let mut definitions = written.definitions(group);
    if let (Some((_, only)), None) = (definitions.next(), definitions.next())
        && let [candidate] = only.candidates.as_slice()
    {
        return if scopes.satisfy(&candidate.scope) { Choice::One(candidate) } else { Choice::None };
    }
    let holding = ranked(written, group, scopes);
    let Some(best) = holding.first() else { return Choice::None };
    let tied = holding.iter().take_while(|other| other.rank() == best.rank()).count();
    match tied {
        1 => Choice::One(best.candidate),
        _ => Choice::Tie(holding[..tied].iter().map(|tied| tied.candidate).collect()),
    }
}
