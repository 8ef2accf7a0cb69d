use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError};
use serde_json::{Map, Value};
use wharf_model::{Diagnostic, SpannedValue};

use crate::inputs::place::at_pointer;
use crate::inputs::problem::{first_sentence, short};

/// Keywords that are left to the library. Everything else is checked by [`crate::inputs::check`] or says nothing.
const LIBRARY: [&str; 17] = [
    "pattern",
    "patternProperties",
    "propertyNames",
    "not",
    "if",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
    "contains",
    "uniqueItems",
    "multipleOf",
    "unevaluatedItems",
    "unevaluatedProperties",
    "minProperties",
    "maxProperties",
    "prefixItems",
    "oneOf",
];

/// Keywords that would make a place of the schema mean something else than where it stands.
const REFUSED: [&str; 4] = ["$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor"];

/// The most bytes that a compiled pattern may take.
const PATTERN_BYTES: usize = 1024 * 1024;

/// What a schema holds, found by walking through it.
#[derive(Default)]
pub(crate) struct Survey {
    /// Whether a keyword needs the library.
    pub needs_library: bool,
    /// What cannot be used in a schema here.
    pub refused: Option<String>,
}

/// Looks through a schema document. Its depth is bounded by `StepDescription`.
pub(crate) fn survey(schema: &Value) -> Survey {
    let mut survey = Survey::default();
    walk(schema, true, &mut survey);
    survey
}

fn walk(schema: &Value, root: bool, survey: &mut Survey) {
    let Some(object) = schema.as_object() else { return };
    for (keyword, value) in object {
        match keyword.as_str() {
            "$ref" => {
                let local = value.as_str().is_some_and(|reference| reference == "#" || reference.starts_with("#/"));
                if !local {
                    survey.refused = Some(format!("`$ref` to {value}: only places in the same schema can be meant"));
                }
            }
            "$id" if !root => survey.refused = Some("`$id` inside of the schema".to_owned()),
            refused if REFUSED.contains(&refused) => survey.refused = Some(format!("`{refused}`")),
            // Alternatives that are nothing but single values exclude each other anyway.
            "oneOf" => survey.needs_library |= !exclude_each_other(value),
            known if LIBRARY.contains(&known) => survey.needs_library = true,
            _ => {}
        }
        match keyword.as_str() {
            "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => {
                value.as_object().into_iter().flat_map(Map::values).for_each(|part| walk(part, false, survey));
            }
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                value.as_array().into_iter().flatten().for_each(|part| walk(part, false, survey));
            }
            "items"
            | "additionalProperties"
            | "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "propertyNames"
            | "unevaluatedItems"
            | "unevaluatedProperties" => walk(value, false, survey),
            _ => {}
        }
    }
}

/// Whether no value can fit two of these alternatives, as far as that is easily told.
fn exclude_each_other(alternatives: &Value) -> bool {
    let mut seen: Vec<&Value> = Vec::new();
    for alternative in alternatives.as_array().into_iter().flatten() {
        let values = match (alternative.get("const"), alternative.get("enum").and_then(Value::as_array)) {
            (Some(value), _) => vec![value],
            (None, Some(values)) => values.iter().collect(),
            (None, None) => return false,
        };
        if values.iter().any(|value| seen.contains(value)) {
            return false;
        }
        seen.extend(values);
    }
    true
}

/// A text that does not have the form it must have: in the words or with the examples of its schema, if it has any.
fn pattern_problem(error: &ValidationError<'_>, schema: &Value) -> Option<(String, Option<String>)> {
    if !matches!(error.kind(), ValidationErrorKind::Pattern { .. }) {
        return None;
    }
    let (parent, _) = error.schema_path().as_str().rsplit_once('/')?;
    let schema = schema.pointer(parent)?;
    let examples = schema.get("examples").and_then(Value::as_array).into_iter().flatten();
    let examples: Vec<String> =
        examples.filter_map(Value::as_str).take(3).map(|example| format!("`{}`", short(example))).collect();
    let help = first_sentence(schema);
    if examples.is_empty() && help.is_none() {
        return None;
    }
    let given = short(error.instance().as_str().unwrap_or_default());
    let form = if examples.is_empty() { String::new() } else { format!(", such as {}", examples.join(" or ")) };
    Some((format!("does not have the form that it must have{form}: it is `{given}`"), help))
}

/// Checks the inputs with the library. Nothing is fetched, and patterns take linear time.
pub(crate) fn check(schema: &Value, step: &str, json: &Value, source: &SpannedValue) -> Vec<Diagnostic> {
    let mut schema = schema.clone();
    if let Some(root) = schema.as_object_mut() {
        root.remove("$schema");
        root.remove("$id");
    }
    let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES);
    let options = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(false)
        .with_pattern_options(patterns)
        .offline();
    let validator = match options.build(&schema) {
        Ok(validator) => validator,
        Err(error) => {
            let message = format!("the step `{step}` has a schema that cannot be used: {error}");
            return vec![Diagnostic::error("bad-schema", one_line(&message)).help("this is for the step's author")];
        }
    };
    let mut problems = Vec::new();
    for error in validator.iter_errors(json).take(50) {
        let place = at_pointer(source, error.instance_path().as_str());
        // What is not known yet stands in the inputs as null and says nothing about them.
        if !place.is_known() {
            continue;
        }
        let name = error.instance_path().as_str().trim_start_matches('/').replace('/', ".");
        let name = if name.is_empty() { "`with`".to_owned() } else { format!("`{name}`") };
        let (message, help) = match pattern_problem(&error, &schema) {
            Some((message, help)) => (format!("{name} {message}"), help),
            None => (format!("{name}: {error}"), None),
        };
        let mut problem = Diagnostic::error("bad-input", one_line(&message)).at(&place.span);
        problem.help.extend(help);
        problems.push(problem);
    }
    problems
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}
