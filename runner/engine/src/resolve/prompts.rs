use std::collections::HashMap;

use wharf_model::{Diagnostic, PromptSpec, Span, VariableOrigin, VariableSet, VariableValue};
use wharf_variables::{Evaluated, Variables};

use super::components::Components;
use super::decide::Decided;
use super::request::Depth;
use super::schedule::resolve_to;
use super::sources::Sources;
use super::system_variables::is_package_version;
use super::{Request, World};

/// A variable of which a run needs to know the value and that was not given.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// The variable's name.
    pub name: String,
    /// How it is asked for.
    pub spec: PromptSpec,
    /// The default as it is in this environment, if it is known before the run.
    pub default: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// The prompted variables that this run needs and that nobody has given a value, in the order written. An answer is given
/// to the request as a variable of the command line. Everything else that is wrong comes first: nobody is asked for what
/// would be in vain.
pub fn prompts(request: &Request<'_>, world: World<'_>) -> Result<Vec<Prompt>, Vec<Diagnostic>> {
    let sources = Sources::new(request, Depth::Check, world.machine.clock());
    if !sources.has_prompts {
        return Ok(Vec::new());
    }
    let resolved = resolve_to(request, world, &sources, &Decided::default(), Depth::Check, &mut Components::new(world));
    match resolved.problems.iter().any(Diagnostic::is_error) {
        true => Err(resolved.problems),
        false => Ok(resolved.prompts),
    }
}

/// The prompts that hold in a scope and are among the names that are waited for.
pub(super) fn needed(variables: &Variables, is_needed: impl Fn(&str) -> bool) -> Vec<Prompt> {
    let prompts = variables.prompts();
    let needed = prompts.iter().filter(|prompt| is_needed(prompt.name));
    let default = |prompt: &PromptSpec| {
        let text = prompt.default.as_ref()?.as_text()?;
        variables.evaluate_text(text, None).ok().and_then(Evaluated::known)
    };
    needed
        .map(|prompt| Prompt {
            name: prompt.name.to_owned(),
            spec: prompt.prompt.clone(),
            default: default(prompt.prompt),
            span: prompt.span.clone(),
        })
        .collect()
}

/// Whether these names, for which something waits, are all of what is known before the run: of variables that are asked
/// for, and of the versions of packages, which are decided then.
pub(super) fn are_asked_for(names: &[String], variables: &Variables) -> bool {
    let prompts = variables.prompts();
    let is_prompt = |name: &String| prompts.iter().any(|prompt| is_same(name, prompt.name));
    names.iter().all(|name| is_prompt(name) || is_package_version(name))
}

/// Whether two names are those of one variable.
pub(super) fn is_same(name: &str, other: &str) -> bool {
    name.trim().to_lowercase() == other.trim().to_lowercase()
}

/// A prompt that a run needs and that was not answered.
pub(super) fn unanswered(prompt: &Prompt) -> Diagnostic {
    let name = &prompt.name;
    let problem =
        Diagnostic::error("unanswered-prompt", format!("the variable `{name}` has no value: it is asked for"));
    let given = match prompt.spec.choices.first() {
        Some(choice) => choice.as_str(),
        None => "…",
    };
    let problem = problem.at(&prompt.span).help(format!("give one with `--variable '{name}={given}'`"));
    match prompt.spec.choices.as_slice() {
        [] => problem,
        choices => problem.help(format!("it is one of: {}", choices.join(", "))),
    }
}

/// Values that were given for prompted variables and are no answers: not among the choices, or nothing where something
/// is required. Templates are not known yet.
pub(super) fn wrong_answers(sets: &[VariableSet]) -> Vec<Diagnostic> {
    let mut specs: HashMap<String, &PromptSpec> = HashMap::new();
    for definition in sets.iter().flat_map(|set| &set.definitions) {
        for candidate in &definition.candidates {
            if let VariableValue::Prompt(prompt) = &candidate.value {
                specs.insert(definition.name.trim().to_lowercase(), prompt);
            }
        }
    }
    if specs.is_empty() {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let is_given =
        |set: &&VariableSet| matches!(set.origin, VariableOrigin::CommandLine | VariableOrigin::VariableFile);
    for definition in sets.iter().filter(is_given).flat_map(|set| &set.definitions) {
        let Some(spec) = specs.get(&definition.name.trim().to_lowercase()) else { continue };
        for candidate in &definition.candidates {
            let VariableValue::Plain(value) = &candidate.value else { continue };
            let Some(text) = value.as_text().filter(|text| !text.contains("#{")) else { continue };
            let name = &definition.name;
            if text.trim().is_empty() && spec.required {
                let message = format!("the variable `{name}` needs a value, and none was given");
                problems.push(Diagnostic::error("wrong-answer", message).at(&candidate.span));
            } else if !text.is_empty() && !spec.choices.is_empty() && !spec.choices.iter().any(|choice| choice == text)
            {
                let problem = Diagnostic::error("wrong-answer", format!("`{text}` is no choice for `{name}`"));
                let help = format!("it is one of: {}", spec.choices.join(", "));
                problems.push(problem.at(&candidate.span).help(help));
            }
        }
    }
    problems
}
