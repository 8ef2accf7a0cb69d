use std::ops::Range;

use wharf_model::{Diagnostic, Limit, Scope, Span, VariableCandidate, nearest};

use crate::variables::Variables;
use crate::written::{Group, Written};

/// The place of a token: inside of the scalar at `span` whose text is `text`, as well as it can be told.
pub(crate) fn token_span(span: &Span, text: &str, range: &Range<usize>) -> Span {
    let source = span.text();
    let token = &text[range.clone()];
    // Unquoting changes offsets but seldom a token, so the n-th token of the text is the n-th one in the source.
    let before = text[..range.start].matches(token).count();
    match source.match_indices(token).nth(before) {
        Some((offset, _)) => Span::new(span.file.clone(), span.start + offset, span.start + offset + token.len()),
        None => span.clone(),
    }
}

/// What a step of a path leads nowhere in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Around {
    /// A list of so many items.
    List(usize),
    /// A map with these keys.
    Map(Vec<String>),
    /// Text, or nothing at all.
    Text,
}

/// Why an evaluation with the values of secrets has failed, told by the code of its problem alone.
pub(crate) fn reason(code: &str) -> &'static str {
    match code {
        "unresolved-variable" | "no-value-in-scope" => "a variable or a part of one does not exist",
        "filter-input" => "a filter has no value for its input",
        "filter-arguments" => "a filter has wrong arguments",
        "unknown-filter" => "a filter does not exist",
        "not-supported" => "a filter does not know what it is given",
        "calculation" => "something to calculate with is no number",
        "secret-not-loaded" => "a secret was not loaded",
        "variable-cycle" => "a variable refers to itself",
        "variable-too-deep" | "variable-too-large" | "variable-too-much-work" | "template-too-deep" => {
            "it is too large"
        }
        _ => "something in it is wrong",
    }
}

/// A name that nothing is kept under.
pub(crate) fn unresolved(variables: &Variables, name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error("unresolved-variable", format!("there is no variable `{name}`"));
    let candidates = variables.candidates();
    if let Some(near) = nearest(name, candidates.iter().map(String::as_str)) {
        return diagnostic.help(format!("did you mean `{near}`?"));
    }
    let lower = name.to_lowercase();
    if lower.starts_with("step[") || lower.starts_with("octopus.action[") {
        return diagnostic.help("outputs are those of steps that come earlier in the process and have set them");
    }
    diagnostic.help(format!("add it under `variables:`, or give it with `--variable '{name}=…'`"))
}

/// A part that a variable's value does not have.
pub(crate) fn no_such_part(variable: &str, part: &str, around: &Around) -> Diagnostic {
    let message = format!("the value of `{variable}` has no `{part}`");
    let diagnostic = Diagnostic::error("unresolved-variable", message);
    match around {
        Around::List(1) => diagnostic.help("it is a list of one item, whose index is 0"),
        Around::List(length) => diagnostic.help(format!("it is a list of {length} items, whose indexes begin with 0")),
        Around::Text => diagnostic.help("it is text that is no JSON list or map"),
        Around::Map(keys) => match wharf_model::did_you_mean(part, keys.iter().map(String::as_str)) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        },
    }
}

/// A variable none of whose values holds here.
pub(crate) fn none_in_scope(written: &Written, group: &Group) -> Diagnostic {
    let name = written.name(group);
    let candidates = written.definitions(group).flat_map(|(_, definition)| &definition.candidates);
    let mut scopes: Vec<String> = Vec::new();
    for text in candidates.flat_map(|candidate| scope_texts(&candidate.scope)) {
        if !scopes.contains(&text) {
            scopes.push(text);
        }
    }
    let message = match scopes.as_slice() {
        [] => format!("variable `{name}` has no values"),
        [only] => format!("variable `{name}` has values for {only} only"),
        [first @ .., last] => {
            format!("variable `{name}` has values for {} and {last} only", first.join(", "))
        }
    };
    Diagnostic::error("no-value-in-scope", message)
        .help(format!("add a value for this scope, or give one with `--variable '{name}=…'`"))
}

/// Values that are equally specific.
pub(crate) fn tie(name: &str, tied: &[&VariableCandidate]) -> Diagnostic {
    let places: Vec<String> = tied.iter().map(|candidate| candidate.span.to_string()).collect();
    let message = format!("variable `{name}` has {} values that hold here and are equally specific", tied.len());
    let mut diagnostic = Diagnostic::error("ambiguous-variable", message);
    diagnostic.span = tied.last().map(|candidate| candidate.span.clone());
    diagnostic.help(format!("they stand at {}; scope all but one of them more narrowly", places.join(", ")))
}

/// A scope in words: the environments, or all its kinds, as in `environment Dev or Test with step web`.
fn scope_texts(scope: &Scope) -> Vec<String> {
    match scope.kinds.as_slice() {
        [] => vec!["every scope".to_owned()],
        [(kind, names)] if kind == "environment" => names.clone(),
        kinds => {
            let kinds = kinds.iter().map(|(kind, names)| format!("{kind} {}", names.join(" or ")));
            vec![kinds.collect::<Vec<_>>().join(" with ")]
        }
    }
}

/// More text than is allowed.
pub(crate) fn too_large(message: String) -> Diagnostic {
    let help = format!("if that is right, raise the limit `{}`", Limit::EvaluationBytes);
    Diagnostic::error("variable-too-large", message).help(help)
}
