use std::cell::Cell;

use serde_json::{Map, Value};
use wharf_model::{Diagnostic, did_you_mean};

use crate::inputs::place::{Name, Node};
use crate::inputs::problem::{Problem, first_sentence, short, subject, wrong_type};
use crate::inputs::schema::{Schema, Types};

/// The most pairs of value and schema that are looked at.
const MAX_VISITS: usize = 200_000;
/// The most levels of schemas within schemas.
const MAX_DEPTH: usize = 200;

/// Checks the keywords that nearly all schemas consist of, with messages for people. It walks through every part of the
/// schema that applies to the inputs, so that a schema which would take too long is found out here.
pub(crate) struct Checker<'a> {
    schema: Schema<'a>,
    step: &'a str,
    visits: Cell<usize>,
}

/// The schema asks for more work than is allowed.
pub(crate) struct TooComplex;

type Checked = Result<Vec<Problem>, TooComplex>;

impl<'a> Checker<'a> {
    /// A checker for the inputs of this step.
    pub fn new(schema: Schema<'a>, step: &'a str) -> Self {
        Self { schema, step, visits: Cell::new(0) }
    }

    /// Checks the whole inputs.
    pub fn check(&self, root: &Node<'_>) -> Checked {
        self.visit(self.schema.root, root, 0)
    }

    fn visit(&self, schema: &Value, node: &Node<'_>, depth: usize) -> Checked {
        self.visits.set(self.visits.get() + 1);
        if depth > MAX_DEPTH || self.visits.get() > MAX_VISITS {
            return Err(TooComplex);
        }
        if node.is_unknown() {
            return Ok(Vec::new());
        }
        let Some(object) = schema.as_object() else {
            let message = || format!("{} is not allowed here", subject(node));
            let refused = schema.as_bool() == Some(false);
            return Ok(refused.then(|| Problem::new("unknown-input", message(), node)).into_iter().collect());
        };
        let mut problems = self.type_and_values(schema, object, node);
        if problems.is_empty() {
            problems.extend(bounds(object, node));
        }
        if let Some(target) = object.get("$ref").and_then(Value::as_str).and_then(|name| self.schema.target(name)) {
            problems.extend(self.visit(target, node, depth + 1)?);
        }
        for part in parts(object, "allOf") {
            problems.extend(self.visit(part, node, depth + 1)?);
        }
        problems.extend(self.alternatives(object, node, depth)?);
        match node.json {
            Value::Object(map) => problems.extend(self.map(object, map, node, depth)?),
            Value::Array(items) => problems.extend(self.list(object, items, node, depth)?),
            _ => {}
        }
        // What these say is left to the library; they are walked through for their cost.
        for keyword in ["not", "if", "then", "else"] {
            if let Some(part) = object.get(keyword) {
                self.visit(part, node, depth + 1)?;
            }
        }
        for part in object.get("dependentSchemas").and_then(Value::as_object).into_iter().flat_map(Map::values) {
            self.visit(part, node, depth + 1)?;
        }
        Ok(problems)
    }

    fn type_and_values(&self, schema: &Value, object: &Map<String, Value>, node: &Node<'_>) -> Vec<Problem> {
        if object.contains_key("type") {
            let types = Types::of(&[schema]);
            if !types.any && !fits(node.json, types) {
                return vec![wrong_type(node, types)];
            }
        }
        let values: Vec<&Value> = match (object.get("const"), object.get("enum").and_then(Value::as_array)) {
            (Some(value), _) => vec![value],
            (None, Some(values)) => values.iter().collect(),
            (None, None) => return Vec::new(),
        };
        if values.contains(&node.json) { Vec::new() } else { vec![not_one_of(node, &values)] }
    }

    /// `anyOf` and `oneOf`: the problems of the alternative that comes nearest.
    fn alternatives(&self, object: &Map<String, Value>, node: &Node<'_>, depth: usize) -> Checked {
        let mut problems = Vec::new();
        for keyword in ["anyOf", "oneOf"] {
            let alternatives = parts(object, keyword);
            let mut failed: Vec<Vec<Problem>> = Vec::new();
            for alternative in alternatives {
                failed.push(self.visit(alternative, node, depth + 1)?);
            }
            let fitting = failed.iter().filter(|problems| problems.is_empty()).count();
            if fitting == 1 || (fitting > 1 && keyword == "anyOf") || failed.is_empty() {
                continue;
            }
            if fitting > 1 {
                // Whether more than one really fits may depend on keywords that only the library knows.
                continue;
            }
            let values = self.single_values(alternatives);
            if let Some(values) = values {
                problems.push(not_one_of(node, &values));
                continue;
            }
            problems.extend(self.nearest(alternatives, failed, node));
        }
        Ok(problems)
    }

    /// The values, if every alternative is nothing but some values.
    fn single_values<'s>(&'s self, alternatives: &'s [Value]) -> Option<Vec<&'s Value>> {
        let mut values = Vec::new();
        for alternative in alternatives {
            match (alternative.get("const"), alternative.get("enum").and_then(Value::as_array)) {
                (Some(value), _) => values.push(value),
                (None, Some(several)) => values.extend(several),
                (None, None) => return None,
            }
        }
        Some(values)
    }

    fn nearest(&self, alternatives: &[Value], failed: Vec<Vec<Problem>>, node: &Node<'_>) -> Vec<Problem> {
        let here = node.name.depth();
        let of_other_kind =
            |problems: &Vec<Problem>| problems.iter().any(|problem| problem.other_kind && problem.depth == here);
        if failed.iter().all(of_other_kind) {
            let schema = Schema { root: self.schema.root };
            let types = Types::of(&schema.leaves(&alternatives.iter().collect::<Vec<_>>()));
            return vec![wrong_type(node, types)];
        }
        let candidates = failed.into_iter().filter(|problems| !of_other_kind(problems));
        candidates.min_by_key(Vec::len).unwrap_or_default()
    }

    fn map(&self, object: &Map<String, Value>, map: &Map<String, Value>, node: &Node<'_>, depth: usize) -> Checked {
        let mut problems = Vec::new();
        let properties = object.get("properties").and_then(Value::as_object);
        for required in parts(object, "required").iter().filter_map(Value::as_str) {
            if !map.contains_key(required) {
                problems.push(self.missing(required, properties, node));
            }
        }
        let patterns = object.get("patternProperties").and_then(Value::as_object);
        let additional = object.get("additionalProperties");
        for (key, value) in map {
            let written = node.source_of(key);
            let name = Name::Key(&node.name, key);
            let span = written.map_or(node.span, |(_, source)| &source.span);
            let child = Node { json: value, source: written.map(|(_, source)| source), span, name };
            for pattern in patterns.into_iter().flat_map(Map::values) {
                self.visit(pattern, &child, depth + 1)?;
            }
            for keyword in ["unevaluatedProperties", "propertyNames"] {
                if let Some(part) = object.get(keyword) {
                    self.visit(part, &child, depth + 1)?;
                }
            }
            if let Some(property) = properties.and_then(|properties| properties.get(key)) {
                problems.extend(self.visit(property, &child, depth + 1)?);
                continue;
            }
            match additional {
                Some(Value::Bool(false)) if patterns.is_none() => {
                    let key_span = written.map_or(node.span, |(span, _)| span);
                    problems.push(self.unknown(key, properties, &Node { span: key_span, ..child }));
                }
                Some(schema) => {
                    let found = self.visit(schema, &child, depth + 1)?;
                    problems.extend(found.into_iter().filter(|_| patterns.is_none()));
                }
                None => {}
            }
        }
        Ok(problems)
    }

    fn list(&self, object: &Map<String, Value>, items: &[Value], node: &Node<'_>, depth: usize) -> Checked {
        let mut problems = Vec::new();
        let prefix = parts(object, "prefixItems");
        for (index, item) in items.iter().enumerate() {
            let source = node.source_at(index);
            let span = source.map_or(node.span, |source| &source.span);
            let child = Node { json: item, source, span, name: Name::Item(&node.name, index) };
            if let Some(schema) = prefix.get(index).or_else(|| object.get("items")) {
                problems.extend(self.visit(schema, &child, depth + 1)?);
            }
            for keyword in ["contains", "unevaluatedItems"] {
                if let Some(part) = object.get(keyword) {
                    self.visit(part, &child, depth + 1)?;
                }
            }
        }
        Ok(problems)
    }

    fn missing(&self, required: &str, properties: Option<&Map<String, Value>>, node: &Node<'_>) -> Problem {
        let schema = properties.and_then(|properties| properties.get(required));
        let about = schema.and_then(first_sentence).map(|sentence| format!(": {sentence}")).unwrap_or_default();
        let message = match node.name.is_root() {
            true => format!("the step `{}` needs the input `{required}`{about}", self.step),
            false => format!("{} needs `{required}`{about}", subject(node)),
        };
        let help = match node.name.is_root() {
            true => format!("add `{required}:` under `with:`"),
            false => format!("add `{required}:` to it"),
        };
        Problem::new("missing-input", message, node).help(Some(help))
    }

    fn unknown(&self, key: &str, properties: Option<&Map<String, Value>>, node: &Node<'_>) -> Problem {
        let message = match node.name {
            Name::Key(Name::Root, _) => format!("the step `{}` has no input `{}`", self.step, short(key)),
            Name::Key(parent, _) => format!("`{parent}` has no entry `{}`", short(key)),
            _ => format!("`{}` is not known here", short(key)),
        };
        let names: Vec<&str> = properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        Problem::new("unknown-input", message, node).help(did_you_mean(key, names.iter().copied()))
    }

    /// What is said of a schema that takes too long.
    pub fn too_complex(&self) -> Diagnostic {
        let message = format!("the schema of the step `{}` is too complex to be checked", self.step);
        Diagnostic::error("schema-too-complex", message).help(format!(
            "more than {MAX_VISITS} comparisons or {MAX_DEPTH} levels would be needed; this is for the step's author"
        ))
    }
}

fn parts<'v>(object: &'v Map<String, Value>, keyword: &str) -> &'v [Value] {
    object.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn fits(json: &Value, types: Types) -> bool {
    match json {
        Value::Null => types.null,
        Value::Bool(_) => types.boolean,
        Value::String(_) => types.text,
        Value::Array(_) => types.list,
        Value::Object(_) => types.map,
        Value::Number(number) => {
            types.number || (types.integer && number.as_f64().is_some_and(|value| value.fract() == 0.0))
        }
    }
}

/// A keyword, what it asks of a size and its bound, and that in words.
type Rule = (&'static str, fn(f64, f64) -> bool, &'static str);

/// Sizes and lengths.
fn bounds(object: &Map<String, Value>, node: &Node<'_>) -> Vec<Problem> {
    let (size, what) = match node.json {
        Value::Number(number) => (number.as_f64().unwrap_or_default(), ""),
        Value::String(text) => (count(text.chars().count()), " characters"),
        Value::Array(items) => (count(items.len()), " items"),
        _ => return Vec::new(),
    };
    let rules: &[Rule] = match node.json {
        Value::Number(_) => &[
            ("minimum", |size, bound| size >= bound, "at least"),
            ("maximum", |size, bound| size <= bound, "at most"),
            ("exclusiveMinimum", |size, bound| size > bound, "more than"),
            ("exclusiveMaximum", |size, bound| size < bound, "less than"),
        ],
        Value::String(_) => &[
            ("minLength", |size, bound| size >= bound, "at least"),
            ("maxLength", |size, bound| size <= bound, "at most"),
        ],
        _ => &[
            ("minItems", |size, bound| size >= bound, "at least"),
            ("maxItems", |size, bound| size <= bound, "at most"),
        ],
    };
    let mut problems = Vec::new();
    for (keyword, holds, words) in rules {
        if let Some(bound) = object.get(*keyword)
            && let Some(number) = bound.as_f64()
            && !holds(size, number)
        {
            let what = if number == 1.0 { what.trim_end_matches('s') } else { what };
            let verb = if what.is_empty() { "be" } else { "have" };
            let message = format!(
                "{} must {verb} {words} {bound}{what}, but it {} {size}",
                subject(node),
                match verb {
                    "be" => "is",
                    _ => "has",
                }
            );
            problems.push(Problem::new("out-of-bounds", message, node));
        }
    }
    problems
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

fn not_one_of(node: &Node<'_>, values: &[&Value]) -> Problem {
    let shown: Vec<String> = values.iter().take(20).map(|value| format!("`{}`", text_of(value))).collect();
    let given = match node.json {
        Value::Null => "nothing stands there".to_owned(),
        given => format!("it is `{}`", short(&text_of(given))),
    };
    let message = format!("{} must be {}, but {given}", subject(node), shown.join(" or "));
    let names: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
    let near = node.json.as_str().and_then(|text| wharf_model::nearest(text, names.iter().copied()));
    Problem::new("not-one-of", message, node).help(near.map(|near| format!("did you mean `{near}`?")))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
