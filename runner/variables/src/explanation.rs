use wharf_model::{Scope, Span, VariableOrigin};

/// Why a variable has the value that it has.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The variable's name, in the user's spelling.
    pub name: String,
    /// Every value that was written or given for it, the one that holds first, then in the order in which they would
    /// hold if those before them were not there, then those that do not hold here.
    pub candidates: Vec<ExplainedCandidate>,
    /// What the variable is here.
    pub result: ExplainedValue,
    /// How the value came about: each variable that was evaluated on the way, in the order in which it was needed,
    /// the asked one first. Empty if nothing was evaluated.
    pub trail: Vec<TrailStep>,
}

/// One of the values of an explained variable.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedCandidate {
    /// The value as written; of a secret where it is fetched from, such as `secret from the environment variable X`.
    pub written: String,
    /// Whether it is a secret.
    pub is_secret: bool,
    /// Where it holds.
    pub scope: Scope,
    /// How specific the scope is; greater wins. 0 is everywhere.
    pub specificity: u32,
    /// Who gave it.
    pub origin: VariableOrigin,
    /// Where it stands; none for what Wharf itself sets.
    pub span: Option<Span>,
    /// How it fared.
    pub verdict: Verdict,
}

/// How a value fared against the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It would hold here, but another one's scope is more specific.
    LessSpecific,
    /// It would hold here and is as specific as the one that holds, whose origin is stronger.
    WeakerOrigin,
    /// It would hold here, and so would another that is equally specific and of the same origin: an error.
    Tied,
    /// It does not hold here.
    OutOfScope {
        /// The first kind of scope that does not match, such as `environment`.
        kind: String,
        /// What it is here; empty if there is none of that kind.
        here: Vec<String>,
    },
}

/// What an explained variable is here.
#[derive(Debug, Clone, PartialEq)]
pub enum ExplainedValue {
    /// The evaluated value as templates see it: text, or JSON of a list or map.
    Known(String),
    /// A secret; its value is shown nowhere.
    Secret,
    /// Only the run can know; what it waits for.
    Unknown(Vec<String>),
    /// It has no value here.
    None,
    /// It cannot be evaluated; the diagnostics say why.
    Failed(Vec<wharf_model::Diagnostic>),
}

/// One variable in the evaluation of another.
#[derive(Debug, Clone, PartialEq)]
pub struct TrailStep {
    /// How deep in the chain of references it stands; 0 is the asked one.
    pub depth: usize,
    /// The token that referred to it, such as `#{Site.Url | ToLower}`; of the asked one its name.
    pub token: String,
    /// The template as written; of a secret where it is fetched from.
    pub written: String,
    /// Where it stands, if it was written.
    pub span: Option<Span>,
    /// What it became; none if it failed, a mask if it is secret, the names waited for if it is unknown.
    pub value: ExplainedValue,
}
