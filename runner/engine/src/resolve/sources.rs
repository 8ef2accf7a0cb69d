use std::collections::HashMap;
use std::sync::Arc;

use wharf_model::{
    Diagnostic, Limits, Process, Scalar, ScalarStyle, SpannedValue, ValueKind, VariableCandidate, VariableOrigin,
    VariableSet, VariableValue,
};
use wharf_variables::{Scopes, Variables};

use super::Request;
use super::given::GivenSecrets;
use super::prompts::wrong_answers;
use super::request::Depth;
use crate::machine::Clock;
use crate::schedule::bounds;

/// All that was written and given for variables, before it is said where it is evaluated.
#[derive(Clone)]
pub(super) struct Sources {
    variables: Variables,
    pub(super) given: GivenSecrets,
    /// Whether some value holds for steps only: then each step has to be looked at by itself.
    pub(super) has_step_scopes: bool,
    /// Whether some value is asked for.
    pub(super) has_prompts: bool,
    /// What is wrong or odd with what was given.
    pub(super) problems: Vec<Diagnostic>,
}

impl Sources {
    pub(super) fn new(request: &Request<'_>, depth: Depth, clock: Clock) -> Self {
        let process = request.process;
        let mut sets = request.variable_sets.clone();
        sets.push(VariableSet { origin: VariableOrigin::ProcessFile, definitions: process.variables.clone() });
        let mut problems = wrong_answers(&sets);
        let secrets = secret_names(&sets);
        let mut given = GivenSecrets::default();
        sets.iter_mut().for_each(|set| given.take_from(set, &secrets, &mut problems));
        if depth == Depth::Run {
            candidates_mut(&mut sets).for_each(answer_by_default);
        }
        let is_for_steps = |candidate: &VariableCandidate| {
            candidate.scope.kinds.iter().any(|(kind, _)| kind.eq_ignore_ascii_case("step"))
        };
        let has_step_scopes = candidates(&sets).any(is_for_steps);
        let has_prompts = candidates(&sets).any(|candidate| matches!(candidate.value, VariableValue::Prompt(_)));
        let variables = Variables::new(sets.into_iter().map(Arc::new), Scopes::new())
            .with_bounds(bounds(&process_limits(process)))
            .with_clock(clock)
            .lenient(request.lenient);
        Self { variables, given, has_step_scopes, has_prompts, problems }
    }

    /// The variables of a process in an environment.
    pub(super) fn variables(&self, process_name: &str, environment: Option<&str>) -> Variables {
        let variables = self.variables.clone().in_scope("process", process_name);
        match environment {
            Some(environment) => variables.in_scope("environment", environment),
            None => variables,
        }
    }
}

/// The limits of the process as a whole.
pub(super) fn process_limits(process: &Process) -> Limits {
    let mut limits = Limits::default();
    for setting in &process.defaults.limits {
        limits.set(setting.limit, setting.value);
    }
    limits
}

fn candidates(sets: &[VariableSet]) -> impl Iterator<Item = &VariableCandidate> {
    sets.iter().flat_map(|set| &set.definitions).flat_map(|definition| &definition.candidates)
}

fn candidates_mut(sets: &mut [VariableSet]) -> impl Iterator<Item = &mut VariableCandidate> {
    sets.iter_mut().flat_map(|set| &mut set.definitions).flat_map(|definition| &mut definition.candidates)
}

/// The names of secrets, in lower case, with whether one of that name may be short.
fn secret_names(sets: &[VariableSet]) -> HashMap<String, bool> {
    let mut names = HashMap::new();
    for definition in sets.iter().flat_map(|set| &set.definitions) {
        for candidate in &definition.candidates {
            if let VariableValue::Secret(secret) = &candidate.value {
                *names.entry(definition.name.trim().to_lowercase()).or_default() |= secret.allow_short;
            }
        }
    }
    names
}

/// A prompt that nobody answered has its default, or nothing where nothing is required.
fn answer_by_default(candidate: &mut VariableCandidate) {
    let VariableValue::Prompt(prompt) = &candidate.value else { return };
    let nothing = || {
        let kind = ValueKind::Scalar(Scalar { text: String::new(), style: ScalarStyle::Quoted });
        SpannedValue { kind, span: candidate.span.clone() }
    };
    let value = match &prompt.default {
        Some(default) => default.clone(),
        None if prompt.required => return,
        None => nothing(),
    };
    candidate.value = VariableValue::Plain(value);
}
