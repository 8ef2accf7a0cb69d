use serde_json::Value;

/// What a JSON Schema allows, in a few words for a table: `string`, `list of string`, `a | b`.
pub fn schema_type(schema: &Value, root: &Value) -> String {
    describe(schema, root, 0)
}

/// References lead no deeper than this: they may lead round in a circle.
const DEEPEST: usize = 8;

fn describe(schema: &Value, root: &Value, depth: usize) -> String {
    if depth > DEEPEST {
        return "any".to_owned();
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|reference| resolve(reference, root)) {
        return describe(target, root, depth + 1);
    }
    if let Some(constant) = schema.get("const") {
        return show(constant);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(show).collect::<Vec<_>>().join(" | ");
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(parts) = schema.get(key).and_then(Value::as_array) {
            let mut words: Vec<String> = parts.iter().map(|part| describe(part, root, depth + 1)).collect();
            words.retain(|word| word != "null");
            words.dedup();
            return words.join(" | ");
        }
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect(),
        _ => return "any".to_owned(),
    };
    let words: Vec<String> = kinds
        .into_iter()
        .map(|kind| match kind {
            "array" => match schema.get("items") {
                Some(items) => format!("list of {}", describe(items, root, depth + 1)),
                None => "list".to_owned(),
            },
            "object" => match schema.get("additionalProperties").filter(|more| more.is_object()) {
                Some(values) => format!("map of {}", describe(values, root, depth + 1)),
                None => "map".to_owned(),
            },
            other => other.to_owned(),
        })
        .collect();
    words.join(" | ")
}

fn resolve<'a>(reference: &str, root: &'a Value) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}

/// A value as it would be written in a process file.
pub fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_become_a_few_words() {
        let root = json!({ "$defs": {
            "method": { "enum": ["GET", "POST"] },
            "loop": { "$ref": "#/$defs/loop" },
        } });
        for (schema, words) in [
            (json!({ "type": "string" }), "string"),
            (json!({ "type": ["integer", "null"] }), "integer"),
            (json!({ "type": "array", "items": { "type": "string" } }), "list of string"),
            (json!({ "type": "object", "additionalProperties": { "type": "number" } }), "map of number"),
            (json!({ "$ref": "#/$defs/method" }), "GET | POST"),
            (json!({ "anyOf": [{ "$ref": "#/$defs/method" }, { "type": "null" }] }), "GET | POST"),
            (json!({ "$ref": "#/$defs/loop" }), "any"),
            (json!({ "$ref": "#/nowhere" }), "any"),
            (json!(true), "any"),
        ] {
            assert_eq!(schema_type(&schema, &root), words);
        }
    }
}
