use serde_json::{Map, Value};
use wharf_model::{Diagnostic, Span, SpannedValue, StepDescription, ValueKind};

use crate::inputs::check::{Checker, TooComplex};
use crate::inputs::convert::convert;
use crate::inputs::library;
use crate::inputs::place::{Name, Node};
use crate::inputs::schema::Schema;

/// The inputs of a step as its schema asks for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs {
    /// An object that satisfies the schema, as far as it is known; null stands for what is not.
    pub json: Value,
    /// What only the run can know.
    pub unknown: Vec<UnknownInput>,
}

/// A part of the inputs that is not known before the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownInput {
    /// JSON pointer of the part.
    pub pointer: String,
    /// The names of the outputs that it waits for.
    pub waits_for: Vec<String>,
}

/// Turns the evaluated `with` of a step into the JSON that the step's schema asks for, defaults filled in, and checks it.
/// Text becomes a number or a boolean where the schema allows only that. `step_span` is where missing inputs are shown.
/// Schemas come from strangers: references leave the schema never, and one that takes too much work is refused.
pub fn complete_inputs(
    description: &StepDescription,
    with: Option<&SpannedValue>,
    step_span: &Span,
) -> Result<Inputs, Vec<Diagnostic>> {
    let nothing = SpannedValue { kind: ValueKind::Map(Vec::new()), span: step_span.clone() };
    let with = with.filter(|with| with.kind != ValueKind::Null).unwrap_or(&nothing);
    let survey = library::survey(&description.inputs);
    if let Some(refused) = survey.refused {
        let message = format!("the step `{}` has a schema that cannot be used: {refused}", description.name);
        return Err(vec![Diagnostic::error("bad-schema", message).at(step_span).help("this is for the step's author")]);
    }
    let schema = Schema { root: &description.inputs };
    let json = convert(with, &[schema.root], schema);
    let checker = Checker::new(schema, &description.name);
    let root = Node { json: &json, source: Some(with), span: step_span, name: Name::Root };
    let mut diagnostics: Vec<Diagnostic> = match checker.check(&root) {
        Ok(problems) => problems.into_iter().map(|problem| problem.diagnostic).collect(),
        Err(TooComplex) => return Err(vec![checker.too_complex().at(step_span)]),
    };
    if diagnostics.is_empty() && survey.needs_library {
        diagnostics = library::check(&description.inputs, &description.name, &json, with);
        diagnostics.iter_mut().for_each(|problem| {
            problem.span.get_or_insert_with(|| step_span.clone());
        });
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let mut unknown = Vec::new();
    collect_unknown(with, &mut String::new(), &mut unknown);
    Ok(Inputs { json: if json.is_object() { json } else { Value::Object(Map::new()) }, unknown })
}

fn collect_unknown(value: &SpannedValue, pointer: &mut String, unknown: &mut Vec<UnknownInput>) {
    let length = pointer.len();
    match &value.kind {
        ValueKind::Unknown(names) => {
            unknown.push(UnknownInput { pointer: pointer.clone(), waits_for: names.clone() });
        }
        ValueKind::Null | ValueKind::Scalar(_) => {}
        ValueKind::List(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                collect_unknown(item, pointer, unknown);
                pointer.truncate(length);
            }
        }
        ValueKind::Map(entries) => {
            for ((key, _), value) in entries {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                collect_unknown(value, pointer, unknown);
                pointer.truncate(length);
            }
        }
    }
}
