use serde_json::{Map, Number, Value};
use wharf_model::{Scalar, ScalarStyle, SpannedKey, SpannedValue, ValueKind};

use crate::inputs::schema::{Schema, Types};

/// The JSON of a value, as these alternative schemas ask for it: text becomes a number or a boolean where only that is
/// allowed, and defaults are filled in. What does not fit is left as it is; the check finds it.
pub(crate) fn convert<'a>(value: &SpannedValue, schemas: &[&'a Value], schema: Schema<'a>) -> Value {
    // The depth is that of the value, which reading and evaluation have bounded.
    let leaves = schema.leaves(schemas);
    match &value.kind {
        ValueKind::Null | ValueKind::Unknown(_) => Value::Null,
        ValueKind::Scalar(scalar) => convert_scalar(scalar, Types::of(&leaves)),
        ValueKind::List(items) => {
            let item = |(index, item)| convert(item, &item_schemas(&leaves, index), schema);
            items.iter().enumerate().map(item).collect()
        }
        ValueKind::Map(entries) => convert_map(entries, &leaves, schema),
    }
}

fn convert_map<'a>(entries: &[(SpannedKey, SpannedValue)], leaves: &[&'a Value], schema: Schema<'a>) -> Value {
    let mut map = Map::new();
    for ((key, _), value) in entries {
        map.insert(key.clone(), convert(value, &property_schemas(leaves, key), schema));
    }
    let mut maps = leaves.iter().filter_map(|leaf| leaf.get("properties")?.as_object());
    if let (Some(properties), None) = (maps.next(), maps.next()) {
        for (name, property) in properties {
            if let Some(default) = property.get("default")
                && !map.contains_key(name)
            {
                map.insert(name.clone(), default.clone());
            }
        }
    }
    Value::Object(map)
}

/// The schemas of the item at this place of a list.
fn item_schemas<'a>(leaves: &[&'a Value], index: usize) -> Vec<&'a Value> {
    let prefix = |leaf: &&'a Value| leaf.get("prefixItems")?.as_array()?.get(index);
    leaves.iter().filter_map(|leaf| prefix(leaf).or_else(|| leaf.get("items"))).collect()
}

/// The schemas of the entry with this key of a map.
fn property_schemas<'a>(leaves: &[&'a Value], key: &str) -> Vec<&'a Value> {
    let property = |leaf: &&'a Value| leaf.get("properties")?.get(key);
    leaves.iter().filter_map(|leaf| property(leaf).or_else(|| leaf.get("additionalProperties"))).collect()
}

fn convert_scalar(scalar: &Scalar, types: Types) -> Value {
    let text = scalar.text.trim();
    if types.any {
        return scalar.to_json();
    }
    let plain = scalar.style == ScalarStyle::Plain;
    if types.text && !plain {
        return Value::String(scalar.text.clone());
    }
    let converted = if types.boolean { boolean(text) } else { None }
        .or_else(|| if types.integer || types.number { whole(text) } else { None })
        .or_else(|| if types.number { number(text) } else { None });
    converted.unwrap_or_else(|| Value::String(scalar.text.clone()))
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        _ => None,
    }
}

fn whole(text: &str) -> Option<Value> {
    let signed = text.parse::<i64>().ok().map(Value::from);
    signed.or_else(|| text.parse::<u64>().ok().map(Value::from))
}

fn number(text: &str) -> Option<Value> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    if !digits {
        return None;
    }
    text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number)
}
