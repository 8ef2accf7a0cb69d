//! Definitions from a few words, and results as text.

use std::sync::Arc;

use wharf_model::{
    Diagnostic, PromptSpec, Scalar, ScalarStyle, Scope, SecretSource, SecretSpec, SourceFile, Span, SpannedValue,
    ValueKind, VariableCandidate, VariableDefinition, VariableOrigin, VariableSet, VariableValue,
};
use wharf_variables::{Evaluated, Scopes, Variables};

/// A file that holds nothing but this text, with the span of all of it.
pub fn span(text: &str) -> Span {
    let file = Arc::new(SourceFile { name: "wharf.yaml".into(), text: text.into() });
    Span::new(file, 0, text.len())
}

pub fn scalar(text: &str, style: ScalarStyle) -> SpannedValue {
    SpannedValue { kind: ValueKind::Scalar(Scalar { text: text.into(), style }), span: span(text) }
}

pub fn plain(text: &str) -> SpannedValue {
    scalar(text, ScalarStyle::Plain)
}

pub fn list(items: &[SpannedValue]) -> SpannedValue {
    SpannedValue { kind: ValueKind::List(items.to_vec()), span: span("[…]") }
}

pub fn map(entries: &[(&str, SpannedValue)]) -> SpannedValue {
    let entries = entries.iter().map(|(key, value)| (((*key).to_owned(), span(key)), value.clone())).collect();
    SpannedValue { kind: ValueKind::Map(entries), span: span("{…}") }
}

/// A variable with one value that holds everywhere.
pub fn define(name: &str, value: SpannedValue) -> VariableDefinition {
    define_scoped(name, &[("", value)])
}

/// A variable whose values hold in these environments; the empty name stands for everywhere.
pub fn define_scoped(name: &str, values: &[(&str, SpannedValue)]) -> VariableDefinition {
    let candidate = |(environment, value): &(&str, SpannedValue)| {
        let kinds = match *environment {
            "" => Vec::new(),
            names => vec![("environment".to_owned(), names.split(',').map(str::to_owned).collect())],
        };
        let value = value.clone();
        VariableCandidate { span: value.span.clone(), value: VariableValue::Plain(value), scope: Scope { kinds } }
    };
    VariableDefinition { name: name.into(), span: span(name), candidates: values.iter().map(candidate).collect() }
}

pub fn secret(name: &str) -> VariableDefinition {
    let source = SecretSource::Env("X".into());
    let value = VariableValue::Secret(SecretSpec { source, allow_short: false });
    let candidate = VariableCandidate { value, scope: Scope::default(), span: span(name) };
    VariableDefinition { name: name.into(), span: span(name), candidates: vec![candidate] }
}

pub fn prompt(name: &str) -> VariableDefinition {
    let value = VariableValue::Prompt(PromptSpec::default());
    let candidate = VariableCandidate { value, scope: Scope::default(), span: span(name) };
    VariableDefinition { name: name.into(), span: span(name), candidates: vec![candidate] }
}

pub fn set(origin: VariableOrigin, definitions: &[VariableDefinition]) -> VariableSet {
    VariableSet { origin, definitions: definitions.to_vec() }
}

/// Variables of a process file in the environment `Dev`.
pub fn in_dev(definitions: &[VariableDefinition]) -> Variables {
    Variables::new([set(VariableOrigin::ProcessFile, definitions)], Scopes::new().with("environment", ["Dev"]))
}

/// Variables with one text each, in this order.
pub fn texts(values: &[(&str, &str)]) -> Variables {
    let definitions: Vec<_> =
        values.iter().map(|(name, text)| define(name, scalar(text, ScalarStyle::Quoted))).collect();
    in_dev(&definitions)
}

/// The evaluated text as Octostache has it, with what could not be evaluated behind it.
pub fn leniently(variables: &Variables, template: &str) -> String {
    match variables.clone().lenient(true).evaluate(template, Some(&span(template))) {
        Ok(rendition) => {
            let error = rendition.error().map(|error| format!("  ! {error}")).unwrap_or_default();
            let text = match rendition.value {
                Some(Evaluated::Known(text)) => text,
                Some(Evaluated::Unknown(names)) => format!("unknown: {}", names.join(", ")),
                None => "(null)".to_owned(),
            };
            text + &error
        }
        Err(problems) => show(&problems),
    }
}

/// The evaluated text, or what is wrong, a line each.
pub fn evaluate(variables: &Variables, template: &str) -> String {
    match variables.evaluate_text(template, Some(&span(template))) {
        Ok(Evaluated::Known(text)) => text,
        Ok(Evaluated::Unknown(names)) => format!("unknown: {}", names.join(", ")),
        Err(problems) => show(&problems),
    }
}

pub fn show(problems: &[Diagnostic]) -> String {
    let mut text = String::new();
    for problem in problems {
        let place = problem.span.as_ref().map(|span| format!("{span} `{}` ", span.text())).unwrap_or_default();
        text.push_str(&format!("{place}{}: {}\n", problem.code, problem.message));
        for help in &problem.help {
            text.push_str(&format!("  {help}\n"));
        }
    }
    text
}
