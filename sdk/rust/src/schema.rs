use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// The JSON Schema (2020-12) of a type, in one piece where it is not recursive.
pub(crate) fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.with_transform(Plain).into_generator().into_root_schema_for::<T>();
    schema.remove("title");
    schema.into()
}

/// Says what a user writes: an input that may be left out is of its own type and not also `null`; a description is
/// lines of text, and how many bits a number has is left to `minimum` and `maximum`.
#[derive(Debug, Clone)]
struct Plain;

impl Transform for Plain {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.values_mut().for_each(without_null);
        }
        if let Some(Value::String(text)) = schema.get_mut("description") {
            *text = flowing(text);
        }
        let is_number = schema.get("type").is_some_and(|kind| kind == "integer" || kind == "number");
        if is_number {
            schema.remove("format");
        }
        transform_subschemas(self, schema);
    }
}

fn without_null(property: &mut Value) {
    let Some(schema) = property.as_object_mut() else { return };
    match schema.get_mut("default") {
        Some(Value::Null) => drop(schema.remove("default")),
        Some(Value::Object(fields)) => fields.retain(|_, value| !value.is_null()),
        _ => {}
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            // What is said of the property wins over what is said of its type.
            for (key, value) in only {
                schema.entry(key).or_insert(value);
            }
        }
    }
}

/// Joins the lines of each paragraph; lists and the like keep theirs.
pub(crate) fn flowing(text: &str) -> String {
    let paragraph = |text: &str| {
        let structured = text.lines().skip(1).any(|line| line.starts_with([' ', '-', '*', '|', '`', '>', '#']));
        if structured { text.to_owned() } else { text.lines().map(str::trim).collect::<Vec<_>>().join(" ") }
    };
    text.split("\n\n").map(paragraph).collect::<Vec<_>>().join("\n\n")
}
