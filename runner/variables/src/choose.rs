use wharf_model::{VariableCandidate, VariableDefinition};

use crate::Scopes;
use crate::scopes::specificity;

/// Which of a definition's values holds in a scope.
pub(crate) enum Choice<'a> {
    /// This one.
    One(&'a VariableCandidate),
    /// None holds here.
    None,
    /// These are equally specific.
    Tie(Vec<&'a VariableCandidate>),
}

/// The most specific value that holds here.
pub(crate) fn choose<'a>(definition: &'a VariableDefinition, scopes: &Scopes) -> Choice<'a> {
    let holding: Vec<_> = definition.candidates.iter().filter(|candidate| scopes.satisfy(&candidate.scope)).collect();
    let Some(best) = holding.iter().map(|candidate| specificity(&candidate.scope)).max() else { return Choice::None };
    let mut winners: Vec<_> = holding.into_iter().filter(|winner| specificity(&winner.scope) == best).collect();
    match winners.len() {
        1 => Choice::One(winners.remove(0)),
        _ => Choice::Tie(winners),
    }
}
